"""The printable sheet with which a lost KEK file is written again."""

import hashlib
from pathlib import Path

from siegel.vault.private_files import replace_private

SHEET = """\
SIEGEL: WIEDERHERSTELLUNGSBLATT / RECOVERY SHEET

DE  Mit diesem Schlüssel sind die Schlüssel aller Mandanten verpackt. Geht er verloren, sind alle
    Daten verloren. Drucken Sie dieses Blatt, verwahren Sie es verschlossen an einem anderen Ort
    und löschen Sie dann diese Datei.
    Wiederherstellen: Schreiben Sie den Text zwischen den Linien unverändert in die Datei
    {path}
    und geben Sie ihr den Modus 0600. Ihr SHA-256 beginnt dann mit {fingerprint}.

EN  The keys of all tenants are wrapped with this key. If it is lost, all data is lost. Print this
    sheet, keep it locked away in another place, then delete this file.
    To recover: write the text between the lines unchanged into the file
    {path}
    and give it the mode 0600. Its SHA-256 then begins with {fingerprint}.

{line}
{keyset}
{line}
"""
LINE = "-" * 72


def write(kek_file: Path, keyset: str) -> Path:
    """Write the sheet (0600) beside the KEK file, over an older one, and return its path."""
    path = sheet_of(kek_file)
    fingerprint = hashlib.sha256(keyset.encode()).hexdigest()[:16]
    text = SHEET.format(path=kek_file, fingerprint=fingerprint, keyset=keyset, line=LINE)
    replace_private({path: text})
    return path


def sheet_of(kek_file: Path) -> Path:
    """Where the sheet lies until somebody has locked it away."""
    return kek_file.with_name("recovery-sheet.txt")


def keyset_in(sheet: str) -> str:
    """The text between the lines of a sheet, as it belongs into the KEK file."""
    return sheet.split(f"{LINE}\n")[1].removesuffix("\n")
