"""An installation's own list of passwords that are not accepted, of up to ten million lines.

The text file (`SIEGEL_PASSWORD_BLOCKLIST`, one password a line) is turned once into an index: the
first eight bytes of the SHA-256 of each line, sorted, behind a head that names the file they are
of. What is looked for is found by halving, in a file that is not read as a whole.
"""

import hashlib
import heapq
import mmap
import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings

from siegel.identity.hashing import normalised
from siegel.vault.private_files import make_private_folder, open_lock_file

MAGIC = b"siegel-blocklist-1\n"
SIZE = 8
HEAD = len(MAGIC) + 2 * SIZE
# So many lines are sorted in memory at a time: 8 MB each, and some as much again.
PIECE = 1_000_000
LONGEST_LINE = 4096 * 4


class Listed:
    """The passwords of a list and of the file, for `in`: both in small letters."""

    def __init__(self, listed: frozenset[str], file: Path) -> None:
        self._listed, self._file = listed, file

    def __contains__(self, folded: object) -> bool:
        if folded in self._listed:
            return True
        return isinstance(folded, str) and holds(self._file, folded)


def blocklist_file() -> Path | None:
    """The file of this installation, if it has one."""
    named: str = settings.SIEGEL_PASSWORD_BLOCKLIST
    return Path(named) if named else None


def holds(file: Path, folded: str) -> bool:
    """Whether a password in small letters is in the file.

    Where there is no index yet it is made now; one of an earlier file goes on being asked.
    Raises OSError if there is neither.
    """
    index = _index_of()
    if not index.exists():
        build(file)
    wanted = _digest(folded)
    with index.open("rb") as opened:
        if opened.seek(0, os.SEEK_END) == HEAD:
            return False
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return _finds(held, wanted)


def build(file: Path) -> bool:
    """Make the index of a file, unless there is one of it already; whether it was made.

    Raises OSError.
    """
    index = _index_of()
    make_private_folder(index.parent)
    with _alone(index):
        head = _head(file)
        if _head_of(index) == head:
            return False
        building = index.with_suffix(".building")
        with file.open("rb") as lines, building.open("wb") as made:
            made.write(head)
            made.writelines(number.to_bytes(SIZE, "big") for number in _sorted(lines))
            made.flush()
            os.fsync(made.fileno())
        building.replace(index)
    return True


def _sorted(lines: Iterable[bytes]) -> Iterator[int]:
    """The digests of all lines in order, each once; of a long file a piece at a time."""
    with ExitStack() as stack:
        pieces: list[IO[bytes]] = []
        for piece in _pieces(lines):
            kept = stack.enter_context(TemporaryFile(dir=_index_of().parent))
            array("Q", sorted(piece)).tofile(kept)
            kept.seek(0)
            pieces.append(kept)
        last = None
        for number in heapq.merge(*(_numbers(piece) for piece in pieces)):
            if number != last:
                yield number
            last = number


def _pieces(lines: Iterable[bytes]) -> Iterator["array[int]"]:
    piece = array("Q")
    for line in lines:
        text = line[:LONGEST_LINE].decode(errors="ignore").rstrip("\r\n")
        if text:
            folded = normalised(text).casefold()
            piece.append(int.from_bytes(_digest(folded), "big"))
        if len(piece) >= PIECE:
            yield piece
            piece = array("Q")
    yield piece


def _numbers(kept: IO[bytes]) -> Iterator[int]:
    while block := kept.read(64 * 1024):
        yield from array("Q", block)


def _finds(held: mmap.mmap, wanted: bytes) -> bool:
    low, high = 0, (len(held) - HEAD) // SIZE
    while low < high:
        middle = (low + high) // 2
        at = HEAD + middle * SIZE
        if held[at : at + SIZE] < wanted:
            low = middle + 1
        else:
            high = middle
    at = HEAD + low * SIZE
    return held[at : at + SIZE] == wanted


def _digest(folded: str) -> bytes:
    return hashlib.sha256(folded.encode(errors="surrogatepass")).digest()[:SIZE]


def _head(file: Path) -> bytes:
    told = file.stat()
    return MAGIC + told.st_size.to_bytes(SIZE, "big") + told.st_mtime_ns.to_bytes(SIZE, "big")


def _head_of(index: Path) -> bytes:
    """What an index says of the file that it is of; nothing if there is none."""
    if not index.exists():
        return b""
    with index.open("rb") as opened:
        return opened.read(HEAD)


def _index_of() -> Path:
    data: Path = settings.SIEGEL_DATA
    return data / "password-blocklist.index"


@contextmanager
def _alone(index: Path) -> Iterator[None]:
    descriptor = open_lock_file(index.with_suffix(".lock"))
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)
