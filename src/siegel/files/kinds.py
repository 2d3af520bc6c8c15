"""The kinds of files that may be handed over, and how a file is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file is by its content."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    TXT = "txt"
    CSV = "csv"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    EML = "eml"
    ZIP = "zip"


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

MEDIA_TYPES: dict[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.GIF: "image/gif",
    Kind.HEIC: "image/heic",
    Kind.TXT: "text/plain",
    Kind.CSV: "text/csv",
    Kind.DOCX: f"{_OOXML}.wordprocessingml.document",
    Kind.XLSX: f"{_OOXML}.spreadsheetml.sheet",
    Kind.PPTX: f"{_OOXML}.presentationml.presentation",
    Kind.ODT: f"{_ODF}.text",
    Kind.ODS: f"{_ODF}.spreadsheet",
    Kind.EML: "message/rfc822",
    Kind.ZIP: "application/zip",
}

# For the file picker, and to compare puremagic's opinion; a file's own ending decides nothing here.
EXTENSIONS: dict[Kind, tuple[str, ...]] = {
    Kind.PDF: (".pdf",),
    Kind.JPEG: (".jpg", ".jpeg"),
    Kind.PNG: (".png",),
    Kind.WEBP: (".webp",),
    Kind.GIF: (".gif",),
    Kind.HEIC: (".heic", ".heif"),
    Kind.TXT: (".txt",),
    Kind.CSV: (".csv",),
    Kind.DOCX: (".docx",),
    Kind.XLSX: (".xlsx",),
    Kind.PPTX: (".pptx",),
    Kind.ODT: (".odt",),
    Kind.ODS: (".ods",),
    Kind.EML: (".eml",),
    Kind.ZIP: (".zip",),
}

IMAGES = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF, Kind.HEIC})
PREVIEWED = IMAGES | {Kind.PDF}


class RefusedFile(ValueError):
    """The file is not accepted; `code` says why, `refusal_texts` says it to a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tenant accepts."""

    allowed: frozenset[Kind] = frozenset(Kind)
    encrypted_archives: bool = False
