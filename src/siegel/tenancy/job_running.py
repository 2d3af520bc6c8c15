"""Running one job: claim its row, serve its tenant, write down how it ended."""

import contextlib
import datetime as dt
import logging
import secrets

from django.db.models import Q, QuerySet
from django.utils import timezone

from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.job_kinds import ATTEMPTS, LEASE, kind_named
from siegel.tenancy.models import Job, JobState, Tenant

log = logging.getLogger(__name__)
FIRST_DELAY = dt.timedelta(seconds=10)
LONGEST_DELAY = dt.timedelta(hours=1)


class TenantGone(Exception):
    """The tenant that a job was for no longer exists."""


class LeaseExpired(Exception):
    """Whoever ran the job never came back, at its last attempt too."""


class UnknownJob(Exception):
    """This version has no job of that name; another process may."""


def run_job(job_id: str) -> None:
    """Run a delivered job unless it is somebody else's, done, not due, or its tenant is suspended.

    Never raises, because a worker must outlive its jobs: what goes wrong stands in the row, and
    what cannot be written down is left to the sweeper.
    """
    try:
        row = Job.objects.filter(pk=job_id).first()
        if row is not None:
            _run(row, timezone.now())
    except Exception as error:  # noqa: BLE001 - as promised above
        log.error("Job %s is left to the sweeper: %s.", job_id, type(error).__name__)


def delay_after(attempts: int) -> dt.timedelta:
    """How long to wait after a number of attempts: 10 s, 40 s ... an hour, less up to a half.

    The half is chance, so that jobs that failed together do not come back together.
    """
    # Capped before it is multiplied out: a number of attempts may be any.
    delay: dt.timedelta = min(FIRST_DELAY * 4 ** min(attempts - 1, 10), LONGEST_DELAY)
    return delay * (1 - secrets.randbelow(501) / 1000)


def _run(row: Job, now: dt.datetime) -> None:
    kind = kind_named(row.name)
    limit = kind.attempts if kind else ATTEMPTS
    try:
        tenant = _tenant_of(row)
    except TenantGone as error:
        _give_up(_seen(row).filter(_may_be_claimed(now)), row, error, now)
        return
    if tenant is not None and tenant.is_suspended:
        return
    if row.state == JobState.RUNNING and row.attempts >= limit:
        _give_up(_seen(row).filter(_may_be_claimed(now)), row, LeaseExpired(), now)
        return
    if not _claim(row, now, kind.lease if kind else LEASE):
        return
    try:
        call(row, tenant)
    except BaseException as error:  # noqa: BLE001 - a job that asks to exit ends only itself
        _failed(row, error, limit, timezone.now())
    else:
        _seen(row).update(state=JobState.DONE, last_error="", finished_at=timezone.now())


def call(row: Job, tenant: ServedTenant | None) -> None:
    """Open the tenant's database, if it is for one, and call what the job is; raises what it does.

    Looks at no state, neither the job's nor the tenant's.
    """
    kind = kind_named(row.name)
    with serving(tenant) if tenant else contextlib.nullcontext():
        if tenant:
            open_database(tenant)
        if kind is None:
            raise UnknownJob(row.name)
        kind.function(*row.arguments)


def _tenant_of(row: Job) -> ServedTenant | None:
    if not row.tenant:
        return None
    tenant = Tenant.objects.filter(pk=row.tenant).first()
    if tenant is None:
        raise TenantGone(row.tenant)
    return tenant.as_served()


def _may_be_claimed(now: dt.datetime) -> Q:
    waiting = Q(state=JobState.WAITING, run_after__lte=now)
    return waiting | Q(state=JobState.RUNNING, lease_until__lte=now)


def _seen(row: Job) -> QuerySet[Job]:
    """The row if nobody has taken it since: every claim counts an attempt."""
    return Job.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)


def _claim(row: Job, now: dt.datetime, lease: dt.timedelta) -> bool:
    claimed = _seen(row).filter(_may_be_claimed(now))
    # One UPDATE decides the race: the loser's finds no row.
    if not claimed.update(
        state=JobState.RUNNING, attempts=row.attempts + 1, lease_until=now + lease
    ):
        return False
    row.state, row.attempts = JobState.RUNNING, row.attempts + 1
    return True


def _failed(row: Job, error: BaseException, limit: int, now: dt.datetime) -> None:
    if row.attempts >= limit:
        _give_up(_seen(row), row, error, now)
        return
    _seen(row).update(
        state=JobState.WAITING,
        run_after=now + delay_after(row.attempts),
        lease_until=now,
        last_error=_name(error),
    )


def _give_up(rows: QuerySet[Job], row: Job, error: BaseException, now: dt.datetime) -> None:
    if rows.update(state=JobState.FAILED, last_error=_name(error), finished_at=now):
        log.error(
            "Job %s (%s) failed after %d attempts: %s.",
            row.pk,
            row.name,
            row.attempts,
            _name(error),
        )


def _name(error: BaseException) -> str:
    return type(error).__name__[:80]
