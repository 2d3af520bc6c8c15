"""Rotating the KEK: everything opens before, during and after, wherever it is killed."""

import fcntl
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tink
from django.conf import settings
from tink import aead, json_proto_keyset_format, secret_key_access

from siegel.vault import checks, kek, kek_rotation, kek_versions, keyring, recovery_sheet
from siegel.vault.kek_rotation import CannotRotate, Other, Rotated, is_under_way, rotate
from siegel.vault.kek_versions import Version, Wrapped

OWNERS = ["tone", "ttwo"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of two tenants, of which only the keys exist."""
    root = tmp_path / "store"
    place(root, monkeypatch)
    kek.ensure()
    for owner in OWNERS:
        keyring.create(owner)
    return root


def place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", root / "kek" / "kek.json")
    monkeypatch.setattr(settings, "SIEGEL_KEYS", root / "keys")


def silently(done: int, total: int) -> None:
    pass


def rotated(**others: Callable[[], None]) -> Rotated:
    """With what is wrapped again by others, which opens with every key."""
    known = {name: Other(lambda key: None, wrap) for name, wrap in others.items()}
    return rotate(known, silently, lambda version: None)


def opened() -> list[bytes]:
    """What every tenant's keys give, asked for anew."""
    keyring._primitive.cache_clear()
    kek._load.cache_clear()
    for owner in OWNERS:
        keyring.sealing(owner)
    return [keyring.derive(owner, "database") for owner in OWNERS]


def test_everything_opens_afterwards_and_with_the_new_key_only(store: Path) -> None:
    before, (old,) = opened(), kek_versions.versions()
    old_kek = kek.opened(settings.SIEGEL_KEK_FILE.read_text())
    told: list[tuple[int, int]] = []
    begun: list[Version] = []
    done = rotate({}, lambda *numbers: told.append(numbers), begun.append)
    assert opened() == before
    assert (done.keysets, done.was_resumed, begun) == (4, False, [done.version])
    assert told == [(0, 4), (4, 4)]
    assert kek_versions.versions() == [done.version]
    assert done.version.id != old.id
    for path in kek_rotation.keyset_files():
        wrapped = Wrapped.parse(path.read_text())
        assert wrapped.by == done.version.id
        assert not wrapped.is_opened_by(old_kek, keyring.bound_to(path.stem))
    assert recovery_sheet.keyset_in(done.sheet.read_text()) == settings.SIEGEL_KEK_FILE.read_text()
    assert settings.SIEGEL_KEK_FILE.stat().st_mode & 0o777 == 0o600


def killed_at(step: int) -> bool:
    """Rotate in a child that is killed before its nth change of the disk; False if it ended."""
    child = os.fork()
    if child == 0:
        lock, left = threading.Lock(), [step]

        def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any, **named: Any) -> Any:
                with lock:
                    left[0] -= 1
                    if left[0] < 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return call

        try:
            os.fsync = deadly(os.fsync)
            Path.replace = deadly(Path.replace)  # type: ignore[method-assign] # in a child of its own
            Path.unlink = deadly(Path.unlink)  # type: ignore[method-assign] # as above
            rotated()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_at_any_step_everything_opens_and_the_next_run_goes_on(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened()
    resumed: set[bool] = set()
    for step in range(500):
        root = tmp_path / f"killed-{step}"
        shutil.copytree(store, root)
        place(root, monkeypatch)
        was_killed = killed_at(step)
        assert opened() == before, step
        # Whoever has only the sheet on the disk opens everything too.
        settings.SIEGEL_KEK_FILE.write_text(
            recovery_sheet.keyset_in(recovery_sheet.sheet_of(settings.SIEGEL_KEK_FILE).read_text())
        )
        assert opened() == before, step
        if not was_killed:
            break
        resumed.add(rotated().was_resumed)
        assert opened() == before, step
        assert not is_under_way()
        assert not list(root.rglob("*.next"))
        shutil.rmtree(root)
    assert not was_killed
    assert step > 25
    assert resumed == {False, True}


def test_a_keyset_that_does_not_open_stops_it_before_anything_changes(store: Path) -> None:
    before = settings.SIEGEL_KEK_FILE.read_bytes()
    (settings.SIEGEL_KEYS / "tone.json").write_text("{}")
    (settings.SIEGEL_KEYS / "ttwo.json").write_bytes(
        (settings.SIEGEL_KEYS / "tone-objects.json").read_bytes()
    )
    with pytest.raises(CannotRotate, match=r"does not open tone\.json, ttwo\.json in"):
        rotated()
    assert settings.SIEGEL_KEK_FILE.read_bytes() == before


def test_what_nobody_wraps_again_stops_it(store: Path) -> None:
    for number in range(7):
        (settings.SIEGEL_KEYS / f"other-{number}.key").touch()
    with pytest.raises(CannotRotate, match=r"other-4\.key and 2 more\. No key was dropped"):
        rotated()
    assert not is_under_way()


def test_what_somebody_else_wraps_again_is_wrapped_while_both_keys_open(store: Path) -> None:
    (settings.SIEGEL_KEYS / "installation-signing.json").touch()
    seen: list[int] = []

    def wrap() -> None:
        seen.append(len(kek_versions.versions()))

    rotated(**{"installation-signing.json": wrap})
    assert seen == [2]


def test_what_somebody_else_cannot_open_stops_it_before_anything_changes(store: Path) -> None:
    before = settings.SIEGEL_KEK_FILE.read_bytes()
    looked: list[int] = []
    begun: list[Version] = []

    def look(key: aead.Aead, opens: int) -> None:
        looked.append(len(looked))
        if len(looked) > opens:
            raise ValueError("It does not open.")

    with pytest.raises(ValueError, match="does not open"):
        rotate({"one": Other(lambda key: look(key, 0), lambda: None)}, silently, begun.append)
    assert not begun
    assert settings.SIEGEL_KEK_FILE.read_bytes() == before
    # And again before the old key is dropped: it may have been changed meanwhile.
    with pytest.raises(ValueError, match="does not open"):
        rotate({"one": Other(lambda key: look(key, 2), lambda: None)}, silently, begun.append)
    assert len(kek_versions.versions()) == 2


def test_a_key_behind_a_link_stays_where_it_is(store: Path, tmp_path: Path) -> None:
    before = opened()
    link: Path = settings.SIEGEL_KEK_FILE
    stick = tmp_path / "stick"
    stick.mkdir()
    link.rename(stick / "key")
    link.symlink_to(stick / "key")
    # From before the key was moved: the doctor names both.
    old_sheet = recovery_sheet.sheet_of(link)
    done = rotated()
    assert link.is_symlink()
    assert kek_versions.versions() == [done.version]
    assert done.sheet.parent == stick
    assert recovery_sheet.keyset_in(done.sheet.read_text()) == (stick / "key").read_text()
    assert opened() == before
    told = [str(message.msg) for message in checks.sheet_is_locked_away()]
    assert len(told) == 2
    assert str(old_sheet) in told[0] + told[1]
    assert not list(link.parent.glob("*.next"))


def test_it_lists_what_it_wraps_while_nobody_stores_anything(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has asked for the old key before has stored what it wraps by then."""
    real, held = kek_rotation.keyset_files, []

    def listed() -> list[Path]:
        probe = os.open(settings.SIEGEL_KEYS, os.O_RDONLY)
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.append(True)
        finally:
            os.close(probe)
        return real()

    monkeypatch.setattr(kek_rotation, "keyset_files", listed)
    kek_rotation._wrap_again(kek_versions.stored(), silently)
    assert held == [True]


def test_a_failure_of_somebody_else_keeps_the_old_key_and_the_next_run_goes_on(store: Path) -> None:
    before = opened()
    (settings.SIEGEL_KEYS / "installation-signing.json").touch()

    def fail() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        rotated(**{"installation-signing.json": fail})
    assert is_under_way()
    assert [version.is_primary for version in kek_versions.versions()] == [True, False]
    assert opened() == before
    # Who comes meanwhile is wrapped by the new key, and stays.
    keyring.create("tfour")
    done = rotated(**{"installation-signing.json": lambda: None})
    assert (done.was_resumed, done.keysets) == (True, 6)
    assert opened() == before
    keyring.derive("tfour", "database")


def test_a_tenant_that_leaves_meanwhile_does_not_come_back(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Version] = []
    found = kek_rotation.keyset_files()
    keyring.remove("ttwo")
    # As if it had left after the folder was listed.
    monkeypatch.setattr(kek_rotation, "keyset_files", lambda: found)
    rotate({}, silently, begun.append)
    assert not list(settings.SIEGEL_KEYS.glob("ttwo*"))


def test_removing_a_tenant_removes_what_a_killed_rotation_left(store: Path) -> None:
    (settings.SIEGEL_KEYS / "tone.json.next").write_text("wrapped")
    keyring.remove("tone")
    assert not list(settings.SIEGEL_KEYS.glob("tone*"))


def test_removing_where_there_is_no_key_store_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path / "nothing", monkeypatch)
    keyring.remove("tone")


def test_an_installation_without_tenants_is_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path / "new", monkeypatch)
    kek.ensure()
    assert rotated().keysets == 0


def test_a_process_that_runs_notices_both_changes(store: Path) -> None:
    before = opened()
    rotated()
    # Without forgetting anything: as a server that goes on.
    assert [keyring.derive(owner, "database") for owner in OWNERS] == before
    keyring.create("tnew")
    assert Wrapped.parse((settings.SIEGEL_KEYS / "tnew.json").read_text()).by == (
        kek_versions.versions()[0].id
    )


def test_reading_between_the_steps_of_a_rotation(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyset is read before it is wrapped again, the KEK after the old key was dropped."""
    before = opened()
    keyring._primitive.cache_clear()
    real = kek.wrapping_key

    def meanwhile() -> Any:
        monkeypatch.setattr(kek, "wrapping_key", real)
        rotated()
        return real()

    monkeypatch.setattr(kek, "wrapping_key", meanwhile)
    assert keyring.derive("tone", "database") == before[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"encryptedKeyset": "?"}'])
def test_what_is_no_wrapped_keyset(text: str) -> None:
    with pytest.raises(ValueError, match="no wrapped keyset"):
        Wrapped.parse(text)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), (b"{}", "does not hold"), (b"\xff", "hold")]
)
def test_a_kek_that_is_none(store: Path, content: bytes | None, reason: str) -> None:
    settings.SIEGEL_KEK_FILE.unlink()
    if content is not None:
        settings.SIEGEL_KEK_FILE.write_bytes(content)
    with pytest.raises(kek.KekUnavailable, match=reason):
        rotated()


def test_another_key_does_not_open() -> None:
    one = kek.opened(new_keyset())
    other = kek.opened(new_keyset())
    wrapped = Wrapped({}, one.encrypt(b"keyset", b"tone"))
    assert wrapped.is_opened_by(one, b"tone")
    assert not wrapped.is_opened_by(one, b"ttwo")
    assert not wrapped.is_opened_by(other, b"tone")
    with pytest.raises(tink.TinkError):
        wrapped.again(other, b"tone")


def new_keyset() -> str:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    text: str = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return text
