"""Office documents are ZIPs: which kind, whether they carry macros, and what is embedded."""

import re
from collections.abc import Callable

from siegel.files import compound, dangerous
from siegel.files.archives import Archive, Entry
from siegel.files.budget import HARMLESS_BYTES
from siegel.files.kinds import Kind, RefusedFile
from siegel.files.reading import Source
from siegel.files.unpacking import ZIP_START

CONTENT_TYPES = "[Content_Types].xml"
_OOXML_MAIN = {
    Kind.DOCX: b"wordprocessingml.document.main+xml",
    Kind.XLSX: b"spreadsheetml.sheet.main+xml",
    Kind.PPTX: b"presentationml.presentation.main+xml",
}
_ODF = {
    b"application/vnd.oasis.opendocument.text": Kind.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
}
_MACRO_NAME = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets/|basic/|scripts/)")
_MACRO_TYPE = re.compile(rb"macroenabled|vbaproject|macrosheet|intlmacro", re.IGNORECASE)
# The list of content types needs neither; with them, words could be hidden from a plain search.
_HIDING = re.compile(rb"<!|&")


def is_office(archive: Archive) -> bool:
    """It has the members that office programs look for first."""
    names = {entry.name.lower() for entry in archive.entries}
    return CONTENT_TYPES.lower() in names or "mimetype" in names


def office_kind(archive: Archive, *, encrypted: bool) -> Kind:
    """The kind of this document; raises RefusedFile for macros and for what is none of ours.

    `encrypted` accepts ODF whose members are sealed with a password.
    """
    entries = {entry.name.replace("\\", "/").lower(): entry for entry in archive.entries}
    if len(entries) != len(archive.entries):
        raise RefusedFile("archive-bomb")
    if any(_MACRO_NAME.search(name) for name in entries):
        raise RefusedFile("macros")
    if any(entry.is_encrypted for entry in archive.entries):
        raise RefusedFile("archive-encrypted")
    types, mimetype = entries.get(CONTENT_TYPES.lower()), entries.get("mimetype")
    if types and mimetype:
        raise RefusedFile("disguised")
    if types:
        return _ooxml_kind(_text(archive, types))
    kind = _ODF.get(_text(archive, entries["mimetype"]).strip())
    if kind is None:
        raise RefusedFile("type-not-allowed")
    manifest = entries.get("meta-inf/manifest.xml")
    sealed = manifest is not None and b"encryption-data" in _text(archive, manifest)
    if sealed and not encrypted:
        raise RefusedFile("archive-encrypted")
    return kind


def check_members(archive: Archive, inside: Callable[[Source], object]) -> None:
    """Look at every member; archives and documents among them are given to `inside`."""
    for entry in archive.entries:
        if dangerous.ending(entry.name) in dangerous.EXECUTABLE_ENDINGS:
            raise RefusedFile("executable")
        if entry.is_folder:
            continue
        with archive.opened(entry) as source:
            _check_member(source)
            if source.at(0, 4) == ZIP_START:
                inside(source)


def _check_member(source: Source) -> None:
    if dangerous.is_executable(source):
        raise RefusedFile("executable")
    if source.at(0, 8) == compound.SIGNATURE:
        reason = compound.refusal_of(source)
        # Charts and formulas are embedded this way by honest documents.
        if reason != "type-not-allowed":
            raise RefusedFile(reason)


def _ooxml_kind(types: bytes) -> Kind:
    types = types.replace(b"\0", b"")  # UTF-16 as well
    if _MACRO_TYPE.search(types):
        raise RefusedFile("macros")
    if _HIDING.search(types):
        raise RefusedFile("damaged")
    kinds = [kind for kind, main in _OOXML_MAIN.items() if main in types]
    if len(kinds) != 1:
        raise RefusedFile("type-not-allowed")
    return kinds[0]


def _text(archive: Archive, entry: Entry) -> bytes:
    """The whole of a member that is small in every honest document."""
    if entry.size > HARMLESS_BYTES:
        raise RefusedFile("archive-bomb")
    with archive.opened(entry) as source:
        return source.at(0, source.size)
