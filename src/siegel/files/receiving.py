"""Completing an upload: inspected, then scanned and sealed as one while it is read once more."""

import hashlib
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from siegel.audit import trail
from siegel.files import clamd, objects
from siegel.files.inspection import inspect
from siegel.files.kinds import Kind, RefusedFile, Rules
from siegel.files.models import FilePolicy, Scan, StoredFile, Upload
from siegel.files.parts import JoinedParts
from siegel.files.uploading import UploadGone, discard_upload, stored_parts
from siegel.tenancy.writing import write_transaction
from siegel.vault.sealed_streams import SealedWriter

log = logging.getLogger(__name__)
BLOCK_BYTES = 256 * 1024


class PartsMissing(Exception):
    """The upload is not complete; `numbers` says what is to be sent."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__()
        self.numbers = list(numbers)


@dataclass(frozen=True, slots=True)
class _Scanned:
    scan: Scan
    scanner: str = ""


class _Passing(io.RawIOBase):
    """Hands through what is read, and seals and hashes it on the way."""

    def __init__(self, source: io.RawIOBase, writer: SealedWriter) -> None:
        super().__init__()
        self._source = source
        self._writer = writer
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # narrower than io's
        count = self._source.readinto(buffer) or 0
        data = bytes(buffer[:count])
        self.sha256.update(data)
        self._writer.write(data)
        return count

    def to_the_end(self) -> None:
        while self.read(BLOCK_BYTES):
            pass


def complete_upload(upload: Upload) -> StoredFile:
    """The file that an upload's parts make; completing it again gives the same one.

    Raises PartsMissing, RefusedFile (the upload is discarded then), UploadGone, and
    objects.StoreUnavailable or ObjectLost (it is kept, to be tried again).
    """
    if upload.file is not None:
        return upload.file
    stored = set(stored_parts(upload))
    if missing := [n for n in range(1, upload.part_count + 1) if n not in stored]:
        raise PartsMissing(missing)
    policy = FilePolicy.of_tenant()
    rules = Rules(frozenset(Kind(kind) for kind in policy.kinds), policy.encrypted_archives)
    try:
        kind = inspect(io.BufferedReader(JoinedParts(upload)), upload.size, upload.name, rules)
        return _seal(upload, kind)
    except RefusedFile as refusal:
        _note_refusal(upload, refusal)
        discard_upload(upload)
        raise


def _seal(upload: Upload, kind: Kind) -> StoredFile:
    with objects.sealing(objects.Purpose.FILE) as (identifier, writer):
        passing = _Passing(JoinedParts(upload), writer)
        scanned = _scan(passing)
        passing.to_the_end()
        if scanned.scan == Scan.INFECTED:
            raise RefusedFile("infected")
    file = StoredFile(
        scope=upload.scope,
        uploader=upload.uploader,
        name=upload.name,
        size=upload.size,
        kind=kind,
        sha256=passing.sha256.hexdigest(),
        object=identifier,
        scan=scanned.scan,
        scanner=scanned.scanner,
    )
    try:
        return _commit(upload, file)
    except BaseException:
        objects.delete(identifier)
        raise


def _scan(passing: _Passing) -> _Scanned:
    if not clamd.is_configured():
        return _Scanned(Scan.NONE)
    try:
        verdict = clamd.scan(io.BufferedReader(passing, BLOCK_BYTES))
    except clamd.ScannerUnavailable as reason:
        log.warning("a file was not scanned, and waits: %s", reason)
        return _Scanned(Scan.WAITING)
    scan = Scan.INFECTED if verdict.infected else Scan.CLEAN
    return _Scanned(scan, verdict.scanner)


def _commit(upload: Upload, file: StoredFile) -> StoredFile:
    parts = list(upload.parts.values_list("object", flat=True))
    with write_transaction():
        current = Upload.objects.select_related("file").filter(pk=upload.pk).first()
        if current is None:
            raise UploadGone
        if current.file is not None:  # Completed twice at the same time: the first one counts.
            objects.delete(file.object)
            return current.file
        file.save(force_insert=True)
        current.file = file
        current.save(update_fields=["file", "touched_at"])
        current.parts.all().delete()
        trail.append([_received(file)])
    for identifier in parts:
        objects.delete(identifier)
    return file


def _received(file: StoredFile) -> trail.Event:
    detail = {
        "kind": file.kind, "size": file.size, "sha256": file.sha256, "scan": file.scan,
        "scope": str(file.scope),
    }  # fmt: skip
    return trail.Event(file.uploader, "file.received", f"file:{file.pk}", detail)


def _note_refusal(upload: Upload, refusal: RefusedFile) -> None:
    detail = {"code": refusal.code, "size": upload.size, "scope": str(upload.scope)}
    with write_transaction():
        trail.append([trail.Event(upload.uploader, "file.refused", f"upload:{upload.pk}", detail)])
