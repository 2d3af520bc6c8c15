"""A ZIP in the middle of a PDF or an image, far from both ends."""

import struct

import pytest

from siegel.files import hidden_archives
from tests.files import samples
from tests.files.inspecting import outcome

ARCHIVE = samples.zip_of({"a.txt": b"text"})
# So far behind the archive that no program looks for it from the end.
FILLING = b"%" + b"x" * 70_000 + b"\n"
FRONT = b"%" + b"y" * 1700 + b"\n"


def _pdf_with(content: bytes) -> bytes:
    """A PDF with this among its objects, behind 1.5 KiB."""
    start, mark, rest = samples.pdf().partition(b"1 0 obj")
    return start + FRONT + content + b"\n" + FILLING + mark + rest


def _object(content: bytes, end: bytes = b"\nendstream\nendobj\n") -> bytes:
    """An object of a PDF that is not packed."""
    head = b"9 0 obj\n<< /Type /EmbeddedFile /Length %d >>\nstream\r\n" % len(content)
    return head + content + end


def _attached(content: bytes) -> bytes:
    return _pdf_with(_object(content))


def _placed(archive: bytes, front: int) -> bytes:
    """With places counted from the beginning of a file, `front` bytes before the archive."""
    changed = bytearray(archive)
    central, end = archive.index(b"PK\x01\x02"), archive.index(b"PK\x05\x06")
    for place in (central + 42, end + 16):
        (value,) = struct.unpack_from("<I", changed, place)
        struct.pack_into("<I", changed, place, value + front)
    return bytes(changed)


def _changed(place: int, value: bytes) -> bytes:
    end = ARCHIVE.index(b"PK\x05\x06") + place
    return ARCHIVE[:end] + value + ARCHIVE[end + len(value) :]


FROM_THE_FILE = _placed(ARCHIVE, _pdf_with(ARCHIVE).index(ARCHIVE))
ATTACHED_AT = _attached(ARCHIVE).index(ARCHIVE)
LARGER_FORM = ARCHIVE[:-22] + b"PK\x06\x07" + bytes(16) + ARCHIVE[-22:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_pdf_with(ARCHIVE), "disguised"),
        (_pdf_with(FROM_THE_FILE), "disguised"),
        (_pdf_with(samples.docx()), "disguised"),
        (_pdf_with(LARGER_FORM), "disguised"),
        (_attached(_placed(ARCHIVE, ATTACHED_AT)), "disguised"),
        (_attached(b"x" + ARCHIVE), "disguised"),
        (_pdf_with(_object(ARCHIVE, b"\nendobj\n")), "disguised"),
        (_pdf_with(_object(ARCHIVE) + ARCHIVE), "disguised"),
        (_pdf_with(ARCHIVE + _object(ARCHIVE)), "disguised"),
        (_pdf_with(_object(ARCHIVE, b"endstream")), "pdf"),
        (_pdf_with(_object(ARCHIVE, b"\r\nendstream")), "pdf"),
        (_attached(ARCHIVE), "pdf"),
        (_attached(samples.docx()), "pdf"),
        (_attached(samples.zip_of({"a.docx": samples.docx()}, stored=True)), "pdf"),
        (samples.png_around(b"x" * 1700 + ARCHIVE + FILLING), "disguised"),
        (samples.png_around(b"stream\n" + FRONT + ARCHIVE + b"endstream" + FILLING), "disguised"),
        # Records that lead nowhere are four bytes and chance.
        (_pdf_with(b"PK\x05\x06" + samples.noise(1)[:100]), "pdf"),
        (_pdf_with(_changed(16, b"\xff\xff")), "pdf"),
        (_pdf_with(_changed(12, b"\xff\xff")), "pdf"),
        (_pdf_with(_changed(10, b"\0\0")), "pdf"),
        (_pdf_with(ARCHIVE.replace(b"PK\x03\x04", b"PKxx")), "pdf"),
        (_pdf_with(ARCHIVE.replace(b"PK\x01\x02", b"PKxx")), "pdf"),
    ],
)
def test_an_archive_that_could_be_opened_is_refused(data: bytes, code: str) -> None:
    assert outcome(data) == code


def test_a_record_on_the_edge_of_a_block_is_found() -> None:
    for length in range(65_536 - 250, 65_536 - 60):
        data = samples.png_around(b"x" * length + ARCHIVE + FILLING)
        assert outcome(data) == "disguised"


def test_many_records_are_refused_before_they_cost_time(monkeypatch: pytest.MonkeyPatch) -> None:
    record = b"PK\x05\x06" + bytes(18)
    assert outcome(_pdf_with(record * hidden_archives.MOST_RECORDS)) == "pdf"
    assert outcome(_pdf_with(record * (hidden_archives.MOST_RECORDS + 1))) == "archive-bomb"
