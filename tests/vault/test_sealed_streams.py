"""Sealed files open whole, in their place and with their key, or not at all."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from siegel.vault import keyring
from siegel.vault.sealed_streams import CannotBeUnsealed, SealedWriter, open_sealed

OWNER, OTHER = "tsealing1", "tsealing2"
CONTEXT = b"tsealing1|object|file"
LONG = os.urandom(2_500_000)


@pytest.fixture(autouse=True)
def keysets() -> Iterator[None]:
    keyring.create(OWNER)
    keyring.create(OTHER)
    yield
    keyring.remove(OWNER)
    keyring.remove(OTHER)


def sealed(path: Path, content: bytes) -> Path:
    writer = SealedWriter(OWNER, path, CONTEXT)
    writer.write(content)
    writer.commit()
    return path


def content(path: Path, owner: str = OWNER, context: bytes = CONTEXT) -> bytes:
    with open_sealed(owner, path, context) as stream:
        assert stream.readable()
        return stream.read()


@pytest.mark.parametrize("plain", [b"", b"short", LONG], ids=["empty", "short", "long"])
def test_what_was_sealed_opens(tmp_path: Path, plain: bytes) -> None:
    path = sealed(tmp_path / "object", plain)
    assert content(path) == plain
    assert path.stat().st_mode & 0o777 == 0o600
    assert plain[:64] not in path.read_bytes() or not plain


def test_another_key_another_context_and_another_file_open_nothing(tmp_path: Path) -> None:
    path = sealed(tmp_path / "object", LONG)
    for owner, context in [(OTHER, CONTEXT), (OWNER, b"tsealing1|object|part")]:
        with pytest.raises(CannotBeUnsealed):
            content(path, owner, context)


@pytest.mark.parametrize("size", [0, 10, 1024 * 1024, 2 * 1024 * 1024, -1])
def test_a_file_that_was_cut_does_not_open_to_its_end(tmp_path: Path, size: int) -> None:
    path = sealed(tmp_path / "object", LONG)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CannotBeUnsealed):
        content(path)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = sealed(tmp_path / "object", LONG)
    raw = bytearray(path.read_bytes())
    raw[1_500_000] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(CannotBeUnsealed):
        content(path)


def test_an_aborted_file_leaves_nothing_and_never_opens(tmp_path: Path) -> None:
    path = tmp_path / "object"
    writer = SealedWriter(OWNER, path, CONTEXT)
    writer.write(LONG)
    kept = path.read_bytes()
    writer.abort()
    assert not path.exists()
    path.write_bytes(kept)
    with pytest.raises(CannotBeUnsealed):
        content(path)


def test_an_existing_file_is_not_written_over(tmp_path: Path) -> None:
    path = sealed(tmp_path / "object", b"first")
    with pytest.raises(FileExistsError):
        SealedWriter(OWNER, path, CONTEXT)
    assert content(path) == b"first"


def test_a_disk_that_fails_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "object"
    writer = SealedWriter(OWNER, path, CONTEXT)
    writer.write(LONG[:1000])
    full = OSError(errno.ENOSPC, "No space left")
    failing = mock.patch("siegel.vault.sealed_streams.os.fsync", side_effect=full)
    with failing, pytest.raises(OSError, match="finished"):
        writer.commit()
    assert not path.exists()


def test_writing_into_a_closed_sink_is_an_error(tmp_path: Path) -> None:
    writer = SealedWriter(OWNER, tmp_path / "object", CONTEXT)
    writer._file.close()
    with pytest.raises(OSError, match="written"):
        writer.write(LONG)
    writer.abort()


def test_without_its_keyset_nothing_is_sealed_or_opened(tmp_path: Path) -> None:
    path = sealed(tmp_path / "object", b"text")
    keyring.remove(OWNER)
    with pytest.raises(keyring.KeyUnavailable):
        content(path)
    with pytest.raises(keyring.KeyUnavailable):
        SealedWriter(OWNER, tmp_path / "new", CONTEXT)
