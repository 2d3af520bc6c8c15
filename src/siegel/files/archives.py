"""The directory of a ZIP, read strictly: what two programs could read in two ways is refused.

Nothing is believed that can be measured. APPNOTE.TXT of PKWARE describes the format.
"""

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from siegel.files.budget import Budget
from siegel.files.kinds import RefusedFile
from siegel.files.reading import Source
from siegel.files.unpacking import unpacked

LARGEST_DIRECTORY = 4 * 1024 * 1024
LARGEST_GAP = 64
CHUNK = 256 * 1024
END_RECORD = struct.Struct("<4sHHHHIIH")
CENTRAL = struct.Struct("<4s2BHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_UNSAFE_NAME = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\x00")
ENCRYPTED = 1 | 1 << 6 | 1 << 13
AES = 99
UTF8 = 1 << 11
SIZES_FOLLOW = 1 << 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder of the archive, as its central directory describes it."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    check: int
    packed: int
    size: int
    offset: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED) or self.method == AES


class Archive:
    """An opened ZIP: its entries in the order in which they lie, each where it says."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self.source = source
        self.budget = budget
        self.entries: list[Entry] = []
        number, start, end = _find_directory(source)
        budget.count_entries(number)
        place = start
        for _ in range(number):
            place = self._add(place, end)
        if place != end:
            raise RefusedFile("damaged")
        self.entries.sort(key=lambda entry: entry.offset)
        names = {entry.raw_name for entry in self.entries}
        if len(names) != number:
            raise RefusedFile("archive-bomb")
        self._starts = self._locate(start)

    def _add(self, place: int, end: int) -> int:
        """Append the entry described at `place`; returns where the next one is described."""
        fields = CENTRAL.unpack(self.source.at(place, CENTRAL.size))
        (signature, _, made_on, _, flags, method, _, _, check, packed, size, *lengths) = fields
        name_length, extra_length, comment_length, _, _, attributes, offset = lengths
        following: int = place + CENTRAL.size + name_length + extra_length + comment_length
        if signature != b"PK\x01\x02" or following > end:
            raise RefusedFile("damaged")
        if 0xFFFFFFFF in {packed, size, offset}:
            raise RefusedFile("archive-bomb")
        raw = self.source.at(place + CENTRAL.size, name_length)
        name = raw.decode("utf-8" if flags & UTF8 else "cp437")
        extra = self.source.at(place + CENTRAL.size + name_length, extra_length)
        for shown in (name, *_unicode_names(extra)):
            if not shown or _UNSAFE_NAME.search(shown):
                raise RefusedFile("disguised")
        # A link would lead out of the folder into which somebody unpacks.
        if made_on == 3 and stat.S_ISLNK(attributes >> 16):
            raise RefusedFile("disguised")
        name = next(_unicode_names(extra), name)
        self.entries.append(Entry(name, raw, flags, method, check, packed, size, offset))
        return following

    def _locate(self, directory: int) -> dict[int, int]:
        """Where the data of each entry begin, by its offset. Entries neither overlap nor hide."""
        starts, place = {}, 0
        for entry in self.entries:
            fields = _LOCAL.unpack(self.source.at(entry.offset, _LOCAL.size))
            (signature, _, flags, method, _, _, _, packed, _, name_length, extra_length) = fields
            if entry.offset < place:
                raise RefusedFile("archive-bomb")
            name = self.source.at(entry.offset + _LOCAL.size, name_length)
            told = packed in {entry.packed, 0xFFFFFFFF} or flags & SIZES_FOLLOW
            same = (name, method) == (entry.raw_name, entry.method) and told
            if signature != b"PK\x03\x04":
                raise RefusedFile("damaged")
            if not same or (flags ^ entry.flags) & ENCRYPTED or entry.offset - place > LARGEST_GAP:
                raise RefusedFile("disguised")
            starts[entry.offset] = entry.offset + _LOCAL.size + name_length + extra_length
            place = starts[entry.offset] + entry.packed
        if place > directory:
            raise RefusedFile("archive-bomb")
        if directory - place > LARGEST_GAP:
            raise RefusedFile("disguised")
        return starts

    def opened(self, entry: Entry) -> AbstractContextManager[Source]:
        """The content of an entry as a file; counted as unpacked."""
        return unpacked(partial(self.chunks, entry), self.budget)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The unpacked content; ends with RefusedFile where it is not what the entry says."""
        if entry.method not in {0, 8}:
            raise RefusedFile("type-not-allowed")
        size, check = 0, 0
        for chunk in self._inflated(entry) if entry.method else self._packed(entry):
            size += len(chunk)
            check = zlib.crc32(chunk, check)
            yield chunk
        if (size, check) != (entry.size, entry.check):
            raise RefusedFile("damaged")

    def _packed(self, entry: Entry) -> Iterator[bytes]:
        start = self._starts[entry.offset]
        return self.source.blocks(start, start + entry.packed)

    def _inflated(self, entry: Entry) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in self._packed(entry):
            while piece and not inflater.eof:
                if chunk := inflater.decompress(piece, CHUNK):
                    yield chunk
                piece = inflater.unconsumed_tail  # noqa: PLW2901 - what is left of this very piece
            if inflater.unused_data:
                raise RefusedFile("disguised")
        if not inflater.eof:
            raise RefusedFile("damaged")


def _find_directory(source: Source) -> tuple[int, int, int]:
    """The number of entries, and where their descriptions begin and end.

    The end record must be the last thing in the file and the directory lie right before it, so
    that every program finds the same one.
    """
    tail_start, tail = source.tail()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0:
        raise RefusedFile("damaged")
    fields = END_RECORD.unpack(tail[found : found + END_RECORD.size])
    _, disk, first_disk, here, number, length, start, comment = fields
    end = tail_start + found
    # The larger form (ZIP64) is for more than anybody may send here.
    if 0xFFFF in {here, number} or 0xFFFFFFFF in {length, start} or length > LARGEST_DIRECTORY:
        raise RefusedFile("archive-bomb")
    if source.at(max(0, end - 20), 4) == b"PK\x06\x07":
        raise RefusedFile("archive-bomb")
    whole = end + END_RECORD.size + comment == source.size and start + length == end
    if not whole or disk or first_disk or here != number:
        raise RefusedFile("disguised" if start + length < end else "damaged")
    return number, start, end


def _unicode_names(extra: bytes) -> Iterator[str]:
    """A second name (field 0x7075) that some programs prefer to the first."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 0x7075:
            yield extra[place + 9 : place + 4 + length].decode("utf-8")
        place += 4 + length
