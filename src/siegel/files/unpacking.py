"""A packed part read as a file: small ones from memory, large ones unpacked again as needed."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from siegel.files.budget import HELD_BYTES, Budget
from siegel.files.kinds import RefusedFile
from siegel.files.reading import TAIL, Source

ZIP_START = b"PK\x03\x04"
IN_MEMORY = 1024 * 1024
MOST_REPLAYS = 16

Chunks = Callable[[], Iterator[bytes]]


class Replayed:
    """A seekable view of a stream that only runs forward.

    Going back starts the stream again, which costs time; the end is kept, because every kind of
    file is looked at there. A file that makes us go back too often is not looked into.
    """

    def __init__(self, chunks: Chunks, size: int, tail: bytes) -> None:
        self._chunks = chunks
        self._size = size
        self._tail = tail
        self._place = 0
        self._replays = 0
        self._running: Iterator[bytes] = iter(())
        self._chunk_start = 0
        self._chunk = b""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """From the beginning only."""
        self._place = offset
        return offset

    def read(self, size: int, /) -> bytes:
        """At most the rest of one chunk."""
        kept = self._size - len(self._tail)
        if self._place >= kept:
            piece = self._tail[self._place - kept :][:size]
        else:
            self._reach(self._place)
            piece = self._chunk[self._place - self._chunk_start :][:size]
        self._place += len(piece)
        return piece

    def _reach(self, place: int) -> None:
        if place < self._chunk_start or not self._chunk:
            self._replays += 1
            if self._replays > MOST_REPLAYS:
                raise RefusedFile("archive-too-deep")
            self._running, self._chunk_start, self._chunk = self._chunks(), 0, b""
        while place >= self._chunk_start + len(self._chunk):
            self._chunk_start += len(self._chunk)
            self._chunk = next(self._running)


@contextmanager
def unpacked(chunks: Chunks, budget: Budget) -> Iterator[Source]:
    """The part as a Source.

    Runs through the stream once, so that its real length is known and counted before anything
    believes it. An archive inside must fit into memory; what else is large is replayed.
    """
    kept = io.BytesIO()
    tail, size, limit = b"", 0, IN_MEMORY
    for chunk in chunks():
        if size == 0 and chunk.startswith(ZIP_START):
            limit = HELD_BYTES - budget.held
        size += len(chunk)
        budget.count_unpacked(len(chunk))
        tail = (tail + chunk)[-TAIL:]
        if size <= limit:
            kept.write(chunk)
        elif limit != IN_MEMORY:
            raise RefusedFile("archive-too-deep")
        else:
            kept = io.BytesIO()
    if size > limit:
        yield Source(Replayed(chunks, size, tail), size)
        return
    budget.held += size
    yield Source(kept, size)
    budget.held -= size
