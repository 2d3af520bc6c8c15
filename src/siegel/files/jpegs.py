"""JPEG: the image itself, and what cameras and phones put behind it.

Phones append the film of a motion photo, further pictures (the multi-picture format) and notes of
their own; so the image's end is found by walking it, and what follows must be one of these.
"""

import re
import struct
from collections.abc import Iterator
from itertools import count

from siegel.files.boxes import box
from siegel.files.image_limits import check_blocks, check_pixels
from siegel.files.kinds import RefusedFile
from siegel.files.reading import BLOCK, Source

# Makers append notes that nobody has described; nobody appends more than that in good faith.
LONGEST_NOTE = 64 * 1024
_START, _SCAN, _END = b"\xff\xd8\xff", 0xDA, 0xD9
# In packed data 0xFF is followed by zero; restart marks and padding belong to them as well.
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_NOT_ZERO = re.compile(rb"[^\0]", re.DOTALL)
# Samsung: blocks, a list of them, the list's length and a last word.
_LIST, _LAST = b"SEFH", b"SEFT"
_LISTED = struct.Struct("<HHII")


def jpeg_end(source: Source) -> int:
    """Behind the end-of-image mark of the first image."""
    return _image_end(source, 0, count(1))


def check_behind(source: Source, place: int) -> None:
    """Refuse what is no part of a photograph; its image ends at `place`."""
    end = _notes_start(source, place)
    numbers = count(1)
    while place < end:
        following = _behind(source, place, end, numbers)
        if following == place:
            break
        place = following
    if end - place > LONGEST_NOTE:
        raise RefusedFile("disguised")


def _behind(source: Source, place: int, end: int, numbers: Iterator[int]) -> int:
    """Behind the picture, film or filling that begins here; `place` if it is none of them."""
    check_blocks(next(numbers))
    start = source.at(place, 8)
    if start.startswith(_START):
        return _image_end(source, place, numbers)
    if start[4:] == b"ftyp":
        return _film_end(source, place, end, numbers)
    return _filling_end(source, place, end)


def _image_end(source: Source, place: int, numbers: Iterator[int]) -> int:
    """Segments are walked by their lengths, so that thumbnails inside them do not count."""
    place += 2
    scanned = False
    while True:
        check_blocks(next(numbers))
        mark, code = source.at(place, 2)
        if mark != 0xFF or (code == _END and not scanned):
            raise RefusedFile("damaged")
        if code == _END:
            return place + 2
        if code == 0xFF:  # padding
            place += 1
            continue
        (length,) = struct.unpack(">H", source.at(place + 2, 2))
        if 0xC0 <= code <= 0xCF and code not in {0xC4, 0xC8, 0xCC}:
            check_pixels(*struct.unpack(">HH", source.at(place + 5, 4)))
        place += 2 + max(length, 2)
        if code == _SCAN:
            scanned = True
            place = _scan_end(source, place)


def _scan_end(source: Source, place: int) -> int:
    """The next mark behind packed data."""
    while len(data := source.at(place, BLOCK)) > 1:
        if found := _MARK.search(data):
            return place + found.start()
        place += len(data) - data.endswith(b"\xff")
    raise RefusedFile("damaged")


def _film_end(source: Source, place: int, end: int, numbers: Iterator[int]) -> int:
    """Behind the last box of an MP4."""
    while (length := box(source, place, end)[0]) > 0:
        check_blocks(next(numbers))
        place += length
    return place


def _filling_end(source: Source, place: int, end: int) -> int:
    """Behind zeros; the length of a film's first box begins with three of them."""
    start = place
    while place < end and (data := source.at(place, min(BLOCK, end - place))):
        if found := _NOT_ZERO.search(data):
            place += found.start()
            film = place - 3 > start and source.at(place - 3, 8)[4:] == b"ftyp"
            return place - 3 if film else place
        place += len(data)
    return place


def _notes_start(source: Source, image_end: int) -> int:
    """Where Samsung's blocks begin, or the end of the file without them."""
    length, last = struct.unpack("<I4s", source.at(source.size - 8, 8))
    place = source.size - 8 - length
    if last != _LAST or not image_end <= place or source.at(place, 4) != _LIST:
        return source.size
    listed = source.at(place + 12, max(0, min(length, BLOCK) // _LISTED.size - 1) * _LISTED.size)
    start = place - max((back for _, _, back, _ in _LISTED.iter_unpack(listed)), default=0)
    return start if start >= image_end else source.size
