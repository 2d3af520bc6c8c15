"""Completing an upload: inspected, then scanned and sealed as one while it is read once more."""

import hashlib
import io
import logging
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from django.db import DatabaseError

from siegel.audit import trail
from siegel.files import clamd, objects
from siegel.files.inspection import inspect
from siegel.files.kinds import Kind, RefusedFile, Rules
from siegel.files.models import FilePolicy, Scan, StoredFile, Upload
from siegel.files.parts import JoinedParts
from siegel.files.quotas import check_room_again
from siegel.files.uploading import UploadGone, discard_upload, remove_objects
from siegel.tenancy.writing import write_transaction
from siegel.vault.sealed_streams import SealedWriter

log = logging.getLogger(__name__)
BLOCK_BYTES = 256 * 1024
WAIT_SECONDS = 10.0
_guard = threading.Lock()
# A lock goes by itself when nobody holds or awaits it.
_locks: WeakValueDictionary[uuid.UUID, threading.Lock] = WeakValueDictionary()


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
    objects.StoreUnavailable or ObjectLost (it is kept, to be tried again). Another process may
    complete or cancel it at any moment: what fails is believed only if the upload is still open.
    """
    with _alone(upload.pk):
        current, file = _as_it_is(upload)
        if file is not None:
            return file
        try:
            return _receive(current)
        except (PartsMissing, RefusedFile, objects.ObjectLost) as problem:
            if isinstance(problem, RefusedFile) and discard_upload(
                current, because=_refused(current, problem)
            ):
                raise
            _, file = _as_it_is(current)
            if file is None:
                raise
            return file


@contextmanager
def _alone(upload: uuid.UUID) -> Iterator[None]:
    """One completion of an upload at a time in this process; others wait, but not for long.

    Each holds a thread, and whoever asks again and again must not hold them all.
    """
    with _guard:
        lock = _locks.get(upload)
        if lock is None:
            lock = _locks[upload] = threading.Lock()
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise objects.StoreUnavailable("It is being completed.")
    try:
        yield
    finally:
        lock.release()


def _as_it_is(upload: Upload) -> tuple[Upload, StoredFile | None]:
    """The upload as it is now, and its file if it is complete; raises UploadGone."""
    current = Upload.objects.select_related("file").filter(pk=upload.pk).first()
    if current is None:
        raise UploadGone
    return current, current.file


def _receive(upload: Upload) -> StoredFile:
    parts = dict(upload.parts.order_by("number").values_list("number", "object"))
    if missing := [n for n in range(1, upload.part_count + 1) if n not in parts]:
        raise PartsMissing(missing)
    identifiers = list(parts.values())
    policy = FilePolicy.of_tenant()
    rules = Rules(frozenset(Kind(kind) for kind in policy.kinds), policy.encrypted_archives)
    joined = io.BufferedReader(JoinedParts(identifiers, upload.size))
    kind = inspect(joined, upload.size, upload.name, rules)
    file = _seal(upload, kind, identifiers)
    # After the commit and apart from it: a part that stays harms nobody.
    remove_objects(identifiers)
    return file


def _seal(upload: Upload, kind: Kind, parts: Sequence[uuid.UUID]) -> StoredFile:
    with objects.sealing(objects.Purpose.FILE) as (identifier, writer):
        passing = _Passing(JoinedParts(parts, upload.size), writer)
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
    finally:
        _remove_unless_named(identifier)


def _remove_unless_named(identifier: uuid.UUID) -> None:
    """Remove an object that no row names: whatever went wrong, a committed file keeps its own."""
    try:
        if not StoredFile.objects.filter(object=identifier).exists():
            objects.delete(identifier)
    except (DatabaseError, objects.StoreUnavailable) as error:
        log.warning("object %s is left to the sweeper: %s", identifier, type(error).__name__)


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
    with write_transaction():
        current, before = _as_it_is(upload)
        if before is not None:  # Another process was quicker: its file counts.
            return before
        check_room_again(current)
        file.save(force_insert=True)
        current.file = file
        current.save(update_fields=["file", "touched_at"])
        current.parts.all().delete()
        trail.append([_received(file)])
    return file


def _received(file: StoredFile) -> trail.Event:
    detail = {
        "kind": file.kind, "size": file.size, "sha256": file.sha256, "scan": file.scan,
        "scope": str(file.scope),
    }  # fmt: skip
    return trail.Event(file.uploader, "file.received", f"file:{file.pk}", detail)


def _refused(upload: Upload, refusal: RefusedFile) -> trail.Event:
    detail = {"code": refusal.code, "size": upload.size, "scope": str(upload.scope)}
    return trail.Event(upload.uploader, "file.refused", f"upload:{upload.pk}", detail)
