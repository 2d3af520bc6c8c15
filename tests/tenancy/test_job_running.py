"""One job: who may run it, and what its row says afterwards."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from siegel.tenancy import job_running, jobs, suspending
from siegel.tenancy.context import ServedTenant, served_or_none
from siegel.tenancy.job_running import delay_after, run_job
from siegel.tenancy.models import Job, Tenant
from siegel.tenancy.provisioning import remove_files
from tests.cast import Organisation

pytestmark = pytest.mark.usefixtures("quiet")
SECRET = "what a client wrote"


class Refused(Exception):
    """Something that a job meets; its message holds content."""


@pytest.fixture
def asked() -> list[str]:
    """What has been run, in order."""
    return []


@pytest.fixture
def failing(asked: list[str]) -> jobs.JobKind[()]:
    @jobs.job(name="test.failing", attempts=3)
    def fails() -> None:
        asked.append("failing")
        raise Refused(SECRET)

    return fails


@pytest.fixture
def noting(asked: list[str]) -> jobs.JobKind[str]:
    @jobs.job(name="test.noting", attempts=3)
    def notes(text: str) -> None:
        asked.append(text)

    return notes


def make_due(row: uuid.UUID) -> None:
    Job.objects.filter(pk=row).update(run_after=timezone.now())


def expire(row: uuid.UUID, **fields: object) -> None:
    Job.objects.filter(pk=row).update(
        state="running", lease_until=timezone.now() - dt.timedelta(seconds=1), **fields
    )


def test_a_failed_attempt_waits_longer_each_time(
    failing: jobs.JobKind[()], asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    row = jobs.enqueue(failing, None)
    for attempt, (shortest, longest) in enumerate([(5, 10), (20, 40)], start=1):
        before = timezone.now()
        run_job(str(row))
        run_job(str(row))  # Delivered twice: it is not due.
        found = Job.objects.get(pk=row)
        assert (found.state, found.attempts, found.last_error) == ("waiting", attempt, "Refused")
        waits = (found.run_after - before).total_seconds()
        assert shortest <= waits <= longest + 1
        assert found.lease_until <= timezone.now()
        make_due(row)
    assert caplog.text == ""
    run_job(str(row))
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.attempts, found.last_error) == ("failed", 3, "Refused")
    assert found.finished_at is not None
    assert asked == ["failing"] * 3
    assert caplog.text.count("failed after 3 attempts: Refused.") == 1
    assert len(caplog.records) == 1
    assert SECRET not in caplog.text


def test_delays_are_spread_and_bounded() -> None:
    first = {delay_after(1).total_seconds() for _ in range(50)}
    assert len(first) > 5
    assert all(5 <= seconds <= 10 for seconds in first)
    assert dt.timedelta(minutes=30) <= delay_after(10_000_000) <= dt.timedelta(hours=1)


def test_a_later_success_clears_the_error(asked: list[str]) -> None:
    @jobs.job(name="test.flaky")
    def flaky() -> None:
        asked.append("flaky")
        if len(asked) == 1:
            raise Refused(SECRET)

    row = jobs.enqueue(flaky, None)
    run_job(str(row))
    make_due(row)
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.attempts, found.last_error) == ("done", 2, "")


def test_a_job_that_asks_to_exit_ends_only_itself(bank: Organisation) -> None:
    @jobs.job(name="test.exit", attempts=1)
    def leaves() -> None:
        raise SystemExit(1)

    row = jobs.enqueue(leaves, bank.tenant)
    run_job(str(row))
    assert Job.objects.get(pk=row).last_error == "SystemExit"
    assert served_or_none() is None


def test_a_job_of_an_unknown_name_is_tried_again() -> None:
    row = Job.objects.create(
        name="test.newer", run_after=timezone.now(), lease_until=timezone.now()
    )
    run_job(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("waiting", "UnknownJob")


def test_a_suspended_tenants_job_waits(
    bank: Organisation, noting: jobs.JobKind[str], asked: list[str]
) -> None:
    row = jobs.enqueue(noting, bank.tenant, "later")
    suspending.suspend("bank", "bill")
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.attempts, asked) == ("waiting", 0, [])
    suspending.resume("bank")
    run_job(str(row))
    assert asked == ["later"]


def test_a_job_of_a_tenant_that_is_gone_fails(
    bank: Organisation,
    noting: jobs.JobKind[str],
    asked: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = jobs.enqueue(noting, bank.tenant, "never")
    remove_files(bank.tenant)
    Tenant.objects.all().delete()
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.last_error, asked) == ("failed", "TenantGone", [])
    assert "TenantGone" in caplog.text


def test_many_workers_at_one_row_run_it_once(noting: jobs.JobKind[str], asked: list[str]) -> None:
    row = jobs.enqueue(noting, None, "once")
    together = threading.Barrier(8)

    def work() -> None:
        together.wait()
        run_job(str(row))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["once"]
    assert Job.objects.get(pk=row).attempts == 1


def test_whoever_saw_the_row_before_it_was_taken_does_nothing(
    noting: jobs.JobKind[str], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = jobs.enqueue(noting, None, "once")
    original = job_running._tenant_of

    def taken_meanwhile(seen: Job) -> ServedTenant | None:
        monkeypatch.setattr(job_running, "_tenant_of", original)
        run_job(str(row))
        return original(seen)

    monkeypatch.setattr(job_running, "_tenant_of", taken_meanwhile)
    run_job(str(row))
    assert asked == ["once"]
    assert Job.objects.get(pk=row).attempts == 1


def test_a_running_row_is_its_workers_until_the_lease_expires(
    noting: jobs.JobKind[str], asked: list[str]
) -> None:
    row = jobs.enqueue(noting, None, "again")
    later = timezone.now() + dt.timedelta(minutes=1)
    Job.objects.filter(pk=row).update(state="running", attempts=1, lease_until=later)
    run_job(str(row))
    assert asked == []
    expire(row)
    run_job(str(row))
    assert asked == ["again"]
    found = Job.objects.get(pk=row)
    assert (found.state, found.attempts) == ("done", 2)


def test_a_job_that_kills_its_process_each_time_is_given_up(
    noting: jobs.JobKind[str], asked: list[str]
) -> None:
    row = jobs.enqueue(noting, None, "poison")
    expire(row, attempts=3)
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.last_error, asked) == ("failed", "LeaseExpired", [])


def test_the_lease_is_the_kinds_own() -> None:
    leases = []

    @jobs.job(name="test.long", lease=dt.timedelta(hours=2))
    def long() -> None:
        leases.append(Job.objects.get().lease_until)

    before = timezone.now()
    run_job(str(jobs.enqueue(long, None)))
    assert before + dt.timedelta(hours=2) <= leases[0] <= timezone.now() + dt.timedelta(hours=2)


@pytest.mark.parametrize("error", [None, Refused(SECRET)])
def test_whoever_lost_the_lease_does_not_say_how_it_ended(error: Exception | None) -> None:
    @jobs.job(name="test.overtaken", attempts=1)
    def overtaken() -> None:
        Job.objects.update(attempts=2)  # Another worker has claimed it.
        if error is not None:
            raise error

    row = jobs.enqueue(overtaken, None)
    run_job(str(row))
    found = Job.objects.get(pk=row)
    assert (found.state, found.attempts, found.last_error) == ("running", 2, "")


def test_a_row_that_is_gone_is_nobodys_error(caplog: pytest.LogCaptureFixture) -> None:
    run_job(str(uuid.uuid4()))
    assert caplog.text == ""


def test_a_database_that_fails_leaves_the_job_to_the_sweeper(
    noting: jobs.JobKind[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise DatabaseError(SECRET)

    row = jobs.enqueue(noting, None, "x")
    with monkeypatch.context() as patched:
        patched.setattr(Job.objects, "filter", broken)
        run_job(str(row))
    assert "left to the sweeper: DatabaseError." in caplog.text
    assert SECRET not in caplog.text
    assert Job.objects.get(pk=row).state == "waiting"
