"""Whoever exports an organisation and whoever destroys it do not do so at the same time."""

import threading
from pathlib import Path

import pytest

from siegel.continuity import leaving
from siegel.continuity.exporting import write_archive
from siegel.continuity.leaving import CannotExport, destroying
from siegel.continuity.readable import held_still, write_readable
from siegel.continuity.snapshot import snapshot
from siegel.tenancy.models import State, Tenant
from siegel.vault.recovery_keys import RecoveryKey
from tests.cast import Organisation
from tests.continuity.moving import everything_here, siegel

SHRED = ("tenants", "shred", "bank", "--reason", "contract ended", "--yes")


@pytest.mark.parametrize("export", [snapshot, held_still])
def test_during_an_export_nothing_is_shredded(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, export: object
) -> None:
    monkeypatch.setattr(leaving, "WAITING_SECONDS", 0.2)
    with export(bank.tenant):  # type: ignore[operator] # either of both
        refused = siegel(*SHRED)
    assert refused.exit_code == 1
    assert "An export of bank, or another shredding, is under way" in refused.output
    assert Tenant.objects.get().state == State.ACTIVE
    assert everything_here(bank.tenant)[0]


def test_an_export_that_ends_soon_is_waited_for(bank: Organisation) -> None:
    begun, ended = threading.Event(), threading.Event()
    go_on = threading.Timer(0.5, ended.set)

    def export() -> None:
        with leaving.leaving(bank.tenant):
            begun.set()
            ended.wait(5)

    thread = threading.Thread(target=export)
    thread.start()
    assert begun.wait(5)
    go_on.start()
    with destroying(bank.tenant):
        assert ended.is_set()
    thread.join()


def test_two_exports_do_not_keep_each_other_waiting(bank: Organisation) -> None:
    with snapshot(bank.tenant) as one, snapshot(bank.tenant) as other:
        assert one.rows == other.rows


def test_during_a_shredding_nothing_is_exported(bank: Organisation, tmp_path: Path) -> None:
    with destroying(bank.tenant):
        for form in ([], ["--readable", "--yes"]):
            refused = siegel("tenants", "export", "bank", tmp_path / "a", *form)
            assert refused.exit_code == 1
            assert "bank is being shredded; nothing was exported" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_tenant_that_has_gone_since_is_not_given_a_whole_export(
    bank: Organisation, tmp_path: Path
) -> None:
    """Even if no lock had kept them apart: on a disk that has none, say."""
    row = Tenant.objects.get()
    with snapshot(bank.tenant) as taken, held_still(bank.tenant) as linked:
        Tenant.objects.update(state=State.SHREDDING)
        with pytest.raises(CannotExport, match="being shredded"):
            write_archive(row, taken, tmp_path / "a", RecoveryKey.generate(), lambda _: None)
        with pytest.raises(CannotExport, match="being shredded"):
            write_readable(row, linked, tmp_path / "b", lambda _: None)
        Tenant.objects.update(state=State.ACTIVE)
    assert list(tmp_path.iterdir()) == []


def test_what_is_gone_already_needs_no_lock(bank: Organisation) -> None:
    folder = bank.tenant.folder
    away = folder.with_name("away")
    everything_here(bank.tenant)
    folder.rename(away)
    try:
        with destroying(bank.tenant):
            assert not folder.exists()
    finally:
        away.rename(folder)
