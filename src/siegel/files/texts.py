"""Plain text: readable to the last character, and only text."""

import codecs
import re

from siegel.files.kinds import RefusedFile
from siegel.files.polyglots import begins_with_markup, has_header, has_page
from siegel.files.reading import Source

# Unicode's category Cc, tab, line feed, form feed and carriage return aside.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SCRIPT = re.compile(
    r"#!|@echo|%!PS|Windows Registry Editor|REGEDIT4|\[InternetShortcut\]|\[Desktop Entry\]"
    r"|\[autorun\]|<\?mso-application",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\{\\rt|<\?xml|<!ENTITY", re.IGNORECASE)
_UTF16 = {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}


def is_text(source: Source) -> bool:
    """UTF-8, UTF-16 with its mark, or Windows-1252, without control characters."""
    utf16 = source.at(0, 2) in _UTF16
    for encoding in ["utf-16"] if utf16 else ["utf-8", "cp1252"]:
        try:
            return _is_clean(source, encoding)
        except UnicodeDecodeError:
            continue
    return False


def check_text(source: Source) -> None:
    """Refuse text that a program would run or show as a page, by how it begins."""
    head = source.head()
    encoding = "utf-16" if head[:2] in _UTF16 else "utf-8"
    start = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n\f")
    if _SCRIPT.match(start) or begins_with_markup(start) or has_page(start):
        raise RefusedFile("script")
    if has_header(head):
        raise RefusedFile("disguised")
    if _OTHER.match(start):
        raise RefusedFile("type-not-allowed")


def _is_clean(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    clean = not any(_NO_TEXT.search(decoder.decode(block)) for block in source.blocks())
    # What follows a control character does not matter any more, so neither does its decoding.
    return clean and decoder.decode(b"", final=True) == ""
