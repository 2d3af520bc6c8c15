"""What is due, what got lost, what is old; and that one process alone looks after it."""

import datetime as dt
import sys
import uuid
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import IntegrityError, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.tenancy import job_consumer, job_kinds, job_scheduling, jobs, suspending
from siegel.tenancy.job_queue import queue
from siegel.tenancy.job_running import run_job
from siegel.tenancy.job_scheduling import (
    DELIVERY,
    Scheduler,
    SchedulerLock,
    enqueue_periodic,
    prune,
    start_anew,
    sweep,
)
from siegel.tenancy.models import Job, Tenant
from tests.cast import Organisation
from tests.tenancy.conftest import eventually, killed_after, somebody_schedules

pytestmark = pytest.mark.usefixtures("quiet")
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The time, in a list of one, which tests set."""
    times = [timezone.now()]
    monkeypatch.setattr("django.utils.timezone.now", lambda: times[0])
    return times


def open_row(tenant: str = "", **fields: object) -> Job:
    now = timezone.now()
    described = {"name": "test.any", "run_after": now, "lease_until": now} | fields
    return Job.objects.create(tenant=tenant, **described)


def hourly() -> uuid.UUID:
    @jobs.periodic(name="test.hourly", every=HOUR, attempts=1)
    def tidy() -> None:
        ran.append("hourly")
        if len(ran) == 2:
            raise ValueError("no")

    return job_kinds.all_periodic()[0].row


def queued() -> int:
    size: int = queue().storage.queue_size()
    return size


def test_one_of_two_holds_the_lock() -> None:
    one, other = SchedulerLock(), SchedulerLock()
    assert one.take()
    assert one.take()
    assert not other.take()
    other.release()
    one.release()
    assert other.take()
    other.release()


def test_a_scheduler_that_is_killed_is_succeeded() -> None:
    script = (
        "import fcntl,sys,time;f=open(sys.argv[1],'w');fcntl.flock(f,fcntl.LOCK_EX);"
        "print('held',flush=True);time.sleep(60)"
    )
    lock = settings.SIEGEL_DATA / "scheduler.lock"
    scheduler = Scheduler()
    row = open_row()
    with killed_after([sys.executable, "-c", script, str(lock)]) as said:
        assert said.readline() == "held\n"
        scheduler.tick()
        assert queued() == 0
    scheduler.tick()
    scheduler.lock.release()
    assert queued() == 1
    row.refresh_from_db()
    assert row.lease_until > timezone.now()


def test_it_sweeps_every_half_minute(clock: list[dt.datetime]) -> None:
    scheduler = Scheduler()
    scheduler.tick()
    open_row()
    clock[0] += 29 * SECOND
    scheduler.tick()
    assert queued() == 0
    clock[0] += SECOND
    scheduler.tick()
    assert queued() == 1
    open_row(run_after=clock[0] - HOUR, lease_until=clock[0] - HOUR)
    clock[0] -= 10 * SECOND  # Somebody has set the clock back.
    scheduler.tick()
    scheduler.lock.release()
    assert queued() == 2


def test_a_periodic_job_runs_once_per_interval(clock: list[dt.datetime]) -> None:
    row = hourly()
    enqueue_periodic(clock[0])  # It has met the job, which is due in an hour.
    assert queued() == 0
    clock[0] += HOUR - SECOND
    enqueue_periodic(clock[0])
    assert queued() == 0
    clock[0] += SECOND
    enqueue_periodic(clock[0])
    enqueue_periodic(clock[0])
    assert queued() == 1
    clock[0] += HOUR  # The last run has not even begun.
    enqueue_periodic(clock[0])
    assert queued() == 1
    run_job(str(row))
    assert ran == ["hourly"]
    enqueue_periodic(clock[0])
    run_job(str(row))  # Fails, at its only attempt.
    assert Job.objects.get(pk=row).state == "failed"
    clock[0] += HOUR
    enqueue_periodic(clock[0])
    run_job(str(row))
    assert len(ran) == 3
    assert Job.objects.get().state == "done"


def test_two_schedulers_that_meet_a_job_at_once_make_one_row(
    clock: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = hourly()
    enqueue_periodic(clock[0])
    with monkeypatch.context() as blind:
        blind.setattr(Job.objects, "filter", lambda **_: [])
        enqueue_periodic(clock[0])
    assert Job.objects.get().pk == row


def test_a_row_that_changed_meanwhile_is_not_started_anew() -> None:
    row = open_row()
    assert not start_anew(Job.objects.filter(pk=row.pk, state="failed"), timezone.now())
    assert queued() == 0


def test_the_sweeper_takes_what_is_due_and_in_nobodys_hands(
    bank: Organisation, insurer: Organisation
) -> None:
    now = timezone.now()
    suspending.suspend("insurer", "bill")
    lost = {
        open_row().pk,
        open_row(bank.tenant.id).pk,
        open_row("tgone").pk,
        open_row(state="running", attempts=1, lease_until=now - SECOND).pk,
    }
    open_row(lease_until=now + HOUR)
    open_row(run_after=now + HOUR)
    open_row(insurer.tenant.id)
    open_row(state="running", lease_until=now + HOUR)
    open_row(state="done", finished_at=now)
    open_row(state="failed", finished_at=now)
    assert sweep(timezone.now()) == len(lost)
    found = set()
    while (task := queue().dequeue()) is not None:
        found.add(uuid.UUID(task.args[0]))
    assert found == lost


def test_what_was_delivered_is_left_alone_for_a_while() -> None:
    open_row()
    now = timezone.now()
    assert sweep(now) == 1
    assert sweep(now + DELIVERY - SECOND) == 0
    assert sweep(now + DELIVERY) == 1


def test_a_row_that_is_claimed_during_a_sweep_keeps_its_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = timezone.now() + HOUR
    row = open_row()
    monkeypatch.setattr(
        job_scheduling,
        "deliver",
        lambda pk: Job.objects.filter(pk=pk).update(state="running", lease_until=lease) < 0,
    )
    assert sweep(timezone.now()) == 0
    row.refresh_from_db()
    assert row.lease_until == lease


@pytest.mark.parametrize(
    ("look", "bounds"),
    [(sweep, "(finished_at=? AND lease_until<?)"), (prune, "(finished_at<?)")],
)
def test_finished_rows_cost_nothing(look: Callable[[dt.datetime], object], bounds: str) -> None:
    with CaptureQueriesContext(connections["default"]) as queries:
        look(timezone.now())
    (sql,) = [query["sql"] for query in queries if "finished_at" in query["sql"]]
    with connections["default"].cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        assert f"USING INDEX job_finish_lease {bounds}" in str(cursor.fetchall())


def test_old_rows_are_pruned_and_a_periodic_ones_is_kept(clock: list[dt.datetime]) -> None:
    periodic = hourly()
    enqueue_periodic(clock[0])
    now = clock[0] = clock[0] + dt.timedelta(days=100)
    kept = {periodic, open_row(run_after=now - dt.timedelta(days=99)).pk}
    for state, days, stays in [
        ("done", 6, True),
        ("done", 8, False),
        ("failed", 8, True),
        ("failed", 91, False),
    ]:
        row = open_row(state=state, finished_at=now - dt.timedelta(days=days))
        if stays:
            kept.add(row.pk)
    prune(now)
    assert set(Job.objects.values_list("pk", flat=True)) == kept


@pytest.mark.parametrize(("state", "finished"), [("done", False), ("waiting", True), ("odd", True)])
def test_what_has_ended_says_when(state: str, finished: bool) -> None:
    with pytest.raises(IntegrityError):
        open_row(state=state, finished_at=timezone.now() if finished else None)


def test_the_scheduler_of_a_process_runs_and_survives_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(job_consumer, "TICK_SECONDS", 0.01)
    original = job_scheduling.sweep

    def broken_once(now: dt.datetime) -> int:
        monkeypatch.setattr(job_scheduling, "sweep", original)
        raise OSError("what a client wrote")

    monkeypatch.setattr(job_scheduling, "sweep", broken_once)

    @jobs.periodic(name="test.often", every=dt.timedelta(milliseconds=20))
    def often() -> None:
        ran.append("often")

    jobs.start()
    eventually(lambda: len(ran) > 2)
    assert jobs.stop()
    assert "Scheduling jobs failed: OSError." in caplog.text
    assert "client" not in caplog.text
    assert not somebody_schedules()
    assert not Tenant.objects.exists()
