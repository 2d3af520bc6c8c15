"""The one hash chain: append inside a transaction, verify from the start."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connections, router
from django.utils import timezone

from siegel.audit.models import Entry, TrailEntry

GENESIS = "0" * 64
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class BrokenChain(ValueError):
    """A row was changed, removed or inserted; the message names the first bad sequence number."""


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


def verify(entries: Iterable[Entry], *, kept: Head | None = None) -> Head:
    """Recompute the chain in order and return its head, `Head(0, GENESIS)` if it is empty.

    Raises BrokenChain at the first row that does not follow from the one before, and if the chain
    does not pass through a head that was kept: without one, a cut tail cannot be found.
    """
    seq, previous = 0, GENESIS
    passed = kept is None or kept == Head(0, GENESIS)
    for entry in entries:
        seq += 1
        if entry.seq != seq or entry.previous != previous or digest_of(entry) != entry.digest:
            raise BrokenChain(f"The trail does not hold at sequence number {seq}.")
        previous = entry.digest
        passed = passed or kept == Head(seq, previous)
    if kept is not None and not passed:
        reason = "ends before" if seq < kept.seq else "has another row at"
        raise BrokenChain(f"The trail {reason} sequence number {kept.seq} of the kept head.")
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


def _digest(seq: int, at: str, event: Event, previous: str) -> str:
    row = [seq, at, event.actor, event.action, event.subject, event.detail, previous]
    return hashlib.sha256(_CANONICAL.encode(row).encode()).hexdigest()
