"""The parts of an upload as one seekable file, of which one part at a time is in memory."""

import io
import uuid
from collections.abc import Sequence

from siegel.files import objects
from siegel.files.models import PART_BYTES


class JoinedParts(io.RawIOBase):
    """Reads across the objects of parts; raises objects.ObjectLost or StoreUnavailable.

    The list comes from whoever has found it complete: asked again, the rows may have gone.
    """

    def __init__(self, parts: Sequence[uuid.UUID], size: int) -> None:
        super().__init__()
        self._size = size
        self._objects = parts
        self._at = 0
        self._held = -1
        self._content = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("A position before the beginning.")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # narrower than io's
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, PART_BYTES)
        if number != self._held:
            if number >= len(self._objects):
                raise objects.ObjectLost(f"part {number + 1}")
            with objects.opened(self._objects[number], objects.Purpose.PART) as part:
                self._content = part.read(PART_BYTES)
            self._held = number
        piece = memoryview(self._content)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
