"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.files.scan_truth import examine_scans, plant_unseen_scan
from siegel.files.sealed_at_rest import examine_attachments, plant_each

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
        check=examine_attachments,
        canary=plant_each,
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
        check=examine_scans,
        canary=lambda: examine_scans(plant_unseen_scan),
    ),
]
