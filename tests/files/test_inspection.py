"""What may come in, what may not, and that nothing hostile gets any other answer."""

import io
import random
import tracemalloc

import pytest

from siegel.files.inspection import inspect
from siegel.files.kinds import EXTENSIONS, IMAGES, MEDIA_TYPES, PREVIEWED, Kind, Rules
from siegel.files.refusal_texts import TEXTS
from tests.files import samples
from tests.files.inspecting import outcome

GOOD = {
    Kind.PDF: samples.pdf(),
    Kind.JPEG: samples.jpeg(),
    Kind.PNG: samples.png(),
    Kind.WEBP: samples.webp(),
    Kind.GIF: samples.gif(),
    Kind.HEIC: samples.heic(),
    Kind.TXT: samples.txt(),
    Kind.CSV: samples.csv(),
    Kind.DOCX: samples.docx(),
    Kind.XLSX: samples.xlsx(),
    Kind.PPTX: samples.pptx(),
    Kind.ODT: samples.odt(),
    Kind.ODS: samples.ods(),
    Kind.EML: samples.eml({"contract.pdf": samples.pdf(), "photo.jpg": samples.jpeg()}),
    Kind.ZIP: samples.zip_of({"a.pdf": samples.pdf(), "folder/": b"", "folder/b.txt": b"text"}),
}
# Only these are told apart by the ending of their name.
ENDINGS = {Kind.CSV: "Liste.CSV", Kind.EML: "mail.eml"}


def test_every_kind_has_its_media_type_and_endings() -> None:
    assert set(GOOD) == set(Kind) == set(MEDIA_TYPES) == set(EXTENSIONS)
    assert IMAGES | {Kind.PDF} == PREVIEWED


@pytest.mark.parametrize("kind", Kind)
def test_a_good_file_is_known_by_its_content(kind: Kind) -> None:
    assert outcome(GOOD[kind], ENDINGS.get(kind, "no-ending")) == kind


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_that_the_tenant_does_not_allow_is_refused(kind: Kind) -> None:
    rules = Rules(allowed=frozenset(Kind) - {kind})
    assert outcome(GOOD[kind], ENDINGS.get(kind, "x"), rules) == "type-not-allowed"


def test_the_name_does_not_make_the_type() -> None:
    assert outcome(samples.png(), "photo.pdf") == "png"
    assert outcome(samples.pdf(), "list.csv") == "pdf"
    assert outcome(samples.txt(), "scan.pdf") == "txt"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (samples.exe(), "executable"),
        (b"MZ\x90\x00" + bytes(500), "executable"),
        (b"MZ" + bytes(58) + b"\xff\xff\xff\x7f" + b" be run in DOS mode" + bytes(9), "executable"),
        (samples.elf(), "executable"),
        (b"\xcf\xfa\xed\xfe" + bytes(100), "executable"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(100), "executable"),
        (b"\x00asm\x01\x00\x00\x00", "executable"),
        (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(100), "executable"),
        (samples.msi(), "executable"),
        (samples.ole(), "type-not-allowed"),
        (samples.ole_with_vba(), "macros"),
        (samples.macro_docx(), "macros"),
        (samples.shell_script(), "script"),
        (samples.svg(), "script"),
        (samples.html(), "script"),
        (b"FWS\x0a" + bytes(20), "script"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "type-not-allowed"),
        (b"\x01\x02\x03\x04" * 20, "type-not-allowed"),
        (samples.png_bomb(), "archive-bomb"),
        (samples.zip_bomb(), "archive-bomb"),
        (samples.zip_bomb_that_lies(), "archive-bomb"),
        (samples.docx_bomb(), "archive-bomb"),
    ],
)
def test_refused_with_the_reason(data: bytes, code: str) -> None:
    assert outcome(data, "harmless.pdf") == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("invoice.pdf.exe", "executable"),
        ("INVOICE.EXE", "executable"),
        ("invoice.exe. ", "executable"),
        ("invoice.exe::$DATA", "executable"),
        ("invoice\u202efdp.exe\u200e", "executable"),
        ("invoice.lnk", "executable"),
        ("folder.x\\invoice.js", "script"),
        ("invoice.pdf.vbs", "script"),
        ("invoice.svg", "script"),
        ("exe", "pdf"),
        ("exe.pdf", "pdf"),
        ("folder.exe/invoice", "pdf"),
    ],
)
def test_a_name_that_a_double_click_would_run_is_refused(name: str, code: str) -> None:
    assert outcome(samples.pdf(), name) == code


@pytest.mark.parametrize("kind", sorted(IMAGES | {Kind.PDF}))
def test_an_archive_behind_an_image_or_a_pdf_is_refused(kind: Kind) -> None:
    assert outcome(samples.with_zip_behind(GOOD[kind])) in {"disguised", "damaged"}
    assert outcome(GOOD[kind] + b"PK\x05\x06" + bytes(18)) in {"disguised", "damaged"}


LARGE = {
    Kind.PDF: samples.pdf(20),
    Kind.PNG: samples.png_around(samples.noise(1)),
    Kind.JPEG: samples.jpeg(1000, 1000),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize(
    ("behind", "code"),
    [
        (samples.exe(), "disguised"),
        (samples.html(), "disguised"),
        (b"Rar!\x1a\x07\x01\x00", "disguised"),
        (bytes(500), ""),
        (b"SEFT, which a camera wrote", ""),
    ],
)
def test_another_file_behind_it_is_refused_and_a_filling_is_not(
    kind: Kind, behind: bytes, code: str
) -> None:
    assert outcome(LARGE[kind] + behind) == (code or kind)


def test_a_pdf_may_be_continued_and_stands_behind_no_image() -> None:
    assert outcome(LARGE[Kind.PDF] + samples.pdf()) == "pdf"
    assert outcome(LARGE[Kind.PNG] + samples.pdf()) == "disguised"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf\x00\x01" + samples.pdf(),
        b"12345" + samples.pdf(),
        b"\x00\x01\x02" + samples.exe(),
        b"\x00\x01\x02" + samples.png(),
    ],
)
def test_a_header_that_is_not_at_the_beginning_is_refused(data: bytes) -> None:
    assert outcome(data) == "disguised"


def test_a_header_inside_the_first_kib_of_a_pdf_is_refused() -> None:
    data = samples.pdf().replace(b"%\xe2\xe3\xcf\xd3", b"%" + samples.elf(), 1)
    assert outcome(data) == "disguised"


def test_two_letters_are_no_program() -> None:
    assert (
        outcome(samples.pdf().replace(b"%\xe2\xe3\xcf\xd3", b"%MZ is the code of Mainz")) == "pdf"
    )


@pytest.mark.parametrize("kind", Kind)
def test_a_file_that_was_cut_is_refused(kind: Kind) -> None:
    name = ENDINGS.get(kind, "file")
    for part in (0.5, 0.9, 0.99):
        cut = GOOD[kind][: int(len(GOOD[kind]) * part)]
        if kind in {Kind.TXT, Kind.CSV}:
            assert outcome(cut, name) == kind  # a shorter text is a text
        elif kind is not Kind.EML:
            assert outcome(cut, name) in {"damaged", "disguised"}
    assert outcome(samples.eml()[:100], "a.eml") == "damaged"


def test_a_file_shorter_than_told_is_damaged() -> None:
    for data, name in [(b"text", "a.txt"), (samples.eml(), "a.eml"), (samples.docx(), "a")]:
        with pytest.raises(ValueError, match="damaged"):
            inspect(io.BytesIO(data), len(data) + 10_000, name, Rules())


def test_the_second_opinion_can_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """puremagic knows these bytes as something else than we do."""
    monkeypatch.setattr("siegel.files.witness._endings", lambda start: frozenset({".xyz"}))
    assert outcome(samples.png()) == "type-not-allowed"
    monkeypatch.setattr("siegel.files.witness._endings", lambda start: frozenset({".exe"}))
    assert outcome(b"\x01\x02\x03") == "executable"


def test_the_second_opinion_may_not_know() -> None:
    data = samples.heic().replace(b"ftypheic", b"ftypmif1", 1)
    assert outcome(data) == "heic"


def test_the_store_being_gone_is_not_taken_for_a_bad_file() -> None:
    class Gone(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the store is gone")

    with pytest.raises(OSError, match="gone"):
        inspect(Gone(b"%PDF"), 4, "a.pdf", Rules())


def test_a_slow_file_may_answer_in_small_pieces() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 37))

    for kind, data in GOOD.items():
        assert inspect(Slow(data), len(data), ENDINGS.get(kind, "x"), Rules()) == kind


def test_a_large_file_is_not_held_in_memory() -> None:
    member = samples.noise(24)
    picture = samples.png_around(member)
    files = [picture, samples.zip_of({"a.png": picture}, stored=True), b"text\n" * 5 * 1024**2]
    for data in files:
        file = io.BytesIO(data)
        tracemalloc.start()
        inspect(file, len(data), "large", Rules())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * 1024**2


def test_damage_anywhere_gets_a_plain_answer() -> None:
    """A few hundred mutations, the same each time: cut, overwritten, doubled, glued together."""
    chance = random.Random(20261125)  # noqa: S311 - the same mutations each time
    seeds = [
        *((data, ENDINGS.get(kind, "file")) for kind, data in GOOD.items()),
        (samples.ole_with_vba(), "old.doc"),
        (samples.macro_docx(), "a.docx"),
        (samples.zip_of({"in.zip": samples.zip_of({"a.eml": samples.eml()})}), "a.zip"),
        (samples.eml({"in.eml": samples.eml(), "a.docx": samples.docx()}), "a.eml"),
        (samples.motion_photo(), "a.jpg"),
        (samples.samsung_photo(), "a.jpg"),
        (samples.zip_of({"Thumbs.db": samples.ole(("Catalog", "1")), "a.txt": b"text"}), "a.zip"),
    ]
    answers = set()
    for _ in range(60):
        for data, name in seeds:
            answers.add(outcome(_mutated(chance, data), name))
    assert answers <= {*TEXTS, *Kind}
    assert {"damaged", "disguised", "type-not-allowed"} <= answers


def _mutated(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed) or 1)
        length = chance.choice([1, 2, 4, 16])
        match chance.randrange(5):
            case 0:
                changed[place : place + length] = chance.randbytes(length)
            case 1:
                changed[place : place + length] = chance.choice([b"\xff", b"\0"]) * length
            case 2:
                del changed[place : place + length]
            case 3:
                changed[place:place] = changed[: chance.randrange(200)]
            case _:
                del changed[max(place, 1) :]
    return bytes(changed)
