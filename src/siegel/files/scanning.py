"""Scanning a kept file: again when it could not be done before, and when signatures change."""

from siegel.audit import trail
from siegel.files import clamd, objects
from siegel.files.models import Scan, StoredFile
from siegel.tenancy.writing import write_transaction


def scan_again(file: StoredFile) -> bool:
    """Scan a kept file; True if what may be done with it has changed.

    Raises clamd.ScannerUnavailable (the file stays as it is: blocked if it was), and
    objects.StoreUnavailable or ObjectLost.
    """
    with objects.opened(file.object, objects.Purpose.FILE) as source:
        verdict = clamd.scan(source)
    with write_transaction():
        current = StoredFile.objects.filter(pk=file.pk).first()
        if current is None:  # Deleted meanwhile.
            return False
        before, state_before = current.scan, current.state
        current.scan = Scan.INFECTED if verdict.infected else Scan.CLEAN
        current.scanner, current.signature = verdict.scanner, verdict.signature
        current.save(update_fields=["scan", "scanner", "signature"])
        if current.scan != before:
            detail = {"scan": current.scan, "before": before, "signature": verdict.signature}
            trail.append([trail.Event("scanner", "file.scanned", f"file:{file.pk}", detail)])
    file.scan = current.scan
    return file.state != state_before


def to_be_scanned(scanner: str) -> list[str]:
    """Ids of files that this scanner, by its version line, has not seen; newest first."""
    found = StoredFile.objects.exclude(scanner=scanner).exclude(scan=Scan.INFECTED)
    return [str(pk) for pk in found.order_by("-received_at").values_list("pk", flat=True)]
