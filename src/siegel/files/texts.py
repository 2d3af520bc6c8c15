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
# DOS ends a text with it.
_END_OF_TEXT = b"\x1a"


def is_text(source: Source) -> bool:
    """UTF-8, UTF-16 with its mark, or an encoding of one byte a sign, without control characters.

    Which one of the latter it is (Windows-1252, CP850 or another) cannot be told from outside; in
    CP437 each byte above ASCII is a sign, as it is in one or the other of them.
    """
    utf16 = source.at(0, 2) in _UTF16
    for encoding in ["utf-16"] if utf16 else ["utf-8", "cp437"]:
        try:
            return _is_clean(source, encoding)
        except UnicodeDecodeError:
            continue
    return False


def check_text(source: Source) -> None:
    """Refuse text that a program would run or show as a page, by how it begins."""
    start = start_of_text(source)
    if _SCRIPT.match(start) or begins_with_markup(start) or has_page(start):
        raise RefusedFile("script")
    if has_header(source.head()):
        raise RefusedFile("disguised")
    if _OTHER.match(start):
        raise RefusedFile("type-not-allowed")


def start_of_text(source: Source) -> str:
    """The first KiB, without marks and blanks at its beginning."""
    head = source.head()
    encoding = "utf-16" if head[:2] in _UTF16 else "utf-8"
    return head.decode(encoding, "replace").lstrip("\ufeff \t\r\n\f")


def _is_clean(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    left = source.size
    for block in source.blocks():
        left -= len(block)
        text = block if left else block.removesuffix(_END_OF_TEXT)
        # What follows a control character does not matter any more, so neither does its decoding.
        if _NO_TEXT.search(decoder.decode(text)):
            return False
    return decoder.decode(b"", final=True) == ""
