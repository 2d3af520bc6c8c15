"""A process lets go of a tenant that another one has shredded."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connections

from siegel.conversations.indexer import indexers
from siegel.conversations.writer import writers
from siegel.tenancy import departing, handler, job_consumer
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import TenantDeparted, serving
from siegel.tenancy.departing import close_departed
from siegel.tenancy.handler import open_everywhere
from siegel.tenancy.models import State, Tenant, Tombstone
from siegel.vault import keyring
from tests.cast import Organisation
from tests.conversations.file_client import answer_as
from tests.tenancy.conftest import eventually


@pytest.fixture(autouse=True)
def no_tombstone_remains() -> Iterator[None]:
    yield
    Tombstone.objects.all().delete()


class Thread:
    """A thread that has opened a tenant's database and waits, within or after its block."""

    def __init__(self, organisation: Organisation, *, within: bool) -> None:
        self.opened, self.go_on = threading.Event(), threading.Event()
        self.found: list[bool] = []

        def run() -> None:
            with serving(organisation.tenant):
                connections[organisation.tenant.id].ensure_connection()
                if within:
                    self.wait()
            if not within:
                self.wait()
            self.found.append(organisation.tenant.id in open_everywhere())
            connections.close_all()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        assert self.opened.wait(10)

    def wait(self) -> None:
        self.opened.set()
        assert self.go_on.wait(10)

    def end(self) -> None:
        self.go_on.set()
        self.thread.join()


def close_ours(organisation: Organisation) -> None:
    with serving(organisation.tenant):
        handler.close_connection(organisation.tenant.id)


def test_an_idle_threads_connection_is_closed_from_outside(
    bank: Organisation, insurer: Organisation
) -> None:
    idle, other = Thread(bank, within=False), Thread(insurer, within=False)
    close_ours(bank)
    Tenant.objects.filter(pk=bank.tenant.id).update(state=State.SHREDDING)
    assert bank.tenant.id in open_everywhere()
    close_departed()
    assert open_everywhere() >= {insurer.tenant.id}
    assert bank.tenant.id not in open_everywhere()
    idle.end()
    other.end()
    assert (idle.found, other.found) == ([False], [True])


def test_one_at_work_is_closed_by_its_own_thread(bank: Organisation) -> None:
    busy = Thread(bank, within=True)
    close_ours(bank)
    stone = Tombstone.objects.create(pk=bank.tenant.id)
    assert str(stone) == bank.tenant.id
    close_departed()
    assert bank.tenant.id in open_everywhere()
    busy.end()
    assert busy.found == [False]


def test_it_is_never_opened_again(bank: Organisation) -> None:
    with serving(bank.tenant):
        open_database(bank.tenant)
    Tombstone.objects.create(pk=bank.tenant.id)
    close_departed()
    with serving(bank.tenant):
        with pytest.raises(TenantDeparted):
            connections[bank.tenant.id]
        # Though its keys are there.
        assert keyring.derive(bank.tenant.id, "database")
        with pytest.raises(Unavailable):
            open_database(bank.tenant)


def test_writer_and_indexer_end_though_they_are_idle(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.SIEGEL_WRITER_IDLE_SECONDS", 30)
    answer_as(bank, bank.conversation())
    assert (writers.active(), indexers.active()) == (1, 1)
    Tombstone.objects.create(pk=bank.tenant.id)
    close_departed()
    assert (writers.active(), indexers.active()) == (0, 0)
    eventually(lambda: bank.tenant.id not in open_everywhere())


def test_keys_are_forgotten_once_though_nothing_is_open(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[int] = []
    monkeypatch.setattr(departing, "open_everywhere", set)
    monkeypatch.setattr(keyring, "forget_unwrapped", lambda: forgotten.append(1))
    close_departed()
    assert not forgotten
    Tombstone.objects.create(pk=bank.tenant.id)
    close_departed()
    close_departed()
    assert len(forgotten) == 1


def test_a_look_that_fails_is_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked = []

    def look() -> None:
        looked.append(1)
        if len(looked) == 1:
            raise OSError("disk")

    monkeypatch.setattr(job_consumer, "close_departed", look)
    monkeypatch.setattr(job_consumer, "TICK_SECONDS", 0.01)
    stop = threading.Event()
    ticking = job_consumer._Ticking(None, stop, 1, periodic=False)
    monkeypatch.setattr(ticking._scheduler, "tick", lambda: None)
    ticking.loop()
    ticking.loop()
    assert len(looked) == 2
    assert "Looking for shredded tenants failed: OSError." in caplog.text
