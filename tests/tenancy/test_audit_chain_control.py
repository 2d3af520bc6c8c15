"""A trail that was changed, cut or invented is found, whoever's it is."""

import fcntl
import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from siegel.audit import trail
from siegel.audit.models import Entry, TrailEntry
from siegel.tenancy import audit_chain
from siegel.tenancy.audit_chain import examine_chains
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import serving
from siegel.tenancy.models import OperatorTrailEntry, Tenant
from tests.cast import Organisation


@pytest.fixture(autouse=True)
def no_head_is_kept() -> None:
    """Nor are those of other tests, whose operators' trail was another one."""
    (settings.SIEGEL_DATA / "trail-heads.json").unlink(missing_ok=True)


def note(bank: Organisation, count: int) -> None:
    with serving(bank.tenant):
        trail.append([trail.Event("operator", "noted", str(n)) for n in range(count)])


def kept() -> dict[str, str]:
    found: dict[str, str] = json.loads((settings.SIEGEL_DATA / "trail-heads.json").read_text())
    return found


def test_heads_are_kept_of_everybody_but_probes(bank: Organisation) -> None:
    note(bank, 4)
    finding = examine_chains()
    assert (finding.faults, finding.expected) == ((), 4)
    with serving(bank.tenant):
        assert kept()[bank.tenant.id] == str(trail.head())
    assert set(kept()) == {bank.tenant.id, "operators"}


def test_a_changed_row_is_found(bank: Organisation) -> None:
    note(bank, 4)
    with serving(bank.tenant):
        TrailEntry.objects.filter(seq=3).update(detail={"a": "lie"})
    (fault,) = examine_chains().faults
    assert fault.startswith(f"{bank.tenant.id}: The trail does not hold at sequence number 3")
    assert bank.tenant.id not in kept()


def test_a_cut_tail_stays_red_until_it_is_understood(bank: Organisation) -> None:
    note(bank, 4)
    assert not examine_chains().faults
    before = kept()[bank.tenant.id]
    with serving(bank.tenant):
        TrailEntry.objects.order_by("-seq")[:1].get().delete()
    for _ in range(2):
        (fault,) = examine_chains().faults
        assert "does not go on from row" in fault
        assert kept()[bank.tenant.id] == before


def test_a_run_that_ends_later_does_not_take_heads_back(
    bank: Organisation, insurer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(bank, 4)
    newer: dict[str, str] = {}
    found = audit_chain._chain

    def overtaken(kind: type[Entry], head: trail.Head | None) -> trail.Head | str:
        answer = found(kind, head)
        if kind is OperatorTrailEntry and not newer:
            newer["begun"] = ""
            note(bank, 2)
            examine_chains()
            newer.update(kept())
        return answer

    monkeypatch.setattr(audit_chain, "_chain", overtaken)
    examine_chains()
    with serving(bank.tenant):
        assert kept()[bank.tenant.id] == newer[bank.tenant.id] == str(trail.head())
    Tenant.objects.filter(pk=insurer.tenant.id).delete()
    examine_chains()
    assert set(kept()) == {bank.tenant.id, "operators"}


def test_heads_are_read_and_written_by_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def noting(texts: dict[Path, str]) -> None:
        descriptor = os.open(settings.SIEGEL_DATA, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
        held.append(True)

    monkeypatch.setattr(audit_chain, "replace_private", noting)
    examine_chains()
    assert held


def test_the_operators_trail_is_looked_at(bank: Organisation) -> None:
    OperatorTrailEntry.objects.filter(seq=1).update(actor="nobody")
    (fault,) = examine_chains().faults
    assert fault.startswith("operators: ")


def test_of_a_long_trail_the_newest_rows_are_verified(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "WHOLE", 5)
    note(bank, 20)
    finding = examine_chains()
    assert finding.faults == ()
    assert "of each at most the newest 5 rows" in finding.what.en
    with serving(bank.tenant):
        newest = trail.head().seq
        # Said plainly in what was examined: what lies further back is not looked at.
        TrailEntry.objects.filter(seq=2).update(actor="nobody")
        assert not examine_chains_of(bank)
        TrailEntry.objects.filter(seq=newest - 1).update(actor="nobody")
        assert "does not hold" in examine_chains_of(bank)
        TrailEntry.objects.filter(seq=newest - 5).delete()
        assert examine_chains_of(bank) == "a row is missing"


def examine_chains_of(bank: Organisation) -> str:
    found = audit_chain._of_tenant(bank.tenant, {})
    return found if isinstance(found, str) else ""


def test_a_tenant_that_does_not_open_is_a_fault(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(tenant: object) -> None:
        raise Unavailable("CannotBeOpened")

    monkeypatch.setattr(audit_chain, "open_database", closed)
    assert f"{bank.tenant.id}: cannot be examined: it does not open" in examine_chains().faults


def test_a_failure_that_is_not_noticed_fails_the_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "_passes", lambda kind, head: True)
    assert audit_chain.plant_each().faults == ()
