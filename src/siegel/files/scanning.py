"""Scanning a kept file: again when it could not be done before, and when signatures change."""

import io

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
        verdict = clamd.scan(io.BufferedReader(source))  # type: ignore[type-var] # is a raw stream
    scan = Scan.INFECTED if verdict.infected else Scan.CLEAN
    with write_transaction():
        before = StoredFile.objects.filter(pk=file.pk).values_list("scan", flat=True).first()
        if before is None:  # Deleted meanwhile.
            return False
        StoredFile.objects.filter(pk=file.pk).update(
            scan=scan, scanner=verdict.scanner, signature=verdict.signature
        )
        if scan != before:
            detail = {"scan": scan, "before": before, "signature": verdict.signature}
            trail.append([trail.Event("scanner", "file.scanned", f"file:{file.pk}", detail)])
    file.scan = scan
    return (scan == Scan.CLEAN) != (before in {Scan.CLEAN, Scan.NONE}) or (
        scan == Scan.INFECTED
    ) != (before == Scan.INFECTED)


def to_be_scanned(scanner: str) -> list[str]:
    """Ids of files that this scanner, by its version line, has not seen; newest first."""
    found = StoredFile.objects.exclude(scanner=scanner).exclude(scan=Scan.INFECTED)
    return [str(pk) for pk in found.order_by("-received_at").values_list("pk", flat=True)]
