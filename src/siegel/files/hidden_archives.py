"""A ZIP anywhere in an image or a PDF: some programs find archives wherever they lie.

Four bytes occur by chance, so an end record only counts where its numbers lead to a directory and
from there to an entry.
"""

import re
from collections.abc import Iterator

from siegel.files.archives import CENTRAL, END_RECORD
from siegel.files.kinds import RefusedFile
from siegel.files.reading import Source

# Chance brings one in four gigabytes; each one costs going back to where it points.
MOST_RECORDS = 100
_SIGNATURE = b"PK\x05\x06"
_LARGER_FORM = b"PK\x06\x07"
_STREAM = re.compile(rb"stream\r?\n\Z")
_STREAM_END = re.compile(rb"[\r\n]{0,2}endstream")


def check_no_archive(source: Source, *, attachments: bool = False) -> None:
    """Refuse a complete archive anywhere in the file.

    With `attachments`, one passes that is the whole of a PDF's stream and counts from its own
    beginning: an office document that somebody attached without packing it again. What lies inside
    that one (an archive in the archive) passes with it.
    """
    records = []
    for record in _records(source):
        records.append(record)
        if len(records) > MOST_RECORDS:
            raise RefusedFile("archive-bomb")
    found = [part for place, record in records if (part := _archive(source, place, record))]
    attached = [part for part in found if attachments and _is_attachment(source, *part)]
    for start, end in found:
        if not any(first <= start and end <= last for first, last in attached):
            raise RefusedFile("disguised")


def _records(source: Source) -> Iterator[tuple[int, bytes]]:
    """The place and the bytes of everything that begins like an end record."""
    place, carried = 0, b""
    for block in source.blocks():
        data = carried + block
        found = data.find(_SIGNATURE)
        while 0 <= found <= len(data) - END_RECORD.size:
            yield place + found, data[found : found + END_RECORD.size]
            found = data.find(_SIGNATURE, found + 1)
        carried = data[1 - END_RECORD.size :]
        place += len(data) - len(carried)


def _archive(source: Source, place: int, record: bytes) -> tuple[int, int] | None:
    """Where the archive of this record begins and ends; none if it leads nowhere."""
    *_, number, length, start, comment = END_RECORD.unpack(record)
    end = place + END_RECORD.size + comment
    if source.at(max(0, place - 20), 4) == _LARGER_FORM:
        return 0, end
    # Counted from the beginning of the file, or from that of the archive.
    for directory in (start, place - length):
        first = directory - start
        if number and first >= 0 and source.at(directory, 4) == b"PK\x01\x02":
            *_, offset = CENTRAL.unpack(source.at(directory, CENTRAL.size))
            if source.at(first + offset, 4) == b"PK\x03\x04":
                return first, end
    return None


def _is_attachment(source: Source, start: int, end: int) -> bool:
    before = source.at(max(0, start - 8), min(8, start))
    return bool(_STREAM.search(before) and _STREAM_END.match(source.at(end, 11)))
