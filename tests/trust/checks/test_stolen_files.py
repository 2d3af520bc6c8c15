"""What can be read without a key is found, and where the key lies is told."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from siegel.tenancy.context import ServedTenant
from siegel.trust.checks import stolen_files
from siegel.trust.checks.stolen_files import examine_stolen_files, where_the_keys_lie
from siegel.vault import keyring
from tests.cast import Organisation


def test_what_lies_about_in_a_tenants_folder_is_found(bank: Organisation) -> None:
    with closing(sqlite3.connect(bank.tenant.folder / "tenant.backup")) as plain:
        plain.execute("CREATE TABLE plain (text)")
    (bank.tenant.folder / "objects").mkdir(exist_ok=True)
    (bank.tenant.folder / "objects" / "export.json").write_text('{"text": "%s"}' % ("a b" * 30))
    faults = set(examine_stolen_files().faults)
    for name in ("tenant.backup", "export.json"):
        assert f"{name} of {bank.tenant.id} is readable" in faults


def test_one_key_for_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "derive", lambda owner, purpose: b"k" * 32)
    assert any("opens the database of" in fault for fault in examine_stolen_files().faults)


def test_a_tenant_without_key_or_encryption_is_found(
    bank: Organisation, insurer: Organisation
) -> None:
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    plain = ServedTenant("plain")
    plain.folder.mkdir()
    try:
        with closing(sqlite3.connect(plain.database)) as made:
            made.execute("CREATE TABLE plain (text)")
        faults = [*stolen_files._opened(plain, bank.tenant)]
    finally:
        shutil.rmtree(plain.folder)
    assert faults == ["the database of plain opens without a key", f"{bank.tenant.id} has no key"]


def test_a_text_that_was_not_written_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stolen_files, "knows", lambda tenant, text: False)
    with pytest.raises(LookupError):
        examine_stolen_files()


def test_what_is_deleted_meanwhile_is_no_fault(tmp_path: Path) -> None:
    assert stolen_files._written(tmp_path / "gone") == 0


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        ({"data": 1, "kek": 1, "keys": 1}, "the machine itself is not"),
        ({"data": 1, "kek": 2, "keys": 1}, "lies on another disk"),
        ({"data": 1, "kek": 1, "keys": 2}, "lies on another disk"),
    ],
)
def test_where_the_keys_lie_is_told(
    monkeypatch: pytest.MonkeyPatch, devices: dict[str, int], said: str
) -> None:
    places = {
        settings.SIEGEL_DATA: "data",
        settings.SIEGEL_KEK_FILE: "kek",
        settings.SIEGEL_KEYS: "keys",
    }
    monkeypatch.setattr("siegel.vault.devices._device", lambda path: devices[places[path]])
    told = where_the_keys_lie()
    assert said in told.en
    assert ("selbst ist es nicht" in told.de) == ("itself" in told.en)
