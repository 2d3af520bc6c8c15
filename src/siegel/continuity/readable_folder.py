"""A folder that is written once, with a list of what is in it for `sha256sum --check`."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from siegel.continuity.exporting import check_is_new, partial_of
from siegel.vault.private_files import (
    give_to_owner_of_folder,
    make_private_folder,
    new_private_file,
    sync_folder,
)

SUMS = "SHA256SUMS"


class ReadableFolder:
    """Files of mode 0600 in a folder, each on the disk when it is written."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sums: dict[str, str] = {}

    def write_bytes(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file; `name` may have one folder before it."""
        path = self._root / name
        make_private_folder(path.parent)
        digest = hashlib.sha256()
        with new_private_file(path) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        self._sums[name] = digest.hexdigest()

    def drop(self, name: str) -> None:
        """Remove what was written of a file that could not be written in full."""
        (self._root / name).unlink(missing_ok=True)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """A text file."""
        self.write_bytes(name, (f"{line}\n".encode() for line in lines))

    def write_json(self, name: str, value: Any) -> None:
        """A JSON file (RFC 8259), indented for people."""
        self.write_lines(name, [_json(value, indent=2)])

    def write_list(self, name: str, values: Iterable[Any]) -> None:
        """A JSON file with an array, one element a line, none of which is kept in memory."""
        self.write_bytes(name, _array(values))

    def write_sums(self) -> None:
        """The list of all files so far."""
        self.write_lines(SUMS, [f"{digest}  {name}" for name, digest in sorted(self._sums.items())])


def _array(values: Iterable[Any]) -> Iterator[bytes]:
    before = "[\n"
    for value in values:
        yield f"{before}{_json(value)}".encode()
        before = ",\n"
    yield b"\n]\n" if before != "[\n" else b"[]\n"


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value)} has no form in JSON.")


@contextmanager
def new_folder(path: Path) -> Iterator[ReadableFolder]:
    """A folder to be written, which gets its name at the end of the block; nothing is left of it
    if the block raises. Nothing that is there is touched. Raises leaving.CannotExport, OSError.
    """
    check_is_new(path)
    partial = partial_of(path)
    partial.mkdir(mode=0o700)
    give_to_owner_of_folder(partial)
    try:
        yield ReadableFolder(partial)
        for folder in [partial, *(entry for entry in partial.iterdir() if entry.is_dir())]:
            sync_folder(folder)
        check_is_new(path)
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_folder(path.parent)
