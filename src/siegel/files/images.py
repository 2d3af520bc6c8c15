"""Images: whole from the first to the last byte, and nothing but an image."""

import struct
from collections.abc import Callable

from siegel.files.kinds import Kind, RefusedFile
from siegel.files.polyglots import check_no_markup, check_single
from siegel.files.reading import Source

# A scanned plan has a few hundred million pixels; a bomb fits a billion into some kilobytes.
MOST_PIXELS = 1_000_000_000
# A GIF has a block for each 255 bytes, the others far fewer; a bomb has millions of empty ones.
MOST_BLOCKS = 1_000_000
# Behind this segment of a JPEG its packed data begin.
_SCAN = 0xDA
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_MULTI_IMAGE = frozenset({b"mif1", b"msf1", b"mif2"})


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
    check_single(source, _ENDS[kind](source))


def _is_heic(source: Source) -> bool:
    if source.at(4, 4) != b"ftyp":
        return False
    (length,) = struct.unpack(">I", source.at(0, 4))
    brands = source.at(8, min(length, 256) - 8) if length > 8 else b""
    others = {brands[place : place + 4] for place in range(8, len(brands), 4)}
    return brands[:4] in _HEIC or (brands[:4] in _MULTI_IMAGE and bool(others & _HEIC))


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise RefusedFile("archive-bomb")


def _check_blocks(number: int) -> None:
    if number > MOST_BLOCKS:
        raise RefusedFile("archive-bomb")


def _png_end(source: Source) -> int:
    """Behind IEND; chunks are walked by their lengths."""
    place, number, name = 8, 0, b""
    while name != b"IEND":
        number += 1
        _check_blocks(number)
        length, name = struct.unpack(">I4s", source.at(place, 8))
        if place == 8:
            if (length, name) != (13, b"IHDR"):
                raise RefusedFile("damaged")
            _check_pixels(*struct.unpack(">II", source.at(16, 8)))
        place += length + 12
        if place > source.size or not name.isalpha():
            raise RefusedFile("damaged")
    return place


def _jpeg_end(source: Source) -> int:
    """Behind the last end-of-image mark of the last 64 KiB; cameras append notes of their own."""
    place, number, code = 2, 0, 0
    while code != _SCAN:
        number += 1
        _check_blocks(number)
        mark, code = source.at(place, 2)
        if mark != 0xFF:
            raise RefusedFile("damaged")
        if code == 0xFF:  # padding
            place += 1
            continue
        (length,) = struct.unpack(">H", source.at(place + 2, 2))
        if 0xC0 <= code <= 0xCF and code not in {0xC4, 0xC8, 0xCC}:
            _check_pixels(*struct.unpack(">HH", source.at(place + 5, 4)))
        place += 2 + max(length, 2)
    start, tail = source.tail()
    found = tail.rfind(b"\xff\xd9")
    if start + found < place or found < 0:
        raise RefusedFile("damaged")
    return start + found + 2


def _gif_end(source: Source) -> int:
    """Behind the trailer; blocks are walked by their lengths."""
    width, height, flags = struct.unpack("<HHB", source.at(6, 5))
    _check_pixels(width, height)
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
            _check_blocks(number)
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
        _check_blocks(number)
        length, name = struct.unpack(">I4s", source.at(place, 8))
        header = 8
        if length == 1:
            header = 16
            (length,) = struct.unpack(">Q", source.at(place + 8, 8))
        elif length == 0:
            length = source.size - place
        if length < header or place + length > source.size:
            raise RefusedFile("damaged")
        names.add(name)
        place += length
    if b"meta" not in names:
        raise RefusedFile("damaged")
    return place


_ENDS: dict[Kind, Callable[[Source], int]] = {
    Kind.PNG: _png_end,
    Kind.JPEG: _jpeg_end,
    Kind.GIF: _gif_end,
    Kind.WEBP: _webp_end,
    Kind.HEIC: _heic_end,
}
