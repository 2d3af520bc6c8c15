"""What one process of an installation does for all: what is due regularly, what got lost."""

import datetime as dt
import fcntl
import os

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from siegel.tenancy.job_kinds import Periodic, all_periodic
from siegel.tenancy.job_queue import deliver
from siegel.tenancy.models import Job, JobState, State, Tenant
from siegel.vault.private_files import open_lock_file

# So long a delivered row is left alone: longer than the queue is ever full.
DELIVERY = dt.timedelta(minutes=5)
SWEEP_EVERY = dt.timedelta(seconds=30)
LARGEST_SWEEP = 500
KEEP_DONE = dt.timedelta(days=7)
KEEP_FAILED = dt.timedelta(days=90)
FINISHED = (JobState.DONE, JobState.FAILED)


class SchedulerLock:
    """The right to schedule: a lock file that the kernel takes back from a process that dies."""

    def __init__(self) -> None:
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether this object holds the lock now; tries to get it and never waits."""
        if self._descriptor is not None:
            return True
        path = settings.SIEGEL_DATA / "scheduler.lock"
        descriptor = open_lock_file(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another process take it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Scheduler:
    """Calls what is due; only while it holds the lock."""

    def __init__(self) -> None:
        self.lock = SchedulerLock()
        self._swept_at = dt.datetime.min.replace(tzinfo=dt.UTC)

    def tick(self) -> None:
        """To be called every few seconds."""
        if not self.lock.take():
            return
        now = timezone.now()
        enqueue_periodic(now)
        # Also after the clock has been set back.
        if not dt.timedelta() <= now - self._swept_at < SWEEP_EVERY:
            self._swept_at = now
            sweep(now)
            prune(now)


def enqueue_periodic(now: dt.datetime) -> None:
    """Enqueue every periodic job that is due, whose last run has ended."""
    wanted = {periodic.row: periodic for periodic in all_periodic()}
    rows = {row.pk: row for row in Job.objects.filter(pk__in=wanted)}
    for pk, periodic in wanted.items():
        row = rows.get(pk)
        if row is None:
            _first_meet(periodic, now)
        elif row.state in FINISHED and row.run_after <= now - periodic.every:
            again = Job.objects.filter(pk=pk, state=row.state, attempts=row.attempts)
            start_anew(again, now)


def sweep(now: dt.datetime) -> int:
    """Deliver again what is due and in nobody's hands; returns how many rows that were.

    Jobs of a suspended tenant wait. Those of a tenant that is gone are delivered, to fail.
    """
    asleep = Tenant.objects.exclude(state=State.ACTIVE).values("pk")
    lost = Job.objects.filter(
        finished_at__isnull=True, lease_until__lte=now, run_after__lte=now
    ).exclude(tenant__in=asleep)
    delivered = 0
    for row in lost.order_by("run_after")[:LARGEST_SWEEP]:
        # A waiting row is kept from the next sweep; a running one's lease is its claimant's.
        if row.state == JobState.WAITING:
            seen = Job.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
            seen.update(lease_until=now + DELIVERY)
        delivered += deliver_row(row, now)
    return delivered


def start_anew(seen: QuerySet[Job], now: dt.datetime) -> bool:
    """Have one row run again with all its attempts; False if it is no longer as it was seen."""
    row = seen.first()
    if row is None or not seen.update(
        state=JobState.WAITING,
        attempts=0,
        run_after=now,
        lease_until=now + DELIVERY,
        finished_at=None,
    ):
        return False
    deliver_row(row, now)
    return True


def deliver_row(row: Job, now: dt.datetime) -> bool:
    """Put a row into the queue; if that fails, let the sweeper try at its next turn."""
    if deliver(row.pk):
        return True
    Job.objects.filter(pk=row.pk, state=JobState.WAITING).update(lease_until=now)
    return False


def prune(now: dt.datetime) -> None:
    """Delete rows that ended long ago; a periodic job's row says when it ran last, and stays."""
    Job.objects.filter(
        Q(state=JobState.DONE) | Q(finished_at__lt=now - KEEP_FAILED),
        finished_at__lt=now - KEEP_DONE,
    ).exclude(pk__in=[periodic.row for periodic in all_periodic()]).delete()


def _first_meet(periodic: Periodic, now: dt.datetime) -> None:
    """A row that looks as if the job had run just now.

    Two schedulers at once make one row: the primary key decides.
    """
    Job.objects.bulk_create(
        [
            Job(
                id=periodic.row,
                name=periodic.kind.name,
                state=JobState.DONE,
                run_after=now,
                lease_until=now,
                finished_at=now,
            )
        ],
        ignore_conflicts=True,
    )
