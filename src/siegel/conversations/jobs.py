"""What runs later or regularly: scanning again, and sweeping up what nobody comes back for."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Mapping

from siegel.conversations import (
    answer_notices,
    client_links,  # noqa: F401 - its letters are registered with these
    proving,  # noqa: F401 - as above
    releasing,  # noqa: F401 - its jobs are registered with these
    retention,
    search_jobs,  # noqa: F401 - as above
)
from siegel.conversations.files import delete_unsent_files, tell_scan
from siegel.conversations.snoozing import wake_due_everywhere
from siegel.files import clamd
from siegel.files.models import StoredFile
from siegel.files.scanning import scan_again, to_be_scanned
from siegel.files.sweeping import sweep_objects, sweep_uploads
from siegel.identity.mailing import is_configured
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue, enqueue_for_all, job, periodic
from siegel.tenancy.models import Job

_followed = ""


@job(name="files.scan", attempts=12)
def scan_file(file: str, before: str) -> None:
    """Scan one kept file, and tell those who see it if more is known of it than `before`.

    `before` is what was known when the job was made: a process that was killed between the scan
    and the telling has changed the row, and whoever runs the job again still tells.
    """
    found = StoredFile.objects.filter(pk=uuid.UUID(file)).first()
    if found is not None and (scan_again(found) or found.scan != before):
        tell_scan(found)


def scan_later(file: StoredFile) -> None:
    """The scanner did not answer: ask it again, soon at first."""
    _scan_soon({str(file.pk): file.scan})


def _scan_soon(files: Mapping[str, str]) -> None:
    """Have files scanned, given what is known of them; one with a job under way needs no other."""
    open_jobs = Job.objects.filter(
        name=scan_file.name, tenant=served().id, finished_at=None
    ).values_list("arguments", flat=True)
    under_way = {arguments[0] for arguments in open_jobs}
    for file, scan in files.items():
        if file not in under_way:
            enqueue(scan_file, served(), file, str(scan))


@job(name="files.rescan", attempts=3)
def rescan(scanner: str) -> None:
    """Scan every file of the tenant that this scanner, by its version line, has not seen."""
    known = {str(pk): scan for pk, scan in StoredFile.objects.values_list("pk", "scan")}
    # One that came or went between the two questions is left to the next time.
    _scan_soon({file: known[file] for file in to_be_scanned(scanner) if file in known})


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
    """Remove abandoned uploads, files that were never sent, and objects that no row knows.

    Also has scanned what this scanner has not seen: what missed a change of signatures because
    its tenant was suspended, and what still waits after all attempts.
    """
    _scan_unseen()
    sweep_uploads()
    delete_unsent_files(days=1)
    sweep_objects()


def _scan_unseen() -> None:
    # While the scanner is away, follow_signatures waits for it.
    with contextlib.suppress(clamd.ScannerUnavailable):
        if clamd.is_configured():
            rescan(clamd.scanner_version())


@periodic(name="files.sweep-all", every=dt.timedelta(hours=1))
def sweep_all() -> None:
    """Sweep every tenant."""
    enqueue_for_all(sweep)


@job(name="retention.delete", attempts=3, lease=dt.timedelta(hours=1))
def delete_by_rule() -> None:
    """Delete what the tenant's rule says; what does not fit into one run is left to another."""
    if retention.delete_due():
        enqueue(delete_by_rule, served())


@periodic(name="retention.delete-everywhere", every=dt.timedelta(days=1))
def delete_by_rule_everywhere() -> None:
    """Do it in every tenant."""
    enqueue_for_all(delete_by_rule)


@periodic(name="conversations.wake", every=dt.timedelta(minutes=1))
def wake_what_is_due() -> None:
    """Have back what was put aside until now."""
    wake_due_everywhere()


@job(name="conversations.tell-of-answers", attempts=1)
def tell_of_answers() -> None:
    """Write to the tenant's clients who have not read an answer."""
    answer_notices.tell_of_answers()


@periodic(name="conversations.tell-everywhere", every=dt.timedelta(minutes=5))
def tell_of_answers_everywhere() -> None:
    """Do it in every tenant, if there is a mail server."""
    if is_configured():
        enqueue_for_all(tell_of_answers)
