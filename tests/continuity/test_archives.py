"""A tenant goes into a sealed archive at one installation and comes out at another."""

import errno
import re
import stat
import threading
from pathlib import Path

import pytest

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.continuity import exporting
from siegel.continuity.leaving import CannotExport
from siegel.continuity.snapshot import snapshot
from siegel.conversations.models import Conversation
from siegel.tenancy.context import serving
from siegel.tenancy.models import OperatorTrailEntry, State, Tenant
from siegel.vault.recovery_keys import RecoveryKey
from tests.cast import Organisation
from tests.continuity.moving import (
    SECRET,
    Elsewhere,
    everything_here,
    exported,
    fill,
    remove,
    siegel,
)


def test_every_row_and_every_file_comes_out_elsewhere(bank: Organisation, tmp_path: Path) -> None:
    fill(bank)
    archive, key = exported(bank, tmp_path)
    before = everything_here(bank.tenant)
    assert len(before[0]["conversations_message"]) == 2
    assert len(before[1]) == 3
    assert SECRET.encode() not in archive.read_bytes()

    other = Elsewhere(tmp_path / "other")
    done = other.siegel("tenants", "import", archive, "--key-file", key)
    assert done.returncode == 0, done.stderr
    assert other.everything(bank.tenant.id) == before
    assert f"bank was imported as {bank.tenant.id}, on bank.test and chat.bank.test" in done.stdout
    assert "3 objects" in done.stdout

    verified = other.siegel("audit", "verify", "bank", "--head", trail_head(bank))
    assert verified.returncode == 0
    assert f"Head: {trail_head(bank)}" in verified.stdout
    # Under a key-encrypting key of its own, and with the right modes.
    ours = (tmp_path / "other" / "data-keys" / f"{bank.tenant.id}.json").read_text()
    with other.keys():
        listed = other.siegel("files", "limits", "bank")
    assert listed.returncode == 0
    assert "encryptedKeyset" in ours
    folder = tmp_path / "other" / "data" / "tenants" / bank.tenant.id
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*")} <= {0o600, 0o700}


def trail_head(organisation: Organisation) -> str:
    with serving(organisation.tenant):
        return str(trail.head())


def test_it_comes_back_where_it_was_under_other_names(bank: Organisation, tmp_path: Path) -> None:
    conversation = fill(bank)
    archive, key = exported(bank, tmp_path)
    before = everything_here(bank.tenant)
    created_at = Tenant.objects.get().created_at
    remove(bank.tenant)

    done = siegel(
        "tenants", "import", archive, "--slug", "house", "--host", "house.test", "--key-file", key
    )
    assert done.exit_code == 0, done.output
    row = Tenant.objects.get()
    assert (row.pk, row.slug, row.host) == (bank.tenant.id, "house", "house.test")
    assert (row.state, row.created_at) == (State.ACTIVE, created_at)
    assert everything_here(row.as_served()) == before
    with serving(row.as_served()):
        assert Conversation.objects.get().pk == conversation.pk
    # It is served, and writes down what happens from here on.
    assert bank.desk(bank.ada).get("/", headers={"host": "house.test"}).status_code == 302
    assert [e.action for e in OperatorTrailEntry.objects.all()] == [
        "tenant.created", "tenant.exported", "tenant.imported",
    ]  # fmt: skip
    assert not list((row.as_served().folder.parents[1] / "importing").iterdir())


def test_a_suspended_one_stays_suspended(bank: Organisation, tmp_path: Path) -> None:
    siegel("tenants", "suspend", "bank", "--reason", "it moves")
    archive, key = exported(bank, tmp_path)
    remove(bank.tenant)
    done = siegel("tenants", "import", archive, "--key-file", key)
    assert "siegel tenants resume bank" in done.output
    assert Tenant.objects.get().state == State.SUSPENDED


def test_the_key_is_shown_once_and_asked_for(bank: Organisation, tmp_path: Path) -> None:
    archive = tmp_path / "bank.siegel"
    done = siegel("tenants", "export", "bank", archive)
    assert done.exit_code == 0
    key = re.findall(r"^(?:[A-Z2-7]{4}-){13}[A-Z2-7]{3}$", done.stdout, re.MULTILINE)
    assert len(key) == 1
    assert "nothing else does" in done.stderr
    remove(bank.tenant)
    back = siegel("tenants", "import", archive, given=f"{key[0].lower().replace('-', ' ')}\n")
    assert back.exit_code == 0, back.output
    assert key[0].lower() not in back.output


def test_archive_and_key_are_for_their_owner_only(bank: Organisation, tmp_path: Path) -> None:
    for path in exported(bank, tmp_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_both_trails_tell_of_it_and_the_archive_too(bank: Organisation, tmp_path: Path) -> None:
    exported(bank, tmp_path)
    with serving(bank.tenant):
        entry = TrailEntry.objects.get()
    assert (entry.actor, entry.action) == ("operator", "organisation.exported")
    assert entry.detail == {"format": "sealed"}


def test_what_is_written_meanwhile_waits_for_nobody_and_is_not_in_it(
    bank: Organisation, tmp_path: Path
) -> None:
    fill(bank)
    tenant = Tenant.objects.get()
    with snapshot(bank.tenant) as taken:
        rows = dict(taken.rows)
        bank.conversation()  # Another writer, who gets the lock.
        key = RecoveryKey.generate()
        exporting.write_archive(tenant, taken, tmp_path / "a", key, lambda _: None)
        objects = len(taken.objects)
    with serving(bank.tenant):
        assert Conversation.objects.count() == rows["conversations_conversation"] + 1
    assert objects == 3
    assert not list((bank.tenant.folder.parents[1] / "exporting").iterdir())


def test_an_object_that_goes_while_others_get_their_names(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siegel.files import objects

    fill(bank)
    with serving(bank.tenant):
        paths = objects.all_paths()
        gone = paths[0].with_name("0" * 32)
        monkeypatch.setattr(objects, "all_paths", lambda: [gone, *paths])
        assert len(objects.link_all(tmp_path)) == len(paths)


def test_nothing_is_written_over(bank: Organisation, tmp_path: Path) -> None:
    archive, key = tmp_path / "a", tmp_path / "k"
    archive.write_text("precious")
    refused = siegel("tenants", "export", "bank", archive)
    assert refused.exit_code == 1
    assert "nothing is written over it" in refused.output
    assert archive.read_text() == "precious"
    archive.unlink()
    key.write_text("precious")
    assert siegel("tenants", "export", "bank", archive, "--key-file", key).exit_code == 1
    assert key.read_text() == "precious"
    assert "There is no folder" in siegel("tenants", "export", "bank", tmp_path / "x" / "a").output
    with serving(bank.tenant):
        assert not TrailEntry.objects.exists()


def test_half_an_export_never_has_the_name(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def full(*_: object, **__: object) -> None:
        seen.extend(path.name for path in tmp_path.iterdir())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("siegel.continuity.archive.ArchiveWriter.finish", full)
    for more in ([], ["--key-file", tmp_path / "k"]):
        failed = siegel("tenants", "export", "bank", tmp_path / "a", *more)
        assert failed.exit_code == 1
        assert "No space left" in failed.output
        assert list(tmp_path.iterdir()) == []
    partial = [name for name in seen if re.fullmatch(r"a\.[0-9a-f]{16}\.partial", name)]
    assert len(set(partial)) == 2
    assert "a" not in seen


def test_what_bears_the_name_of_a_partial_export_is_not_touched(
    bank: Organisation, tmp_path: Path
) -> None:
    """Neither followed nor written into: it may be anybody's, and everybody may read it."""
    secret = tmp_path / "secret"
    secret.write_text("precious")
    (tmp_path / "bank.siegel.partial").symlink_to(secret)
    archive, _ = exported(bank, tmp_path)
    assert secret.read_text() == "precious"
    assert not archive.is_symlink()
    assert (tmp_path / "bank.siegel.partial").is_symlink()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_a_link_that_leads_nowhere_is_something_too(bank: Organisation, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    refused = siegel("tenants", "export", "bank", tmp_path / "a")
    assert "nothing is written over it" in refused.output
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("has_links", [True, False])
def test_of_two_exports_into_one_file_the_first_to_end_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", without_links)
    with (
        pytest.raises(CannotExport, match="nothing is written over it"),
        exporting.new_file(tmp_path / "a") as slow,
    ):
        slow.write(b"half")
        with exporting.new_file(tmp_path / "a") as file:
            file.write(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole"


def without_links(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_disk_that_fails_when_the_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "hardlink_to", broken)
    with pytest.raises(OSError, match="Input/output"), exporting.new_file(tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_tenant_without_its_key_is_not_exported(bank: Organisation, tmp_path: Path) -> None:
    from siegel.vault import keyring

    keyring.remove(bank.tenant.id)
    refused = siegel("tenants", "export", "bank", tmp_path / "a")
    assert refused.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_archive(bank: Organisation, tmp_path: Path) -> None:
    """48 MB of objects in and out; what Python allocates stays below 16 MB."""
    import tracemalloc

    from siegel.files.objects import Purpose, sealing

    with serving(bank.tenant):
        for _ in range(3):
            with sealing(Purpose.FILE) as (_, writer):
                for _ in range(16):
                    writer.write(bytes(1024 * 1024))
    tracemalloc.start()
    try:
        archive, key = exported(bank, tmp_path)
        out = tracemalloc.get_traced_memory()[1]
        remove(bank.tenant)
        tracemalloc.reset_peak()
        assert siegel("tenants", "import", archive, "--key-file", key).exit_code == 0
        back = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert archive.stat().st_size > 48_000_000
    assert max(out, back) < 16_000_000


def test_no_thread_is_left(bank: Organisation, tmp_path: Path) -> None:
    threads = threading.active_count()
    exported(bank, tmp_path)
    assert threading.active_count() <= threads
