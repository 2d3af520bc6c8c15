"""A second file in the first one: what opens as one thing here and as another there."""

import re

from siegel.files.dangerous import is_portable_executable
from siegel.files.kinds import RefusedFile
from siegel.files.reading import Source

# Images inside a PDF and thumbnails inside an image are usual, so JPEG is not among them.
_HEADERS = re.compile(
    rb"%PDF-\d|PK\x03\x04|\x7fELF|MZ|GIF8[79]a|\x89PNG\r\n\x1a\n|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    rb"|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"
)
_TAG = (
    "<(?:!doctype|html|head|body|script|svg|iframe|frameset|object|embed|style|img|link|meta|form"
    "|base|title|applet|table|div|job)[\\s/>:]"
)
_MARKUP = re.compile(rf"{_TAG}|<\?php|javascript:", re.IGNORECASE)
_MARKUP_START = re.compile(rf"{_TAG}|<!--|<%|<\?(?:php|=)", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html|script|svg|iframe)[\s/>:]|<\?php", re.IGNORECASE)
_ZIP_END = b"PK\x05\x06"


def has_markup(data: bytes) -> bool:
    """HTML, SVG or a script in it. XMP packets (`<?xpacket`, `<x:xmpmeta`) are neither."""
    return _MARKUP.search(data.decode("latin-1")) is not None


def begins_with_markup(text: str) -> bool:
    """What a browser takes for a page by how it begins."""
    return _MARKUP_START.match(text) is not None


def has_page(text: str) -> bool:
    """A page or script somewhere in a text; single harmless tags are quoted in texts, and pass."""
    return _PAGE.search(text) is not None


def has_header(data: bytes) -> bool:
    """The header of another file begins somewhere in this."""
    return any(
        found[0] != b"MZ" or is_portable_executable(data[found.start() :])
        for found in _HEADERS.finditer(data)
    )


def check_single(source: Source, end: int) -> None:
    """Refuse a PDF or image that is something else as well; its own data stop at `end`."""
    _, tail = source.tail()
    behind = source.at(end, 1024)
    if _ZIP_END in tail or has_header(source.at(1, 1536)) or has_header(behind):
        raise RefusedFile("disguised")
    if has_markup(behind):
        raise RefusedFile("disguised")


def check_no_markup(source: Source) -> None:
    """Refuse an image that a browser could take for a page."""
    if has_markup(source.head()):
        raise RefusedFile("markup-in-image")
