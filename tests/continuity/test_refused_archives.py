"""Archives that are not taken: each has its name, and nothing of them stays."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.conf import settings
from django.core.management import call_command
from sqlcipher3 import dbapi2

from siegel.continuity import archive as format_of_archives
from siegel.continuity import importing
from siegel.continuity.archive import (
    CHUNK,
    END,
    MAGIC,
    ArchiveWriter,
    CutArchive,
    DamagedArchive,
    ForeignKey,
    NewerFormat,
    NotAnArchive,
    Refused,
)
from siegel.continuity.importing import (
    AlreadyHere,
    NewerSchema,
    NotEnoughSpace,
    ShreddedHere,
    import_archive,
)
from siegel.continuity.snapshot import owner_of
from siegel.tenancy.context import serving
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.handler import close_connection
from siegel.tenancy.migrating import schema_of
from siegel.tenancy.models import OperatorTrailEntry, Tenant, Tombstone
from siegel.tenancy.proof.models import Proof
from siegel.tenancy.provisioning import CannotCreate
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring, signing_key
from siegel.vault.recovery_keys import RecoveryKey
from tests.cast import Organisation
from tests.continuity.moving import everything_here, exported, fill, remove, siegel


def no_matter(_: int) -> None:
    return None


@pytest.fixture
def away(bank: Organisation, tmp_path: Path) -> tuple[Path, RecoveryKey]:
    """An archive of a tenant that is not here any more, and its key."""
    fill(bank)
    archive, key_file = exported(bank, tmp_path)
    remove(bank.tenant)
    OperatorTrailEntry.objects.all().delete()
    return archive, RecoveryKey.parse(key_file.read_text())


def refused(archive: Path, key: RecoveryKey, **names: str) -> Refused:
    """Why it is not taken, once nothing of it has stayed."""
    with pytest.raises(Refused) as caught:
        import_archive(archive, key, no_matter, **names)
    assert not Tenant.objects.exists()
    assert not OperatorTrailEntry.objects.exists()
    assert {path.name for path in settings.SIEGEL_KEYS.iterdir()} <= {signing_key.FILE}
    assert not any((settings.SIEGEL_DATA / "tenants").iterdir())
    assert not any((settings.SIEGEL_DATA / "importing").iterdir())
    return caught.value


def test_one_flipped_bit_anywhere(away: tuple[Path, RecoveryKey], tmp_path: Path) -> None:
    """All of the beginning and of the end, and a hundred places between them."""
    archive, key = away
    whole = bytearray(archive.read_bytes())
    header = len(MAGIC) + whole[len(MAGIC) :].index(b"\n") + 1
    places = [*range(0, header, 7), header - 1, *range(header, header + 60, 5)]
    places += range(header, len(whole), len(whole) // 40)
    places += range(len(whole) - len(END) - 24, len(whole))
    changed = tmp_path / "changed"
    seen = set()
    for place in places:
        whole[place] ^= 1 << place % 8
        changed.write_bytes(whole)
        seen.add(type(refused(changed, key)))
        whole[place] ^= 1 << place % 8
    assert {NotAnArchive, DamagedArchive, CutArchive} <= seen
    changed.write_bytes(whole)
    import_archive(changed, key, no_matter)


def test_cut_anywhere(away: tuple[Path, RecoveryKey], tmp_path: Path) -> None:
    archive, key = away
    whole = archive.read_bytes()
    cut = tmp_path / "cut"
    for length in (len(whole) - 1, len(whole) - 20, len(whole) // 2, 400, len(MAGIC) + 3):
        cut.write_bytes(whole[:length])
        assert isinstance(refused(cut, key), CutArchive), length
    for length in (0, 5):
        cut.write_bytes(whole[:length])
        assert isinstance(refused(cut, key), NotAnArchive)
    # A stream that was cut, with an end that says that it was not.
    stub = whole[: len(whole) - len(END) - 8 - 100_000] + END
    cut.write_bytes(stub + (len(stub) + 8).to_bytes(8, "big"))
    assert isinstance(refused(cut, key), DamagedArchive)


def test_what_hangs_behind_the_end(away: tuple[Path, RecoveryKey]) -> None:
    archive, key = away
    with archive.open("ab") as file:
        file.write(b"x")
    assert isinstance(refused(archive, key), CutArchive)


def test_a_foreign_key(away: tuple[Path, RecoveryKey]) -> None:
    archive, key = away
    other = RecoveryKey.generate()
    refusal = refused(archive, other)
    assert isinstance(refusal, ForeignKey)
    assert other.fingerprint in str(refusal)
    assert key.fingerprint in str(refusal)


def test_a_key_that_is_none(away: tuple[Path, RecoveryKey], tmp_path: Path) -> None:
    archive, key = away
    slip = key.text().replace(key.text()[0], "A" if key.text()[0] != "A" else "B", 1)
    for text in ("", "word", "0189-" * 11, slip):
        answer = siegel("tenants", "import", archive, given=f"{text or ' '}\n")
        assert answer.exit_code == 1
        assert "a sign of it is wrong" in answer.output


def test_a_newer_format(
    away: tuple[Path, RecoveryKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = away
    monkeypatch.setattr(format_of_archives, "FORMAT", 2)
    with (tmp_path / "newer").open("wb") as file:
        writer = ArchiveWriter(file, key, no_matter)
        writer.finish()
    monkeypatch.undo()
    assert isinstance(refused(tmp_path / "newer", key), NewerFormat)


@pytest.mark.parametrize("header", [b"{}", b"[]", b"nothing", b'{"format":1}'])
def test_a_strange_beginning(away: tuple[Path, RecoveryKey], tmp_path: Path, header: bytes) -> None:
    text = MAGIC + header + b"\n" + END
    (tmp_path / "strange").write_bytes(text + (len(text) + 8).to_bytes(8, "big"))
    assert isinstance(refused(tmp_path / "strange", away[1]), DamagedArchive)


def rewritten(
    archive: Path, key: RecoveryKey, change: Callable[[str, bytes], list[tuple[str, bytes]]],
    **facts: Any,
) -> Path:  # fmt: skip
    """An archive as somebody makes it who has the key: other members, duly sealed."""
    path = archive.with_name("rewritten")
    with archive.open("rb") as old, path.open("wb") as new:
        reader = format_of_archives.ArchiveReader(old, key, no_matter)
        writer = ArchiveWriter(new, key, no_matter)
        for name, content in reader.members():
            for other, data in change(name, content.read()):
                writer.add(other, _stream(data), len(data))
        manifest = {k: v for k, v in reader.manifest.items() if k != "members"}
        writer.finish(**manifest | facts)
    return path


def _stream(data: bytes) -> BinaryIO:
    import io

    return io.BytesIO(data)


def with_description(**changes: Any) -> Callable[[str, bytes], list[tuple[str, bytes]]]:
    """Another description."""

    def change(name: str, data: bytes) -> list[tuple[str, bytes]]:
        if name != "description.json":
            return [(name, data)]
        told = json.loads(data)
        told["tenant"] |= changes.get("tenant", {})
        told |= {k: v for k, v in changes.items() if k != "tenant"}
        return [(name, json.dumps(told).encode())]

    return change


STRANGE: dict[str, Callable[[str, bytes], list[tuple[str, bytes]]]] = {
    "a description that is none": lambda n, d: [(n, b"[]" if n == "description.json" else d)],
    "no description": lambda n, d: [] if n == "description.json" else [(n, d)],
    "a path": lambda n, d: [(n, d), *([("../../evil", b"x")] if n == "database" else [])],
    "a member twice": lambda n, d: [(n, d), *([(n, d)] if n == "database" else [])],
    "another id": with_description(tenant={"id": "t" + "0" * 20}),
    "an id that is a path": with_description(tenant={"id": "../x"}),
    "a state that is none": with_description(tenant={"state": "provisioning"}),
    "other migrations": with_description(migrations=["audit.0001_initial"]),
    "no keysets": with_description(keysets={}),
    "no database": lambda n, d: [] if n == "database" else [(n, d)],
    "another database": lambda n, d: [(n, d[:-9000] if n == "database" else d)],
    "nothing": lambda n, d: [],
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_no_archive_holds(away: tuple[Path, RecoveryKey], name: str) -> None:
    archive, key = away
    assert isinstance(refused(rewritten(archive, key, STRANGE[name]), key), DamagedArchive)


def test_rows_that_the_manifest_does_not_tell(away: tuple[Path, RecoveryKey]) -> None:
    archive, key = away
    other = rewritten(archive, key, lambda n, d: [(n, d)], rows={})
    assert "not what the archive says" in str(refused(other, key))


def test_a_manifest_that_tells_of_others(
    away: tuple[Path, RecoveryKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, key = away
    with monkeypatch.context() as patched:
        finish = ArchiveWriter.finish

        def lie(self: ArchiveWriter, **facts: Any) -> None:
            self._members["objects/" + "0" * 32] = {"length": 1, "sha256": "0"}
            finish(self, **facts)

        patched.setattr(ArchiveWriter, "finish", lie)
        other = rewritten(archive, key, lambda n, d: [(n, d)])
    assert "what its manifest says" in str(refused(other, key))


def test_a_newer_schema(away: tuple[Path, RecoveryKey]) -> None:
    archive, key = away
    newer = rewritten(
        archive, key, with_description(migrations=["audit.0999_later"], version="9.9")
    )
    refusal = refused(newer, key)
    assert isinstance(refusal, NewerSchema)
    assert "Siegel 9.9" in str(refusal)


def test_an_older_schema_is_migrated(bank: Organisation, tmp_path: Path) -> None:
    from dataclasses import replace

    older = replace(bank.tenant, accepts_any_schema=True)
    with serving(older):
        close_connection(bank.tenant.id)
        call_command("migrate", "audit", "0001", database=bank.tenant.id, verbosity=0)
        Proof.objects.update(schema="older")
        close_connection(bank.tenant.id)
    archive, key = exported(bank, tmp_path)
    remove(bank.tenant)
    done = siegel("tenants", "import", archive, "--key-file", key)
    assert done.exit_code == 0, done.output
    assert "brought to this version" in done.output
    assert schema_of(bank.tenant) == schema_fingerprint()
    assert bank.desk(bank.ada).get("/").status_code == 302


def test_a_migration_that_fails_leaves_nothing(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, key_file = exported(bank, tmp_path)
    remove(bank.tenant)
    OperatorTrailEntry.objects.all().delete()
    key = RecoveryKey.parse(key_file.read_text())

    def fail(*_: object) -> None:
        raise Refused("It cannot be migrated.")

    monkeypatch.setattr(importing, "migrate_tenant", fail)
    monkeypatch.setattr(importing, "known_migrations", lambda: (*_known(), "widget.0999_later"))
    assert "cannot be migrated" in str(refused(archive, key))


def _known() -> tuple[str, ...]:
    from siegel.tenancy.databases import known_migrations

    return known_migrations()


def test_into_a_tenant_that_is_here(
    bank: Organisation, insurer: Organisation, tmp_path: Path
) -> None:
    archive, key_file = exported(bank, tmp_path)
    key = RecoveryKey.parse(key_file.read_text())
    before = everything_here(bank.tenant), everything_here(insurer.tenant)
    with pytest.raises(AlreadyHere, match="never writes into a tenant"):
        import_archive(archive, key, no_matter, slug="other", host="other.test")
    assert (everything_here(bank.tenant), everything_here(insurer.tenant)) == before

    remove(bank.tenant)
    with pytest.raises(AlreadyHere, match="name another with --slug"):
        import_archive(archive, key, no_matter, slug="insurer")
    with pytest.raises(AlreadyHere, match="name another with --host"):
        import_archive(archive, key, no_matter, host="insurer.test")
    with pytest.raises(CannotCreate, match="host name"):
        import_archive(archive, key, no_matter, host="no host")
    assert Tenant.objects.get().slug == "insurer"


def test_keys_or_a_folder_of_it_that_are_nobodys(
    away: tuple[Path, RecoveryKey], bank: Organisation
) -> None:
    """Not touched: somebody has put them there."""
    archive, key = away
    bank.tenant.folder.mkdir()
    with pytest.raises(AlreadyHere):
        import_archive(archive, key, no_matter)
    assert bank.tenant.folder.exists()
    assert not Tenant.objects.exists()


def test_one_that_was_shredded_here(away: tuple[Path, RecoveryKey], bank: Organisation) -> None:
    archive, key = away
    stone = Tombstone.objects.create(pk=bank.tenant.id)
    try:
        assert isinstance(refused(archive, key), ShreddedHere)
    finally:
        stone.delete()


def test_a_disk_without_room(
    away: tuple[Path, RecoveryKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, key = away
    with monkeypatch.context() as patched:
        usage = shutil.disk_usage(archive)._replace(free=1000)
        patched.setattr(shutil, "disk_usage", lambda _: usage)
        refusal = refused(archive, key)
        assert isinstance(refusal, NotEnoughSpace)
        assert "has 1,000 left" in str(refusal)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert isinstance(refused(archive, key), NotEnoughSpace)


@pytest.mark.parametrize("tail", [b"", b"x"])
def test_what_hangs_behind_the_members(
    away: tuple[Path, RecoveryKey], monkeypatch: pytest.MonkeyPatch, tail: bytes
) -> None:
    """Zeros fill a stream up; anything else was hidden there."""
    archive, key = away
    with monkeypatch.context() as patched:
        finish = ArchiveWriter.finish

        def hide(self: ArchiveWriter, **facts: Any) -> None:
            close = self._tar.close

            def closed() -> None:
                close()
                self._stream.write(bytes(3 * CHUNK) + tail)

            patched.setattr(self._tar, "close", closed)
            finish(self, **facts)

        patched.setattr(ArchiveWriter, "finish", hide)
        other = rewritten(archive, key, lambda n, d: [(n, d)])
    if tail:
        assert isinstance(refused(other, key), DamagedArchive)
    else:
        import_archive(other, key, no_matter)


def test_a_database_whose_rows_are_not_in_order(bank: Organisation) -> None:
    key = keyring.derive(bank.tenant.id, "database")
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    assert owner_of(bank.tenant.database, key) == bank.tenant.id
    with closing(dbapi2.connect(str(bank.tenant.database), isolation_level=None)) as connection:
        unlock(connection, key)
        for statement in (
            "CREATE TABLE x (a)",
            "INSERT INTO x VALUES (NULL)",
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = 'CREATE TABLE x (a NOT NULL)' WHERE name = 'x'",
        ):
            connection.execute(statement)
    with pytest.raises(dbapi2.DatabaseError, match="damaged"):
        owner_of(bank.tenant.database, key)


def test_a_disk_that_fails(away: tuple[Path, RecoveryKey], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    archive, key = away
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        import_archive(archive, key, no_matter)
    assert not Tenant.objects.exists()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(RecoveryKey.generate().text())
    for name in ("nothing", "."):
        answer = siegel("tenants", "import", tmp_path / name, "--key-file", tmp_path / "key")
        assert answer.exit_code == 1
        assert str(tmp_path) in answer.output
