"""Images: whole from the first to the last byte, and nothing but an image."""

import struct
from collections.abc import Callable

from siegel.files import jpegs
from siegel.files.boxes import box
from siegel.files.hidden_archives import check_no_archive
from siegel.files.image_limits import check_blocks, check_pixels
from siegel.files.kinds import Kind, RefusedFile
from siegel.files.polyglots import check_no_markup, check_single
from siegel.files.reading import Source

_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_MULTI_IMAGE = frozenset({b"mif1", b"msf1", b"mif2"})
# The images of iOS apps have this chunk of four bytes before their header.
_APPLE = b"\0\0\0\4CgBI"


def image_kind(source: Source) -> Kind | None:
    """By the signature at the very beginning."""
    start = source.at(0, 32)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if start.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if start.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return Kind.WEBP
    return Kind.HEIC if _is_heic(source) else None


def check_image(source: Source, kind: Kind) -> None:
    """Refuse an image that is cut, oversized, or also something else."""
    check_no_markup(source)
    end = _ENDS[kind](source)
    check_single(source, end)
    if kind is Kind.JPEG:
        jpegs.check_behind(source, end)
    check_no_archive(source)


def _is_heic(source: Source) -> bool:
    if source.at(4, 4) != b"ftyp":
        return False
    (length,) = struct.unpack(">I", source.at(0, 4))
    brands = source.at(8, min(length, 256) - 8) if length > 8 else b""
    others = {brands[place : place + 4] for place in range(8, len(brands), 4)}
    return brands[:4] in _HEIC or (brands[:4] in _MULTI_IMAGE and bool(others & _HEIC))


def _png_end(source: Source) -> int:
    """Behind IEND; chunks are walked by their lengths."""
    first = 8
    if source.at(8, 8) == _APPLE:
        first += 12 + 4
    place, number, name = first, 0, b""
    while name != b"IEND":
        number += 1
        check_blocks(number)
        length, name = struct.unpack(">I4s", source.at(place, 8))
        if place == first:
            if (length, name) != (13, b"IHDR"):
                raise RefusedFile("damaged")
            check_pixels(*struct.unpack(">II", source.at(place + 8, 8)))
        place += length + 12
        if place > source.size or not name.isalpha():
            raise RefusedFile("damaged")
    return place


def _gif_end(source: Source) -> int:
    """Behind the trailer; blocks are walked by their lengths."""
    width, height, flags = struct.unpack("<HHB", source.at(6, 5))
    check_pixels(width, height)
    place, number = 13 + _colours(flags), 0
    while (block := source.at(place, 1)) != b";":
        if block == b"!":
            place += 2
        elif block == b",":
            (flags,) = source.at(place + 9, 1)
            place += 10 + _colours(flags) + 1
        else:
            raise RefusedFile("damaged")
        while (length := source.at(place, 1)[0]) != 0:
            place += 1 + length
            number += 1
            check_blocks(number)
        place += 1
        number += 1
    return place + 1


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp_end(source: Source) -> int:
    end: int = struct.unpack("<I", source.at(4, 4))[0] + 8
    if end > source.size or source.at(12, 4) not in {b"VP8 ", b"VP8L", b"VP8X"}:
        raise RefusedFile("damaged")
    return end


def _heic_end(source: Source) -> int:
    """Behind the last box; boxes are walked by their lengths."""
    place, number, names = 0, 0, set()
    while place < source.size:
        number += 1
        check_blocks(number)
        length, name = box(source, place, source.size)
        if length == 0:
            raise RefusedFile("damaged")
        names.add(name)
        place += length
    if b"meta" not in names:
        raise RefusedFile("damaged")
    return place


_ENDS: dict[Kind, Callable[[Source], int]] = {
    Kind.PNG: _png_end,
    Kind.JPEG: jpegs.jpeg_end,
    Kind.GIF: _gif_end,
    Kind.WEBP: _webp_end,
    Kind.HEIC: _heic_end,
}
