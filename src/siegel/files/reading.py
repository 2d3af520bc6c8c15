"""Reads any place of a file through one small window, so that no file is ever held whole."""

from collections.abc import Iterator
from typing import Protocol

from siegel.files.kinds import RefusedFile

WINDOW = 256 * 1024
BLOCK = 64 * 1024
# The longest end record of a ZIP: its comment of 64 KiB, and 22 bytes.
TAIL = 64 * 1024 + 22


class Seekable(Protocol):
    """What inspection needs of a file."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place, counted from the beginning."""
        ...

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class Source:
    """A file of `size` bytes and the window of it that was read last."""

    def __init__(self, file: Seekable, size: int) -> None:
        self.file = file
        self.size = size
        self._start = 0
        self._window = b""

    def at(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes (at most one window) from `offset`; fewer where the file ends."""
        first = offset - self._start
        if not 0 <= first <= first + length <= len(self._window):
            self._start, self._window = offset, self._read(offset, max(length, WINDOW))
            first = 0
        return self._window[first : first + length]

    def head(self) -> bytes:
        """The first KiB, in which a second type or markup would be found by programs."""
        return self.at(0, 1024)

    def tail(self) -> tuple[int, bytes]:
        """Where the last 64 KiB begin, and they themselves."""
        start = max(0, self.size - TAIL)
        return start, self.at(start, self.size - start)

    def blocks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end` in blocks; refuses a file that is shorter than told."""
        end = self.size if end is None else end
        while start < end:
            block = self.at(start, min(BLOCK, end - start))
            if not block:
                raise RefusedFile("damaged")
            start += len(block)
            yield block

    def _read(self, offset: int, length: int) -> bytes:
        """A read may return less than asked for; only an empty one is the end."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        self.file.seek(offset)
        pieces = []
        while length > 0 and (piece := self.file.read(length)):
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)
