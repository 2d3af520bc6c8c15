"""Archives that somebody has made by hand, and sealed duly: small ones that would become large."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siegel.continuity import archive as format_of_archives
from siegel.continuity.archive import ArchiveReader, ArchiveWriter, DamagedArchive
from siegel.continuity.importing import ArchivedTenant
from siegel.vault.recovery_keys import RecoveryKey

GIB = 1024**3


def sealed(path: Path, fill: Callable[[tarfile.TarFile], None]) -> ArchiveReader:
    """An archive with whatever is put into its tar stream."""
    key = RecoveryKey.generate()
    with path.open("wb") as file:
        writer = ArchiveWriter(file, key, lambda _: None)
        fill(writer._tar)
        writer.finish()
    return ArchiveReader(io.BytesIO(path.read_bytes()), key, lambda _: None)


def member(name: str = "database", **more: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info


def sparse(tar: tarfile.TarFile) -> None:
    headers = {
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
        "GNU.sparse.name": "database", "GNU.sparse.realsize": str(GIB),
    }  # fmt: skip
    data = f"1\n{GIB - 1}\n1\n".encode().ljust(512, b"\0") + b"x"
    tar.addfile(member(pax_headers=headers, size=len(data)), io.BytesIO(data))


STRANGE: dict[str, Callable[[tarfile.TarFile], None]] = {
    "a sparse file": sparse,
    "a sparse file of the old kind": lambda tar: tar.addfile(member(type=tarfile.GNUTYPE_SPARSE)),
    "a link": lambda tar: tar.addfile(member(type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "a folder": lambda tar: tar.addfile(member(type=tarfile.DIRTYPE)),
    "a device": lambda tar: tar.addfile(member(type=tarfile.CHRTYPE)),
    "an extension": lambda tar: tar.addfile(member(pax_headers={"comment": "x"})),
    "a long extension": lambda tar: tar.addfile(member(pax_headers={"path": "x" * 100_000})),
    "a size below nothing": lambda tar: tar.addfile(member(pax_headers={"size": "-1"})),
    "more than there is": lambda tar: tar.addfile(member(pax_headers={"size": str(GIB)})),
}


@pytest.mark.parametrize("name", STRANGE)
def test_nothing_becomes_larger_than_its_archive(tmp_path: Path, name: str) -> None:
    reader = sealed(tmp_path / "strange", STRANGE[name])
    with pytest.raises(DamagedArchive, match="no export of Siegel writes"):
        next(reader.members())


def test_extensions_one_within_the_other_without_end(tmp_path: Path) -> None:
    record = b"13 path=abcd\n"
    extension = member(type=tarfile.XHDTYPE, size=len(record))
    block = extension.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")

    def nest(tar: tarfile.TarFile) -> None:
        assert tar.fileobj is not None
        tar.fileobj.write(block * 3000)

    reader = sealed(tmp_path / "nested", nest)
    with pytest.raises(DamagedArchive):
        next(reader.members())


@pytest.mark.parametrize("name", ["description.json", "manifest.json"])
def test_what_is_read_at_once_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(format_of_archives, "LONGEST_TEXT", 1000)
    text = json.dumps("x" * 1000).encode()
    reader = sealed(
        tmp_path / "a", lambda tar: tar.addfile(member(name, size=len(text)), io.BytesIO(text))
    )
    with pytest.raises(DamagedArchive, match="no export of Siegel writes"):
        next(reader.members())


def test_the_manifest_grows_with_the_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(format_of_archives, "LONGEST_TEXT", 1000)
    key = RecoveryKey.generate()
    with (tmp_path / "a").open("wb") as file:
        writer = ArchiveWriter(file, key, lambda _: None)
        for number in range(50):
            writer.add(f"objects/{number:032x}", io.BytesIO(b"x"), 1)
        writer.finish()
    with (tmp_path / "a").open("rb") as file:
        reader = ArchiveReader(file, key, lambda _: None)
        assert sum(len(content.read()) for _, content in reader.members()) == 50
    assert len(json.dumps(reader.manifest)) > 1000


def description(**changes: Any) -> dict[str, Any]:
    """A description, with something else in it or in what it says of the tenant."""
    tenant = {
        "id": "t" + "0" * 20, "slug": "bank", "host": "bank.test", "state": "active",
        "created_at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    whole = {"bytes": 1, "migrations": [], "keysets": {}, "version": "1"}
    told = {name: changes.pop(name, value) for name, value in tenant.items()}
    return {"tenant": told} | whole | changes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bytes", -1),
        ("bytes", float("inf")),
        ("created_at", "2026-01-01T00:00:00"),
        ("slug", 1),
        ("host", None),
        ("migrations", [{}]),
    ],
)
def test_a_description_that_tells_nonsense(name: str, value: object) -> None:
    assert ArchivedTenant.of(description(), None, None).bytes == 1
    with pytest.raises((ValueError, TypeError)):
        ArchivedTenant.of(description(**{name: value}), None, None)
