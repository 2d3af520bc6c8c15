"""Office documents: the kind by their members, no macros, and what is embedded."""

import struct

import pytest

from siegel.files import compound
from siegel.files.inspection import Rules
from tests.files import samples
from tests.files.inspecting import outcome

TYPES = "[Content_Types].xml"
TEMPLATE = b"<Override ContentType='application/vnd.openxmlformats-officedocument.%s'/>"
DOCX_MAIN = TEMPLATE % b"wordprocessingml.document.main+xml"
OLE_LARGE = samples.ole(tuple(f"Entry {number}" for number in range(40)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.docx({"word/VBAPROJECT.BIN": b"x"}), "macros"),
        (samples.docx({"other\\vbaProject.bin": b"x"}), "macros"),
        (samples.docx({"word/renamed.bin": samples.ole_with_vba()}), "macros"),
        (samples.xlsx({"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
        (
            samples.docx({TYPES: b"<Types application/vnd.ms-word.document.macroEnabled />"}),
            "macros",
        ),
        (samples.docx({TYPES: "application/vnd.ms-office.vbaProject".encode("utf-16")}), "macros"),
        (samples.docx({TYPES: DOCX_MAIN + b"&#118;baProject"}), "damaged"),
        (samples.docx({TYPES: b"<!DOCTYPE x>" + DOCX_MAIN}), "damaged"),
        (samples.docx({TYPES: DOCX_MAIN}), "docx"),
        (
            samples.docx({TYPES: TEMPLATE % b"wordprocessingml.template.main+xml"}),
            "type-not-allowed",
        ),
        (samples.docx({TYPES: bytes(1024**2 + 1)}), "archive-bomb"),
        (samples.docx({"mimetype": b"x"}), "disguised"),
        (samples.docx({"[content_types].XML": DOCX_MAIN}), "archive-bomb"),
        (samples.odt({"Basic/Standard/Module1.xml": b"<x/>"}), "macros"),
        (samples.odt({"Scripts/python/a.xml": b"<x/>"}), "macros"),
        (
            samples.odt({"mimetype": b"application/vnd.oasis.opendocument.graphics"}),
            "type-not-allowed",
        ),
        (
            samples.odt({"META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
            "archive-encrypted",
        ),
        (samples.docx({"word/embeddings/a.xlsx": samples.xlsx(), "word/": b""}), "docx"),
        (samples.docx({"word/media/a.svg": samples.svg()}), "docx"),
        (samples.docx({"word/embeddings/oleObject1.bin": samples.ole()}), "docx"),
        (samples.docx({"word/embeddings/a.bin": samples.macro_docx()}), "macros"),
        (samples.docx({"word/embeddings/a.bin": samples.exe()}), "executable"),
        (samples.docx({"word/embeddings/a.bin": samples.msi()}), "executable"),
        (samples.docx({"word/embeddings/a.exe": b"text"}), "executable"),
        (samples.docx({"word/embeddings/a.zip": samples.zip_of({"a.js": b"x"})}), "script"),
    ],
)  # fmt: skip - one document a line
def test_the_members_decide(data: bytes, code: str) -> None:
    assert outcome(data) == code


def test_a_document_without_its_list_of_manifest_is_one() -> None:
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    assert outcome(samples.zip_of({"mimetype": kind, "content.xml": b"<x/>"})) == "ods"


def test_a_sealed_document_only_where_the_tenant_allows() -> None:
    sealed = samples.odt({"META-INF/manifest.xml": b"<manifest:encryption-data/>"})
    assert outcome(sealed, "a.odt", Rules(encrypted_archives=True)) == "odt"


def test_documents_in_documents_end_somewhere() -> None:
    data = samples.docx()
    for _ in range(3):
        data = samples.docx({"word/embeddings/a.docx": data})
    assert outcome(data) == "docx"
    assert outcome(samples.docx({"word/embeddings/a.docx": data})) == "archive-too-deep"


def test_old_documents_are_told_apart_however_large_their_directory_is() -> None:
    assert outcome(OLE_LARGE) == "type-not-allowed"
    late = samples.ole((*(f"Entry {number}" for number in range(40)), "_VBA_PROJECT_CUR"))
    assert outcome(late) == "macros"


def test_a_directory_that_runs_in_circles_or_nowhere_ends() -> None:
    circle = bytearray(OLE_LARGE)
    circle[512 + 8 : 512 + 12] = struct.pack("<I", 1)  # behind sector 2 comes 1 again
    assert outcome(bytes(circle)) == "type-not-allowed"
    nowhere = bytearray(OLE_LARGE)
    nowhere[48:52] = struct.pack("<I", 200_000)
    assert outcome(bytes(nowhere)) == "type-not-allowed"
    assert outcome(OLE_LARGE[:60]) == "damaged"
    assert outcome(compound.SIGNATURE) == "damaged"
