"""Scanning a kept file: again when it could not be done before, and when signatures change."""

from siegel.audit import trail
from siegel.files import clamd, objects
from siegel.files.models import Scan, StoredFile
from siegel.tenancy.writing import write_transaction

TRIES = 3


def scan_again(file: StoredFile) -> bool:
    """Scan a kept file; True if what is known of it has changed.

    A verdict counts only if no other one came while it was found: a slow scan with older
    signatures must not undo what a newer one has said. Raises clamd.ScannerUnavailable (the file
    stays as it is: blocked if it was), and objects.StoreUnavailable or ObjectLost.
    """
    for _ in range(TRIES):
        seen = StoredFile.objects.filter(pk=file.pk).first()
        if seen is None:  # Deleted meanwhile.
            return False
        with objects.opened(seen.object, objects.Purpose.FILE) as source:
            verdict = clamd.scan(source)
        if _note(seen, verdict):
            changed = seen.scan != file.scan
            file.scan = seen.scan
            return changed
    raise clamd.ScannerUnavailable("Other scans of the same file kept coming in between.")


def _note(seen: StoredFile, verdict: clamd.Verdict) -> bool:
    """Store a verdict unless the row is not what it was before the scan; whether it was stored."""
    before = seen.scan
    scan = Scan.INFECTED if verdict.infected else Scan.CLEAN
    with write_transaction():
        unchanged = StoredFile.objects.filter(pk=seen.pk, scan=before, scanner=seen.scanner)
        if not unchanged.update(scan=scan, scanner=verdict.scanner, signature=verdict.signature):
            return False
        if scan != before:
            detail = {"scan": scan, "before": before, "signature": verdict.signature}
            trail.append([trail.Event("scanner", "file.scanned", f"file:{seen.pk}", detail)])
    seen.scan = scan
    return True


def to_be_scanned(scanner: str) -> list[str]:
    """Ids of files that this scanner, by its version line, has not seen; newest first."""
    found = StoredFile.objects.exclude(scanner=scanner).exclude(scan=Scan.INFECTED)
    return [str(pk) for pk in found.order_by("-received_at").values_list("pk", flat=True)]
