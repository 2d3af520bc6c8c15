"""The boxes of HEIC and MP4 (ISO 14496-12): a length, a name, and what is in it."""

import struct

from siegel.files.reading import Source


def box(source: Source, place: int, end: int) -> tuple[int, bytes]:
    """The length of the box at `place`, its header included, and its name.

    The length is 0 where no box lies that ends before `end`.
    """
    header = source.at(place, 16)
    if len(header) < 8:
        return 0, b""
    length, name = struct.unpack_from(">I4s", header)
    shortest = 8
    if length == 1:
        shortest = 16
        (length,) = struct.unpack_from(">Q", header.ljust(16, b"\0"), 8)
    elif length == 0:
        length = end - place
    return (length if shortest <= length <= end - place else 0), name
