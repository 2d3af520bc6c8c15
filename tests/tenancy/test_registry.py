"""Host names: whose they are, and what an unknown one costs."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from siegel.tenancy import registry, suspending
from siegel.tenancy.models import Tenant
from siegel.tenancy.probes import probe_tenants
from tests.cast import Organisation


@pytest.mark.parametrize(
    ("host", "surface"),
    [
        ("bank.test", "desk"),
        ("BANK.TEST:8000", "desk"),
        ("bank.test.", "desk"),
        ("chat.bank.test:80", "chat"),
    ],
)
def test_hosts_of_a_tenant(bank: Organisation, host: str, surface: str) -> None:
    assert registry.by_host(host) == (bank.tenant, surface)


@pytest.mark.parametrize("host", ["", "test", "xbank.test", "chat.test", "chat.", "[::1]", "a:b:c"])
def test_hosts_of_nobody(bank: Organisation, host: str) -> None:
    assert registry.by_host(host) is None


def test_a_flood_of_unknown_names_costs_no_query(bank: Organisation) -> None:
    registry.by_host("bank.test")
    known = registry.fresh()
    assert known is not None
    assert known.by_host("bank.test") == (bank.tenant, "desk")
    with CaptureQueriesContext(connections["default"]) as queries:
        for n in range(100):
            registry.by_host(f"unknown-{n}.test")
    assert len(queries) == 0


def test_probes_are_on_no_host() -> None:
    with probe_tenants() as (one, _):
        registry.forget()
        assert registry.by_host(one.host) is None


def test_a_control_reaches_its_probes_while_it_asks() -> None:
    with probe_tenants() as (one, other):
        with registry.reachable({one.host: one}):
            assert registry.by_host(f"chat.{one.host}") == (one, "chat")
            assert registry.by_host(other.host) is None
            with registry.reachable({one.host: other, other.host: other}):
                assert registry.by_host(one.host) == registry.by_host(other.host) == (other, "desk")
            assert registry.by_host(one.host) == (one, "desk")
            assert registry.by_host(other.host) is None
        assert registry.by_host(one.host) is None


def test_suspending_and_resuming(bank: Organisation) -> None:
    suspending.suspend("bank", "bill")
    found = registry.by_host("bank.test")
    assert found is not None
    assert found[0].is_suspended
    with pytest.raises(Tenant.DoesNotExist, match="active"):
        suspending.suspend("bank", "again")
    suspending.resume("bank")
    assert registry.by_host("bank.test") == (bank.tenant, "desk")
    with pytest.raises(Tenant.DoesNotExist, match="suspended"):
        suspending.resume("bank")


def test_a_change_by_another_process_is_seen_in_time(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.by_host("bank.test")
    Tenant.objects.update(host="moved.test")
    assert registry.by_host("moved.test") is None
    monkeypatch.setattr(registry, "MAX_AGE_SECONDS", -1.0)
    assert registry.by_host("moved.test") is not None
    assert registry.fresh() is None


def test_whoever_waited_takes_what_another_thread_has_read(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.by_host("bank.test")
    answers = iter([None, registry.fresh()])
    monkeypatch.setattr(registry, "fresh", lambda: next(answers))
    with CaptureQueriesContext(connections["default"]) as queries:
        assert registry.by_host("bank.test") == (bank.tenant, "desk")
    assert len(queries) == 0


def test_an_answer_that_was_fresh_does_not_become_a_query(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.by_host("bank.test")
    known = registry.fresh()
    assert known is not None
    # The event loop was held up between the look and the question, for longer than two seconds.
    monkeypatch.setattr(registry, "MAX_AGE_SECONDS", -1.0)
    registry.forget()
    with CaptureQueriesContext(connections["default"]) as queries:
        assert known.by_host("bank.test") == (bank.tenant, "desk")
        assert registry.fresh() is None
    assert len(queries) == 0
