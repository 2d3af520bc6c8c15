"""Jobs: what runs later, or regularly, outside of any request.

    @job(name="files.rescan")
    def rescan(file: str) -> None: ...

    enqueue(rescan, tenant, str(file.id))

The function runs while its tenant is served, at least once and at times twice, and is tried again
when it raises. A room's functions stand in its `jobs.py`, which is imported when a process starts.
"""

import datetime as dt
import functools
import uuid

from django.db import connections, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from siegel.tenancy.context import ServedTenant, served_or_none
from siegel.tenancy.job_consumer import workforce
from siegel.tenancy.job_kinds import Arguments, JobKind, job, periodic
from siegel.tenancy.job_scheduling import DELIVERY, deliver_row, start_anew
from siegel.tenancy.models import Job, JobState, State, Tenant

__all__ = [
    "JobKind",
    "enqueue",
    "enqueue_at",
    "enqueue_for_all",
    "is_running",
    "job",
    "periodic",
    "retry_failed",
    "start",
    "stop",
]
LONGEST_ARGUMENT = 100
STOP_SECONDS = 10.0


def enqueue(
    kind: JobKind[*Arguments], tenant: ServedTenant | None, *arguments: *Arguments
) -> uuid.UUID:
    """Have a job run soon, in whichever process is free; returns the id of its row.

    Callable from any thread, whatever is served there. The row is written first, then the queue;
    a queue that fails delays the job by less than a minute. Called inside a transaction, the job
    is delivered after its commit; if it is rolled back, the job may still run and find nothing.
    Arguments are ids and numbers, never content: TypeError and ValueError refuse the rest.
    """
    for argument in arguments:
        _check(argument)
    now = timezone.now()
    row = Job.objects.create(
        name=kind.name,
        tenant=tenant.id if tenant else "",
        arguments=list(arguments),
        run_after=now,
        lease_until=now + DELIVERY,
    )
    current = served_or_none()
    deliver = functools.partial(deliver_row, row, now)
    aliases = ["default"] if current is None else [current.id, "default"]
    # A connection is asked only here: outside a transaction on_commit would open the database.
    in_transaction = [alias for alias in aliases if connections[alias].in_atomic_block]
    if in_transaction:
        transaction.on_commit(deliver, using=in_transaction[0])
    else:
        deliver()
    return row.pk


def enqueue_at(
    when: dt.datetime, kind: JobKind[*Arguments], tenant: ServedTenant, *arguments: *Arguments
) -> uuid.UUID:
    """Have a job run at a time, or up to half a minute later; otherwise as `enqueue`."""
    for argument in arguments:
        _check(argument)
    # In nobody's hands until then: the sweeper takes it.
    row = Job.objects.create(
        name=kind.name,
        tenant=tenant.id,
        arguments=list(arguments),
        run_after=when,
        lease_until=when,
    )
    return row.pk


def enqueue_for_all(kind: JobKind[*Arguments], *arguments: *Arguments) -> None:
    """Have a job run for every tenant that is served."""
    for tenant in Tenant.objects.filter(state=State.ACTIVE, is_probe=False):
        enqueue(kind, tenant.as_served(), *arguments)


def _check(argument: object) -> None:
    if type(argument) not in (str, int):  # Neither bool nor a subclass: JSON would change it.
        raise TypeError(f"A job takes plain strings and whole numbers, not {type(argument)}.")
    if isinstance(argument, str) and len(argument) > LONGEST_ARGUMENT:
        raise ValueError("A job takes ids and never content; this argument is too long for one.")


def retry_failed(job_id: uuid.UUID) -> bool:
    """Start a failed job again, with all its attempts; False if there is none of that id."""
    return start_anew(Job.objects.filter(pk=job_id, state=JobState.FAILED), timezone.now())


def start() -> None:
    """Run jobs in this process until `stop`; harmless if it does already."""
    autodiscover_modules("jobs")
    workforce.start()


def stop(timeout: float = STOP_SECONDS) -> bool:
    """Take no more jobs, wait for those at work, free the scheduler for another process.

    False if some still run after `timeout` seconds; when the process is killed, they are started
    again elsewhere once their lease has expired.
    """
    return workforce.stop(timeout)


def is_running() -> bool:
    """Whether this process runs jobs."""
    return workforce.is_running()
