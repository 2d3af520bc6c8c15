"""OLE compound files (DOC, XLS, MSG, MSI): never accepted, but told apart in the refusal.

The format: [MS-CFB]. Only the directory is read; a chain of sectors is followed at most
`MOST_SECTORS` far, and each sector once.
"""

import struct

from siegel.files.reading import Source

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_SECTORS = 4096
_LAST = 0xFFFFFFFA  # this and what is above are marks, not numbers of sectors
_MACROS = frozenset({"vba", "macros", "_vba_project", "_vba_project_cur"})
# The class of Windows' installation packages and patches.
_INSTALLERS = {
    bytes.fromhex("84100c0000000000c000000000000046"),
    bytes.fromhex("86100c0000000000c000000000000046"),
}


def refusal_of(source: Source) -> str:
    """Why this compound file is refused."""
    try:
        entries = _directory(source)
    except (struct.error, IndexError):
        return "damaged"
    names = {_name(entry) for entry in entries}
    if any(entry[80:96] in _INSTALLERS for entry in entries):
        return "executable"
    return "macros" if names & _MACROS else "type-not-allowed"


def _name(entry: bytes) -> str:
    (length,) = struct.unpack_from("<H", entry, 64)
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()


def _directory(source: Source) -> list[bytes]:
    """All entries of the directory, 128 bytes each."""
    header = source.at(0, 512)
    shift = 12 if header[30:32] == b"\x0c\x00" else 9
    (sector,) = struct.unpack_from("<I", header, 48)
    seen: set[int] = set()
    entries: list[bytes] = []
    while sector < _LAST and sector not in seen and len(seen) < MOST_SECTORS:
        seen.add(sector)
        data = source.at((sector + 1) << shift, 1 << shift)
        entries += [data[start : start + 128] for start in range(0, len(data) - 127, 128)]
        sector = _next(source, header, shift, sector)
    return entries


def _next(source: Source, header: bytes, shift: int, sector: int) -> int:
    """The sector behind this one, from the table; 0xFFFFFFFE and alike end the chain.

    Only the 109 parts of the table that the header names are known here (7 MB, or 450 MB with
    large sectors); a directory that lies further back counts as ended.
    """
    part, place = divmod(sector, 1 << (shift - 2))
    if part >= 109:
        return _LAST
    (table,) = struct.unpack_from("<I", header, 76 + 4 * part)
    found: int = struct.unpack("<I", source.at(((table + 1) << shift) + 4 * place, 4))[0]
    return found
