"""What runs later or regularly: scanning again, and sweeping up what nobody comes back for."""

import datetime as dt
import uuid

from siegel.conversations.files import tell_scan, unsent_files_older_than
from siegel.files import clamd
from siegel.files.deletion import delete_file
from siegel.files.models import StoredFile
from siegel.files.scanning import scan_again, to_be_scanned
from siegel.files.sweeping import sweep_objects, sweep_uploads
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue, enqueue_for_all, job, periodic

_followed = ""


@job(name="files.scan", attempts=12)
def scan_file(file: str) -> None:
    """Scan one kept file, and tell those who see it if that changes what may be done with it."""
    found = StoredFile.objects.filter(pk=uuid.UUID(file)).first()
    if found is not None and scan_again(found):
        tell_scan(found)


def scan_later(file: StoredFile) -> None:
    """The scanner did not answer: ask it again, soon at first."""
    enqueue(scan_file, served(), str(file.pk))


@job(name="files.rescan", attempts=3)
def rescan(scanner: str) -> None:
    """Scan every file of the tenant that this scanner, by its version line, has not seen."""
    for file in to_be_scanned(scanner):
        enqueue(scan_file, served(), file)


@periodic(name="files.follow-signatures", every=dt.timedelta(minutes=1))
def follow_signatures() -> None:
    """Have all files rescanned when the scanner has other signatures, or answers again."""
    global _followed  # noqa: PLW0603 - what this process has followed; a new one follows anew
    if not clamd.is_configured():
        return
    try:
        scanner = clamd.scanner_version()
    except clamd.ScannerUnavailable:
        _followed = ""
        return
    if scanner != _followed:
        enqueue_for_all(rescan, scanner)
        _followed = scanner


@job(name="files.sweep", attempts=3)
def sweep() -> None:
    """Remove abandoned uploads, files that were never sent, and objects that no row knows."""
    sweep_uploads()
    for file in unsent_files_older_than(days=1):
        delete_file(file, "sweeper")
    sweep_objects()


@periodic(name="files.sweep-all", every=dt.timedelta(hours=1))
def sweep_all() -> None:
    """Sweep every tenant."""
    enqueue_for_all(sweep)
