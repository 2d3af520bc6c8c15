"""How the jobs of an installation stand: what is due, what has failed at every attempt."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, Min, Q
from django.utils import timezone

from siegel.tenancy.job_scheduling import SchedulerLock, start_anew
from siegel.tenancy.models import Job, JobState


@dataclass(frozen=True, slots=True)
class Figures:
    """Jobs of one name in one state: since when the oldest is due, how many leases expired."""

    name: str
    state: str
    count: int
    due_seconds: int
    expired: int


@dataclass(slots=True)
class DeadLetters:
    """Jobs of one name that failed at every attempt; `errors` are classes of exceptions."""

    name: str
    count: int
    oldest: dt.datetime
    errors: list[str] = field(default_factory=list)


def queue_figures(now: dt.datetime) -> list[Figures]:
    """All jobs by name and state."""
    is_expired = Q(state=JobState.RUNNING, lease_until__lte=now)
    rows = Job.objects.order_by("name", "state").values("name", "state")
    return [
        Figures(
            name=row["name"],
            state=row["state"],
            count=row["count"],
            due_seconds=_seconds_since(row["oldest"], now) if row["oldest"] else 0,
            expired=row["expired"],
        )
        for row in rows.annotate(
            count=Count("pk"),
            oldest=Min("run_after", filter=Q(state=JobState.WAITING)),
            expired=Count("pk", filter=is_expired),
        )
    ]


def dead_letters() -> list[DeadLetters]:
    """What failed for good, by name."""
    found: dict[str, DeadLetters] = {}
    rows = Job.objects.filter(state=JobState.FAILED).order_by("name", "last_error")
    for row in rows.values("name", "last_error").annotate(
        count=Count("pk"), oldest=Min("finished_at")
    ):
        letters = found.setdefault(row["name"], DeadLetters(row["name"], 0, row["oldest"]))
        letters.count += row["count"]
        letters.oldest = min(letters.oldest, row["oldest"])
        letters.errors.append(row["last_error"])
    return list(found.values())


def replay(name: str | None = None) -> int:
    """Start every dead letter again, or those of a name; returns how many that were."""
    failed = Job.objects.filter(state=JobState.FAILED)
    if name is not None:
        failed = failed.filter(name=name)
    now = timezone.now()
    ids = list(failed.values_list("pk", flat=True))
    return sum(start_anew(failed.filter(pk=pk), now) for pk in ids)


def somebody_schedules() -> bool:
    """Whether any process of the installation holds the scheduler's lock."""
    lock = SchedulerLock()
    is_free = lock.take()
    lock.release()
    return not is_free


def _seconds_since(then: dt.datetime, now: dt.datetime) -> int:
    return max(0, int((now - then).total_seconds()))
