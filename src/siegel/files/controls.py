"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.files import scan_truth, sealed_at_rest

CONTROLS = [
    Control(
        id="enc-rest-attachments",
        claim=Text(
            de="Jede übergebene Datei liegt versiegelt: nur der Schlüssel ihrer Organisation "
            "öffnet sie, und nur an ihrem Platz.",
            en="Every file handed over lies sealed: only its organisation's key opens it, and "
            "only in its place.",
        ),
        falsifier=Text(
            de="In einem Objekt findet sich ein bekannter Text lesbar, der Schlüssel einer anderen "
            "Organisation öffnet es, oder es öffnet sich an einem anderen Platz.",
            en="An object holds a known text readable, another organisation's key opens it, or it "
            "opens in another place.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Who copies the store without the keys has nothing to read, and an object that was "
            "exchanged for another does not open. Of what people handed over only the newest 20 "
            "files, 20 pictures and 20 parts of each organisation are opened, up to 8 MiB of each: "
            "older ones and what lies behind are not read again. It does not say that nobody "
            "reads along where key and objects lie on one machine."
        ),
        checking=(
            "Hands a text over at a probe tenant as people do, looks for it in every raw object, "
            "tries another tenant's key, another purpose, and the object moved to another tenant; "
            "then opens the newest 20 files, pictures and parts of every tenant (up to 8 MiB of "
            "each) and compares the files' lengths with their rows; what was deleted meanwhile is "
            "no fault. A tenant that does not open is one. Canary: In turn: stores the probe's "
            "object as it came, a picture without sealing it, and an object that was cut. Each "
            "must be noticed."
        ),
        breaking="Copy an object over another one.",
        remedy="Restore the objects from a backup; find out who can write to the data folder.",
        check=sealed_at_rest.examine_attachments,
        canary=sealed_at_rest.plant_each,
    ),
    Control(
        id="x-scanning-told",
        claim=Text(
            de="Eine Datei heißt nur dann geprüft, wenn ein Virenscanner sie geprüft hat.",
            en="A file is called scanned only if a virus scanner has scanned it.",
        ),
        falsifier=Text(
            de="Eine Datei heißt geprüft, die kein Virenscanner gesehen hat, oder die Testdatei "
            "der Virenscanner gilt als harmlos.",
            en="A file is called scanned that no scanner has seen, or the scanners' test file "
            "passes for harmless.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "What people read beside a file is what happened to it; where no scanner is "
            "configured, both sides read that it was not scanned. It does not say that a scanned "
            "file is harmless: a scanner finds what it knows."
        ),
        checking="Hands a harmless text and the scanners' test file (EICAR) to a probe tenant: "
        'without a scanner both are "not scanned"; with one the first is clean and the second '
        "refused. A scanner that does not answer is a fault. Then looks in every tenant for files "
        "called scanned by no scanner. Canary: Calls the probe's file clean without a scanner.",
        breaking="Stop clamd while `SIEGEL_CLAMD` names it.",
        remedy="Start it; waiting files are scanned by themselves.",
        check=scan_truth.examine_scans,
        canary=scan_truth.plant_each,
    ),
]
