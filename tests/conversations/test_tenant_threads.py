"""Threads for tenants: one each, none while the process stops, none left behind."""

import threading

import pytest

from siegel.conversations.tenant_threads import Closed, NotStarted, TenantThread, TenantThreads
from siegel.tenancy.context import ServedTenant, served_or_none, serving
from tests.cast import Organisation


class Counting(TenantThread):
    """Counts what it is given, and ends when it is told."""

    def __init__(self, tenant: ServedTenant) -> None:
        super().__init__(tenant, "counting")
        self.given = 0
        self.stopped = threading.Event()

    def has_work(self) -> bool:
        return self.given > 0

    def stop(self) -> None:
        self.stopped.set()

    def _run(self) -> None:
        assert self.stopped.wait(10)


class Countings(TenantThreads[Counting]):
    def _make(self, tenant: ServedTenant) -> Counting:
        return Counting(tenant)


def count(one: Counting) -> None:
    one.given += 1


def test_a_tenant_has_one_and_no_other_tenants(bank: Organisation, insurer: Organisation) -> None:
    threads, seen = Countings(), list[Counting]()
    for organisation in (bank, insurer, bank):
        threads.give(organisation.tenant, count)
        threads.give(organisation.tenant, seen.append)
    assert [one.tenant for one in seen] == [bank.tenant, insurer.tenant, bank.tenant]
    assert (seen[0], seen[0].given, seen[1].given) == (seen[2], 2, 1)
    assert seen[0].thread.name == f"counting-{bank.tenant.id}"
    assert threads.active() == 2
    threads.end(bank.tenant.id)
    threads.end(bank.tenant.id)
    assert seen[0].stopped.is_set()
    assert not seen[1].stopped.is_set()
    threads.drain(close=False)
    assert threads.active() == 0
    assert not seen[1].thread.is_alive()


def test_what_is_drained_and_closed_accepts_nothing_until_it_is_opened(bank: Organisation) -> None:
    threads = Countings()
    threads.drain(close=True)
    assert not threads.are_open()
    with pytest.raises(Closed):
        threads.give(bank.tenant, count)
    threads.reopen()
    threads.give(bank.tenant, count)
    assert threads.are_open()
    threads.drain(close=True)


def test_one_that_cannot_start_is_not_kept(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = Countings()
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(NotStarted):
            threads.give(bank.tenant, count)
    assert threads.active() == 0


def test_an_idle_one_retires_unless_it_was_given_something(bank: Organisation) -> None:
    threads, seen = Countings(), list[Counting]()
    threads.give(bank.tenant, seen.append)
    (one,) = seen
    assert threads.retire(one)
    assert threads.active() == 0
    one.stop()
    threads.give(bank.tenant, seen.append)
    threads.give(bank.tenant, count)
    assert not threads.retire(seen[1])
    threads.forget(one)
    assert threads.active() == 1
    threads.forget(seen[1])
    assert threads.active() == 0
    seen[1].stop()


def test_it_inherits_nothing_of_who_starts_it(bank: Organisation) -> None:
    found: list[ServedTenant | None] = []

    class Looking(Counting):
        def _run(self) -> None:
            found.append(served_or_none())

    class Lookings(TenantThreads[Counting]):
        def _make(self, tenant: ServedTenant) -> Counting:
            return Looking(tenant)

    threads = Lookings()
    with serving(bank.tenant):
        threads.give(bank.tenant, lambda _: None)
    threads.drain(close=True)
    assert found == [None]
