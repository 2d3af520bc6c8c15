"""Archives: every member counts, nothing is believed, and what is read in two ways is refused."""

import io
import struct
import zipfile

import pytest

from siegel.files import unpacking
from siegel.files.kinds import Kind, Rules
from tests.files import samples
from tests.files.inspecting import outcome

LARGE = samples.noise(9)
NESTED = samples.zip_of({"a.txt": b"text"})
# As Windows writes it: a compound file with a list, and a picture for each number.
THUMBNAILS = samples.ole(("Catalog", "1", "2"))
ENCRYPTED_ALLOWED = Rules(encrypted_archives=True)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"a.pdf": samples.pdf(), "b/c.docx": samples.docx()}, "zip"),
        ({"in.zip": NESTED}, "zip"),
        ({"mail.eml": samples.eml({"a.pdf": samples.pdf()})}, "zip"),
        ({"large.png": samples.png_around(LARGE)}, "zip"),
        ({"large.txt": b"text\n" * 1024**2 + LARGE.hex().encode()}, "zip"),
        ({"__MACOSX/._a.pdf": b"\x00\x05\x16\x07" + bytes(99), "a.pdf": samples.pdf()}, "zip"),
        ({".DS_Store": b"\x00\x00\x00\x01Bud1" + bytes(99), "a.pdf": samples.pdf()}, "zip"),
        ({"__MACOSX/._a": samples.exe()}, "executable"),
        ({"._a.pdf": b"\x00\x05\x16\x07" + bytes(99)}, "type-not-allowed"),
        ({"__MACOSX/a.pdf": b"\x00\x05\x16\x07" + bytes(99)}, "type-not-allowed"),
        ({".DS_Store": samples.exe()}, "executable"),
        ({"Holiday/Thumbs.db": THUMBNAILS, "Holiday/a.jpg": samples.jpeg()}, "zip"),
        ({"Holiday\\ehthumbs_vista.db": THUMBNAILS, "a.jpg": samples.jpeg()}, "zip"),
        ({"Thumbs.db": THUMBNAILS + LARGE}, "type-not-allowed"),
        ({"Thumbs.db": samples.ole_with_vba()}, "macros"),
        ({"Thumbs.db": samples.msi()}, "executable"),
        ({"Thumbs.db": samples.exe()}, "executable"),
        ({"thumbs": THUMBNAILS}, "type-not-allowed"),
        ({"desktop.ini": samples.exe()}, "executable"),
        ({"desktop.ini": samples.html()}, "script"),
        ({"desktop.ini": b"[.ShellClassInfo]\n<script>"}, "zip"),
        ({"a.pdf": samples.exe()}, "executable"),
        ({"a.exe": samples.pdf()}, "executable"),
        ({"a.txt": b"text", "b.js": b"text"}, "script"),
        ({"a.txt": samples.shell_script()}, "script"),
        ({"a.docx": samples.macro_docx()}, "macros"),
        ({"a.doc": samples.ole()}, "type-not-allowed"),
        ({"a.pdf": samples.with_zip_behind(samples.pdf())}, "disguised"),
        ({"a.txt": b"", "b/": b""}, "zip"),
        ({}, "file-empty"),
        ({"in.zip": samples.zip_of({"in.zip": NESTED})}, "archive-too-deep"),
        ({"in.zip": samples.zip_of({"a.txt": LARGE}, stored=True)}, "archive-too-deep"),
        ({"../a.txt": b"text"}, "disguised"),
        ({"b/../../a.txt": b"text"}, "disguised"),
        ({"/etc/a.txt": b"text"}, "disguised"),
        ({"\\\\server\\a.txt": b"text"}, "disguised"),
        ({"C:a.txt": b"text"}, "disguised"),
        ({"in.zip": samples.zip_bomb(2)}, "archive-bomb"),
        ({f"{number}.txt": b"text" for number in range(10_001)}, "archive-bomb"),
        (
            {
                f"{number}.zip": samples.zip_of({f"{n}.txt": b"t" for n in range(4000)})
                for number in range(3)
            },
            "archive-bomb",
        ),
    ],
)  # fmt: skip - one member a line
def test_every_member_is_looked_at(members: dict[str, bytes], code: str) -> None:
    assert outcome(samples.zip_of(members)) == code


def test_members_that_are_not_allowed_are_refused() -> None:
    rules = Rules(allowed=frozenset({Kind.ZIP, Kind.TXT}))
    assert outcome(NESTED, "a.zip", rules) == "zip"
    assert outcome(samples.zip_of({"a.pdf": samples.pdf()}), "a.zip", rules) == "type-not-allowed"


def test_the_look_of_a_folder_is_no_text_that_a_tenant_could_refuse() -> None:
    rules = Rules(allowed=frozenset({Kind.ZIP, Kind.PDF}))
    look = "\r\n[.ShellClassInfo]\r\nLocalizedResourceName=@shell32.dll,-21770\r\n"
    for data in (look.encode(), b"\xff\xfe" + look.encode("utf-16-le")):
        files = {"Files/Desktop.ini": data, "Files/a.pdf": samples.pdf()}
        assert outcome(samples.zip_of(files), "a.zip", rules) == "zip"
    other = samples.zip_of({"desktop.ini": b"[other]\r\n"})
    assert outcome(other, "a.zip", rules) == "type-not-allowed"
    large = samples.zip_of({"desktop.ini": look.encode() + LARGE.hex().encode()})
    assert outcome(large, "a.zip", rules) == "type-not-allowed"


def test_a_few_repeated_lines_are_no_bomb() -> None:
    assert outcome(samples.zip_of({"a.csv": b"name;value\n" * 50_000})) == "zip"
    assert outcome(samples.zip_of({"a.csv": b"name;value\n" * 500_000})) == "archive-bomb"


def test_encrypted_entries_only_where_the_tenant_allows() -> None:
    closed = samples.zip_encrypted({"a.pdf": LARGE[:1000]})
    assert outcome(closed) == "archive-encrypted"
    assert outcome(closed, "a.zip", ENCRYPTED_ALLOWED) == "zip"
    program = samples.zip_encrypted({"a.pdf.exe": LARGE[:1000]})
    assert outcome(program, "a.zip", ENCRYPTED_ALLOWED) == "executable"
    document = samples.zip_encrypted({"[Content_Types].xml": b"x"})
    assert outcome(document, "a.docx", ENCRYPTED_ALLOWED) == "archive-encrypted"


def test_the_newer_encryption_is_known_too() -> None:
    """WinZip's AES is a method of its own."""
    data = _changed(NESTED, (8, 2, 99), (10, 2, 99))
    assert outcome(data) == "archive-encrypted"


@pytest.mark.parametrize("level", [1, 9])
def test_what_zip_programs_write_is_accepted(level: int) -> None:
    class Pipe(io.RawIOBase):
        """Cannot go back, so that lengths follow behind the content."""

        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes is all that comes
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr("Übersicht.txt", "Grüße\n" * 20)
        archive.writestr("ordner/", b"")
        archive.writestr("ordner/b.pdf", samples.pdf())
        archive.comment = b"written by a program"
    assert outcome(bytes(pipe.written)) == "zip"


def test_methods_that_are_rare_are_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", b"text")
    assert outcome(written.getvalue()) == "type-not-allowed"


def _changed(data: bytes, *changes: tuple[int, int, int]) -> bytes:
    """In the first local header, or with one place more in the first central one.

    Each change: the place in the local header, or in the central one if it is the second or later;
    the number of bytes; the value.
    """
    changed = bytearray(data)
    starts = [data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")]
    for start, (place, length, value) in zip(starts, changes, strict=False):
        changed[start + place : start + place + length] = value.to_bytes(length, "little")
    return bytes(changed)


def _central(place: int, length: int, value: int) -> bytes:
    return _changed(NESTED, (0, 4, 0x04034B50), (place, length, value))


def _end(place: int, length: int, value: int) -> bytes:
    changed = bytearray(NESTED)
    start = NESTED.index(b"PK\x05\x06") + place
    changed[start : start + length] = value.to_bytes(length, "little")
    return bytes(changed)


def _linked() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        link = zipfile.ZipInfo("a.txt")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return written.getvalue()


def _named(second: bytes) -> bytes:
    """With a second name in the field that some programs prefer."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.extra = struct.pack("<HH", 1, 0) + struct.pack("<HHBI", 0x7075, 5 + len(second), 1, 0)
        info.extra += second
        archive.writestr(info, "text")
    return written.getvalue()


def _twice() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "two")
    return written.getvalue()


def _overlapping() -> bytes:
    """Two entries of the directory that share the content of the first."""
    data = samples.zip_of({"a.txt": b"one", "a.csv": b"two"}, stored=True)
    second = data.rindex(b"PK\x01\x02")
    return data[: second + 42] + bytes(4) + data[second + 46 :]


def _moved(front: bytes) -> bytes:
    """All entries pushed back behind `front`, with correct offsets."""
    written = io.BytesIO(front)
    written.seek(len(front))
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("a.txt", b"text")
    return written.getvalue()


def _gap_before_directory() -> bytes:
    start = NESTED.index(b"PK\x01\x02")
    data = bytearray(NESTED[:start] + bytes(200) + NESTED[start:])
    data[-6:-2] = (start + 200).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (NESTED[:-1], "damaged"),
        (NESTED[:-22], "damaged"),
        (NESTED + b"x", "damaged"),
        (b"PK\x03\x04" + b"rubbish" * 9 + NESTED, "disguised"),
        (_moved(b"PK\x03\x04" + bytes(200)), "disguised"),
        (_gap_before_directory(), "disguised"),
        (_linked(), "disguised"),
        (_named(b"b.txt"), "zip"),
        (_named(b"b.exe"), "executable"),
        (_named(b"../b.txt"), "disguised"),
        (_named(b"\xff\xff"), "damaged"),
        (samples.zip_of({"aXb.txt": b"t"}).replace(b"aXb", b"a\0b"), "disguised"),
        (_twice(), "archive-bomb"),
        (_overlapping(), "archive-bomb"),
        (_central(0, 4, 0), "damaged"),
        (_central(16, 4, 0), "damaged"),  # checksum
        (_central(20, 4, 0xFFFFFFFF), "archive-bomb"),  # larger form
        (_central(20, 4, 5000), "disguised"),  # lengths differ
        (_changed(NESTED, (18, 4, 5000), (20, 4, 5000)), "archive-bomb"),
        (_central(24, 4, 3), "damaged"),  # length of the content
        (_central(28, 2, 60_000), "damaged"),  # length of the name
        (_central(28, 2, 0), "disguised"),
        (_central(32, 2, 1), "damaged"),  # length of the comment
        (_central(8, 2, 1), "disguised"),  # encrypted only here
        (_central(10, 2, 0), "disguised"),  # method only here
        (_central(42, 4, 1), "damaged"),  # where it lies
        (_changed(NESTED, (0, 4, 0x04034B50), (42, 4, 30)), "damaged"),
        (_changed(NESTED, (8, 2, 0), (10, 2, 0)), "damaged"),  # said to be plain
        (_end(4, 2, 1), "damaged"),  # several disks
        (_end(8, 4, 0), "damaged"),  # entries that nobody counts
        (_end(8, 2, 2), "damaged"),
        (_end(10, 2, 0xFFFF), "archive-bomb"),
        (_end(12, 4, 0x7FFFFFFF), "archive-bomb"),
        (_end(12, 4, 40), "disguised"),
    ],
)
def test_what_two_programs_could_read_in_two_ways_is_refused(data: bytes, code: str) -> None:
    assert outcome(data) == code


def test_the_larger_form_is_refused() -> None:
    start = NESTED.index(b"PK\x05\x06")
    locator = b"PK\x06\x07" + bytes(16)
    assert outcome(NESTED[:start] + locator + NESTED[start:]) == "archive-bomb"


def _raw(packed: bytes, content: bytes = b"text") -> bytes:
    """The archive NESTED with another packed stream of its own choice."""
    start = NESTED.index(b"PK\x01\x02")
    length = len(packed)
    head = NESTED[:18] + struct.pack("<I", length) + NESTED[22:35]
    central = NESTED[start : start + 20] + struct.pack("<I", length) + NESTED[start + 24 : -22]
    where = struct.pack("<II", len(central), len(head) + length)
    return head + packed + central + NESTED[-22:-10] + where + bytes(2)


def test_packed_streams_must_end_where_they_say() -> None:
    packed = NESTED[35 : NESTED.index(b"PK\x01\x02")]
    assert outcome(_raw(packed)) == "zip"
    assert outcome(_raw(packed[:-1])) == "damaged"
    assert outcome(_raw(b"\xff" * 9)) == "damaged"
    assert outcome(_raw(packed + b"hidden")) == "disguised"


def test_going_back_too_often_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_REPLAYS", 0)
    assert outcome(samples.zip_of({"a.png": samples.png_around(LARGE)})) == "archive-too-deep"


def test_what_does_not_fit_into_memory_is_read_again_where_needed() -> None:
    runs = 0

    def chunks():  # type: ignore[no-untyped-def]  # a stand-in for a packed stream
        nonlocal runs
        runs += 1
        yield from (b"abcd", b"efgh", b"ijkl")

    file = unpacking.Replayed(chunks, 12, b"kl")
    file.seek(5)
    assert file.read(2) == b"fg"
    assert file.read(9) == b"h"
    file.seek(10)
    assert file.read(9) == b"kl"
    assert runs == 1
    file.seek(0)
    assert file.read(2) == b"ab"
    assert runs == 2
