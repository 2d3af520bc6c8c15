"""The one hash chain: append inside a transaction, verify from the start."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, router
from django.utils import timezone

from siegel.audit.models import Entry, TrailEntry

GENESIS = "0" * 64
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class BrokenChain(ValueError):
    """A row was changed, removed or inserted; the message names the first bad sequence number."""


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
    return _digest(entry.seq, _canonical_time(entry.at), event, entry.previous)


def append(events: Iterable[Event], trail: type[Entry] = TrailEntry) -> None:
    """Add events behind the head of the trail.

    Call it inside the transaction that does what the events tell, and that holds the tenant's
    write lock: the head is read here, so that another writer before us is harmless. Plain SQL,
    because every message passes here.
    """
    connection = connections[router.db_for_write(trail)]
    table = trail._meta.db_table
    now = timezone.now()
    at, canonical = connection.ops.adapt_datetimefield_value(now), _canonical_time(now)
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


def verify(entries: Iterator[Entry] | Iterable[Entry]) -> int:
    """Recompute the chain in order and return how many rows it has.

    Raises BrokenChain at the first row that does not follow from the one before. A cut tail is
    only found by whoever kept a head.
    """
    count, previous = 0, GENESIS
    for entry in entries:
        count += 1
        if entry.seq != count or entry.previous != previous or digest_of(entry) != entry.digest:
            raise BrokenChain(f"The trail does not hold at sequence number {count}.")
        previous = entry.digest
    return count


def _canonical_time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _digest(seq: int, at: str, event: Event, previous: str) -> str:
    row = [seq, at, event.actor, event.action, event.subject, event.detail, previous]
    return hashlib.sha256(_CANONICAL.encode(row).encode()).hexdigest()
