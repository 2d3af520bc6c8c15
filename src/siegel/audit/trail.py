"""The one hash chain: append inside a transaction, verify from the start."""

import contextlib
import datetime as dt
import hashlib
import json
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit.models import Entry, TrailEntry

GENESIS = "0" * 64
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Fault(StrEnum):
    """In which way a chain is broken."""

    DOES_NOT_FOLLOW = "does-not-follow"
    ENDS_BEFORE = "ends-before"
    OTHER_ROW = "other-row"


_FAULTS = {
    Fault.DOES_NOT_FOLLOW: "The trail does not hold at sequence number {}.",
    Fault.ENDS_BEFORE: "The trail ends before sequence number {} of the kept head.",
    Fault.OTHER_ROW: "The trail has another row at sequence number {} of the kept head.",
}


class BrokenChain(ValueError):
    """A row was changed, removed or inserted; `seq` is the first bad sequence number."""

    def __init__(self, fault: Fault, seq: int) -> None:
        super().__init__(_FAULTS[fault].format(seq))
        self.fault = fault
        self.seq = seq


class NotAHead(ValueError):
    """A text is not `number:digest`."""


class Head(NamedTuple):
    """Where a chain ends: the last row's number and its digest."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """A head from the form that `str` gives it; raises NotAHead."""
        if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
            raise NotAHead("A head is a sequence number, a colon, and 64 digits of a digest.")
        seq, digest = text.split(":")
        return cls(int(seq), digest)


@dataclass(frozen=True, slots=True)
class Event:
    """An event to record: identifiers and facts only, never content and never a secret."""

    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)


def digest_of(entry: Entry) -> str:
    """SHA-256 (FIPS 180-4) over the row as canonical JSON: sorted keys, no spaces, UTF-8."""
    event = Event(entry.actor, entry.action, entry.subject, entry.detail)
    return _digest(entry.seq, canonical_time(entry.at), event, entry.previous)


def append(events: Iterable[Event], trail: type[Entry] = TrailEntry) -> None:
    """Add events behind the head of the trail.

    Call it inside the transaction that does what the events tell, and that holds the tenant's
    write lock: the head is read here, so that another writer before us is harmless. Plain SQL,
    because every message passes here.
    """
    connection = connections[router.db_for_write(trail)]
    table = trail._meta.db_table
    now = timezone.now()
    at, canonical = connection.ops.adapt_datetimefield_value(now), canonical_time(now)
    rows = []
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT seq, digest FROM "{table}" ORDER BY seq DESC LIMIT 1')  # noqa: S608 - our own table
        seq, previous = cursor.fetchone() or (0, GENESIS)
        for event in events:
            seq += 1
            digest = _digest(seq, canonical, event, previous)
            detail = json.dumps(event.detail)
            rows.append(
                (seq, at, event.actor, event.action, event.subject, detail, previous, digest)
            )
            previous = digest
        cursor.executemany(
            f'INSERT INTO "{table}" (seq, at, actor, action, subject, detail, previous, digest)'  # noqa: S608 - as above
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def in_order(after: int | None = None, limit: int | None = None) -> Iterator[TrailEntry]:
    """The tenant's rows as `verify` wants them, all or a number of those behind one.

    Raises ValueError or TypeError exactly at a row that Django cannot read.
    """
    rows = TrailEntry.objects.order_by("seq")
    last = after
    try:
        for entry in _behind(rows, last)[:limit].iterator():
            last = entry.seq
            yield entry
    except (ValueError, TypeError):
        # Drivers read ahead of what they hand out: from here on each row is asked for singly.
        while single := _behind(rows, last).first():
            last = single.seq
            yield single


def _behind(rows: QuerySet[TrailEntry], seq: int | None) -> QuerySet[TrailEntry]:
    return rows if seq is None else rows.filter(seq__gt=seq)


def verify(
    entries: Iterable[Entry], *, kept: Head | None = None, after: Head | None = None
) -> Head:
    """Recompute the chain in order and return its head, `Head(0, GENESIS)` if it is empty.

    With `after` the entries are those behind a row that is believed: they must follow from it.
    Raises BrokenChain at the first row that does not follow from the one before, and if the chain
    does not pass through a head that was kept: without one, a cut tail cannot be found.
    """
    seq, previous = after or Head(0, GENESIS)
    passed = kept is None or kept == Head(0, GENESIS)
    with contextlib.closing(_readable(entries)) as rows:
        for entry in rows:
            seq += 1
            if entry is None or not _follows(entry, seq, previous):
                raise BrokenChain(Fault.DOES_NOT_FOLLOW, seq)
            previous = entry.digest
            passed = passed or kept == Head(seq, previous)
    if kept is not None and not passed:
        raise BrokenChain(Fault.ENDS_BEFORE if seq < kept.seq else Fault.OTHER_ROW, kept.seq)
    return Head(seq, previous)


def head(trail: type[Entry] = TrailEntry) -> Head:
    """The newest row's number and digest as they are stored, `Head(0, GENESIS)` if there is none.

    To be kept apart from the database: `verify` finds by it whether rows were cut off since.
    """
    newest = trail._default_manager.order_by("-seq").values_list("seq", "digest").first()
    return Head(*newest) if newest else Head(0, GENESIS)


def canonical_time(at: dt.datetime) -> str:
    """A time as the digest is computed over it: ISO 8601 in UTC, always with microseconds."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _readable(entries: Iterable[Entry]) -> Generator[Entry | None, None, None]:
    """Each entry, and None for one that Django cannot read; closes what it reads from."""
    rows = iter(entries)
    try:
        while True:
            entry: Entry | None
            try:
                entry = next(rows)
            except StopIteration:
                return
            except (ValueError, TypeError):
                # Whoever writes past Django can leave a detail or a time that is none.
                entry = None
            yield entry
    finally:
        if isinstance(rows, Generator):
            # A cursor left open would keep the log of the database from being cleared.
            rows.close()


def _follows(entry: Entry, seq: int, previous: str) -> bool:
    if (entry.seq, entry.previous) != (seq, previous):
        return False
    try:
        return digest_of(entry) == entry.digest
    except (ValueError, AttributeError):
        return False


def _digest(seq: int, at: str, event: Event, previous: str) -> str:
    row = [seq, at, event.actor, event.action, event.subject, event.detail, previous]
    return hashlib.sha256(_CANONICAL.encode(row).encode()).hexdigest()
