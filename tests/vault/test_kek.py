"""The key-encrypting key: made once, kept apart, recovered from its sheet."""

import fcntl
import hashlib
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from siegel.tenancy.context import serving
from siegel.vault import kek, keyring, recovery_sheet
from tests.cast import Organisation


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that has no keys yet."""
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", tmp_path / "kek" / "kek.json")
    monkeypatch.setattr(settings, "SIEGEL_KEYS", tmp_path / "keys")
    return tmp_path


def test_the_first_start_makes_key_and_sheet_that_only_the_owner_reads(elsewhere: Path) -> None:
    sheet = kek.ensure()
    assert sheet == elsewhere / "kek" / "recovery-sheet.txt"
    for path in (sheet, settings.SIEGEL_KEK_FILE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(sheet.parent.stat().st_mode) == 0o700
    digest = hashlib.sha256(settings.SIEGEL_KEK_FILE.read_bytes()).hexdigest()
    assert digest[:16] in sheet.read_text()


def test_a_second_start_changes_nothing(elsewhere: Path) -> None:
    kek.ensure()
    before = settings.SIEGEL_KEK_FILE.read_bytes()
    assert kek.ensure() is None
    assert settings.SIEGEL_KEK_FILE.read_bytes() == before


def test_two_first_starts_make_one_key(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_process_was_quicker(*_: object) -> None:
        settings.SIEGEL_KEK_FILE.write_text("made by the other one")

    monkeypatch.setattr(fcntl, "flock", another_process_was_quicker)
    assert kek.ensure() is None
    assert settings.SIEGEL_KEK_FILE.read_text() == "made by the other one"


def test_a_crash_before_the_key_leaves_nothing_in_the_way(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as crashing:
        crashing.setattr(kek, "replace_private", crash)
        with pytest.raises(InterruptedError):
            kek.ensure()
    sheet = kek.ensure()
    assert sheet is not None
    assert recovery_sheet.keyset_in(sheet.read_text()) == settings.SIEGEL_KEK_FILE.read_text()


def test_a_lost_key_is_recovered_from_the_sheet(bank: Organisation) -> None:
    path: Path = settings.SIEGEL_KEK_FILE
    sheet = path.with_name("recovery-sheet.txt").read_text()
    before = keyring.derive(bank.tenant.id, "database")
    path.unlink()
    try:
        with pytest.raises(keyring.KeyUnavailable):
            keyring.derive(bank.tenant.id, "database")
    finally:
        path.write_text(recovery_sheet.keyset_in(sheet))
        path.chmod(0o600)
    assert keyring.derive(bank.tenant.id, "database") == before
    conversation = bank.conversation()
    with serving(bank.tenant):
        conversation.refresh_from_db()


def test_a_process_that_is_killed_while_it_writes_the_key_leaves_no_half_of_it(
    elsewhere: Path,
) -> None:
    """Killed once before the key is on the disk, and once before it has its name."""
    for where, name in (os, "fsync"), (Path, "replace"):
        child = os.fork()
        if child == 0:
            real = getattr(where, name)

            def deadly(first: Any, *more: Any, real: Any = real) -> Any:
                if isinstance(first, int):
                    path = Path(f"/proc/self/fd/{first}").readlink()
                else:
                    path = first
                if path.name == "kek.json.next":
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(first, *more)

            setattr(where, name, deadly)
            try:
                kek.ensure()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        assert not settings.SIEGEL_KEK_FILE.exists()
    assert kek.ensure() is not None
    kek.wrapping_key()
    assert sorted(path.name for path in settings.SIEGEL_KEK_FILE.parent.iterdir()) == [
        "kek.json",
        "recovery-sheet.txt",
    ]


def test_a_link_to_a_disk_that_is_not_there_gets_no_other_key(elsewhere: Path) -> None:
    settings.SIEGEL_KEK_FILE.parent.mkdir()
    settings.SIEGEL_KEK_FILE.symlink_to(elsewhere / "stick" / "key")
    with pytest.raises(kek.KekUnavailable, match="which is missing"):
        kek.ensure()
    assert not (elsewhere / "stick").exists()


def test_wrapped_keys_without_the_key_are_never_hidden_by_a_new_one(elsewhere: Path) -> None:
    kek.ensure()
    keyring.create("tone")
    settings.SIEGEL_KEK_FILE.unlink()
    with pytest.raises(kek.KekUnavailable, match="recovery sheet"):
        kek.ensure()
    assert not settings.SIEGEL_KEK_FILE.exists()


def test_a_file_that_is_no_key_is_named_as_such(elsewhere: Path) -> None:
    kek.ensure()
    settings.SIEGEL_KEK_FILE.write_text("{}")
    with pytest.raises(kek.KekUnavailable, match="does not hold"):
        kek.wrapping_key()


def test_a_missing_file_is_named_as_such(elsewhere: Path) -> None:
    with pytest.raises(kek.KekUnavailable, match="cannot be read"):
        kek.wrapping_key()
