"""Jobs from enqueuing to their end, with real threads and the real queue."""

import datetime as dt
import json
import os
import pickle
import signal
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connections, transaction
from django.utils import timezone
from huey.registry import Message

from siegel.conversations.models import Contact
from siegel.tenancy import job_consumer, job_queue, jobs
from siegel.tenancy.context import served, served_or_none, serving
from siegel.tenancy.job_queue import PlainJson, queue
from siegel.tenancy.job_scheduling import sweep
from siegel.tenancy.models import Job
from tests.cast import Organisation
from tests.tenancy.conftest import eventually, killed_after, somebody_schedules

pytestmark = pytest.mark.usefixtures("quiet")
ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


def note() -> jobs.JobKind[str]:
    @jobs.job(name="test.note")
    def written(text: str) -> None:
        ran.append(text)

    return written


def state_of(row: uuid.UUID) -> str:
    return Job.objects.get(pk=row).state


def test_a_job_serves_its_tenant_and_leaves_it(bank: Organisation, insurer: Organisation) -> None:
    @jobs.job(name="test.greet")
    def greet(name: str, count: int) -> None:
        for _ in range(count):
            Contact.objects.create(name=name)
        ran.append(served().id)

    @jobs.job(name="test.look")
    def look() -> None:
        ran.append(str(served_or_none()))

    jobs.start()
    with serving(insurer.tenant):  # Whoever is served where it is enqueued does not matter.
        first = jobs.enqueue(greet, bank.tenant, "Vera", 2)
    eventually(lambda: state_of(first) == "done")
    second = jobs.enqueue(look, None)
    eventually(lambda: state_of(second) == "done")
    assert ran == [bank.tenant.id, "None"]
    with serving(bank.tenant):
        assert list(Contact.objects.values_list("name", flat=True)) == ["Vera", "Vera"]
    with serving(insurer.tenant):
        assert not Contact.objects.exists()
    row = Job.objects.get(pk=first)
    assert (row.attempts, row.last_error, row.tenant) == (1, "", bank.tenant.id)
    assert row.finished_at is not None
    assert str(row) == f"test.greet {first}"


def test_a_job_can_be_called_directly() -> None:
    note()("here")
    assert ran == ["here"]


def test_the_queue_holds_the_rows_id_and_nothing_else(bank: Organisation) -> None:
    row = jobs.enqueue(note(), bank.tenant, "canary")
    (item,) = queue().storage.enqueued_items()
    assert json.loads(item)["args"] == [str(row)]
    assert set(json.loads(item)) == {"id", "name", "args"}
    assert b"canary" not in item
    assert bank.tenant.id.encode() not in item


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "argument",
    [None, True, 1.5, b"x", [], {}, ("a",), uuid.uuid4(), timezone.now(), Text("x"), object()],
    ids=lambda argument: type(argument).__name__,
)
def test_arguments_are_plain(argument: Any) -> None:
    kind = note()
    with pytest.raises(TypeError, match="plain strings"):
        jobs.enqueue(kind, None, argument)
    assert not Job.objects.filter(name=kind.name).exists()


def test_an_argument_is_an_id_and_no_content() -> None:
    kind = note()
    with pytest.raises(ValueError, match="never content"):
        jobs.enqueue(kind, None, "x" * 101)
    assert not Job.objects.filter(name=kind.name).exists()


@pytest.mark.parametrize("args", [(), (1,), ("a", "b"), ({"a": 1},), (object(),)])
def test_nothing_else_gets_into_the_queue(args: tuple[object, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        PlainJson().serialize(Message(id="i", name="n", args=args))


def test_no_named_argument_gets_into_the_queue() -> None:
    with pytest.raises(msgspec.ValidationError, match="nothing else"):
        PlainJson().serialize(Message(id="i", name="n", args=("a",), kwargs={"text": "x"}))


@pytest.mark.parametrize(
    "forged",
    [
        pickle.dumps(["a"]),
        b"{}",
        b'{"id":"i","name":"n","args":["a"],"retries":9}',
        b'{"id":"i","name":"os.system","args":["a"]}',
    ],
)
def test_a_forged_item_is_dropped_and_the_work_goes_on(
    forged: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    queue().storage.enqueue(forged)
    row = jobs.enqueue(note(), None, "after it")
    jobs.start()
    eventually(lambda: state_of(row) == "done")
    assert "Error reading from queue" in caplog.text


def test_the_same_name_twice_is_refused() -> None:
    note()
    with pytest.raises(ValueError, match=r"test\.note already"):
        note()


def test_a_queue_that_fails_delays_the_job_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> None:
        raise OSError("No space left on /secret/place")

    with monkeypatch.context() as broken:
        broken.setattr(job_queue, "queue", full)
        row = jobs.enqueue(note(), None, "late")
        assert sweep(timezone.now()) == 0
    assert "could not be queued: OSError." in caplog.text
    assert "secret" not in caplog.text
    assert queue().storage.queue_size() == 0
    assert sweep(timezone.now()) == 1
    jobs.start()
    eventually(lambda: state_of(row) == "done")


def test_inside_a_transaction_it_is_delivered_after_the_commit(bank: Organisation) -> None:
    kind = note()
    with serving(bank.tenant):
        with transaction.atomic(using=bank.tenant.id):
            jobs.enqueue(kind, bank.tenant, "tenant's")
            assert queue().storage.queue_size() == 0
        assert queue().storage.queue_size() == 1
    with transaction.atomic(using="default"):
        jobs.enqueue(kind, None, "control")
        assert queue().storage.queue_size() == 1
    assert queue().storage.queue_size() == 2


def test_enqueuing_opens_no_tenants_database(bank: Organisation) -> None:
    with serving(bank.tenant):
        connections.close_all()
        jobs.enqueue(note(), bank.tenant, "x")
        assert connections[bank.tenant.id].connection is None


def test_from_many_threads_each_runs_once() -> None:
    kind = note()
    jobs.start()

    def enqueue_some(thread: int) -> None:
        for number in range(5):
            jobs.enqueue(kind, None, f"{thread}-{number}")
        connections.close_all()

    threads = [threading.Thread(target=enqueue_some, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: Job.objects.filter(state="done").count() == 20)
    assert sorted(ran) == sorted(f"{t}-{n}" for t in range(4) for n in range(5))


def test_a_job_of_this_process_starts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_consumer, "POLL_SECONDS", 60.0)
    jobs.start()
    time.sleep(0.1)
    row = jobs.enqueue(note(), None, "x")
    eventually(lambda: state_of(row) == "done", seconds=5)


def test_a_job_of_another_process_is_found_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_consumer, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(job_queue.bell, "ring", lambda: None)
    jobs.start()
    time.sleep(0.1)
    row = jobs.enqueue(note(), None, "x")
    eventually(lambda: state_of(row) == "done", seconds=5)


def test_an_idle_worker_holds_no_tenants_database_open(bank: Organisation) -> None:
    @jobs.job(name="test.count")
    def count() -> None:
        ran.append(str(Contact.objects.count()))

    def open_files() -> set[str]:
        return {os.path.realpath(file) for file in Path("/proc/self/fd").iterdir()}

    jobs.start()
    row = jobs.enqueue(count, bank.tenant)
    eventually(lambda: state_of(row) == "done")
    connections.close_all()
    eventually(lambda: str(bank.tenant.database) not in open_files())


def test_an_idle_worker_asks_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.start()
    time.sleep(0.1)
    looked = []
    dequeue = queue().storage.dequeue

    def counted() -> Any:
        looked.append(threading.current_thread().name)
        return dequeue()

    monkeypatch.setattr(queue().storage, "dequeue", counted)
    time.sleep(1.2)
    assert 2 <= len(looked) <= 2 * job_consumer.WORKERS


def test_it_starts_once_without_daemons_and_leaves_signals_alone() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    jobs.start()
    jobs.start()
    assert before == [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ]
    threads = [t for t in threading.enumerate() if t.name.startswith("jobs-")]
    assert len(threads) == job_consumer.WORKERS + 1
    assert not any(thread.daemon for thread in threads)
    began = time.monotonic()
    assert jobs.stop()
    assert time.monotonic() - began < 0.5
    assert not any(thread.is_alive() for thread in threads)
    assert jobs.stop()


def test_stopping_waits_for_the_job_at_work(caplog: pytest.LogCaptureFixture) -> None:
    begun, may_end = threading.Event(), threading.Event()

    @jobs.job(name="test.slow")
    def slow() -> None:
        begun.set()
        may_end.wait(10)

    jobs.start()
    row = jobs.enqueue(slow, None)
    assert begun.wait(10)
    assert not jobs.stop(timeout=0.05)
    assert "still at work" in caplog.text
    waiting = jobs.enqueue(note(), None, "for the next process")
    may_end.set()
    eventually(lambda: state_of(row) == "done")
    assert state_of(waiting) == "waiting"
    jobs.start()
    eventually(lambda: state_of(waiting) == "done")


KILLED = """
import time
import django
django.setup(set_prefix=False)
from siegel.tenancy import jobs

@jobs.job(name="test.note")
def written(text):
    if text == "begun":
        print("at work", flush=True)
        time.sleep(60)

jobs.start()
jobs.enqueue(written, None, "begun")
time.sleep(60)
"""


def test_a_killed_process_loses_nothing() -> None:
    kind = note()
    with killed_after([sys.executable, "-c", KILLED]) as said:
        assert said.readline() == "at work\n"
        begun = Job.objects.get(name="test.note")
        assert (begun.state, begun.attempts) == ("running", 1)
        eventually(somebody_schedules)
    waiting = jobs.enqueue(kind, None, "waiting")
    assert not somebody_schedules()
    jobs.start()
    eventually(lambda: state_of(waiting) == "done")
    eventually(somebody_schedules)
    # What the other was at is somebody's until its lease has expired.
    assert sweep(timezone.now()) == 0
    assert state_of(begun.pk) == "running"
    Job.objects.filter(pk=begun.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert sweep(timezone.now()) == 1
    eventually(lambda: state_of(begun.pk) == "done")
    assert ran == ["waiting", "begun"]
    assert Job.objects.get(pk=begun.pk).attempts == 2


def test_a_worker_that_is_to_stop_does_not_go_to_sleep(quiet: None) -> None:
    worker = job_consumer._Worker.__new__(job_consumer._Worker)
    worker.stop_flag = threading.Event()
    worker.stop_flag.set()
    began = time.monotonic()
    worker.sleep()
    assert time.monotonic() - began < job_consumer.POLL_SECONDS / 2


def test_a_job_can_wait_for_its_time(bank: Organisation) -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    kind = note()
    row = jobs.enqueue_at(later, kind, bank.tenant, "at last")
    assert sweep(timezone.now()) == 0
    assert state_of(row) == "waiting"
    assert sweep(later) == 1
    (item,) = queue().storage.enqueued_items()
    assert json.loads(item)["args"] == [str(row)]
    with pytest.raises(TypeError):
        jobs.enqueue_at(later, kind, bank.tenant, True)  # type: ignore[misc] # refused
