"""The one hash chain: append inside a transaction, verify from the start."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from siegel.audit.models import Entry, TrailEntry

GENESIS = "0" * 64


class BrokenChain(ValueError):
    """A row was changed, removed or inserted; the message names the first bad sequence number."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event to record: identifiers and facts only, never content and never a secret."""

    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)
    at: dt.datetime | None = None


def digest_of(entry: Entry) -> str:
    """SHA-256 (FIPS 180-4) over the row as canonical JSON: sorted keys, no spaces, UTF-8."""
    row = [
        entry.seq,
        entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous,
    ]
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def append(events: Iterable[Event], trail: type[Entry] = TrailEntry) -> None:
    """Add events behind the head of the trail.

    Call it inside the transaction that does what the events tell, and that holds the tenant's
    write lock: the head is read here, so that another writer before us is harmless.
    """
    head = trail._default_manager.order_by("-seq").values_list("seq", "digest").first()
    seq, previous = head or (0, GENESIS)
    now = timezone.now()
    entries = []
    for event in events:
        seq += 1
        entry = trail(
            seq=seq,
            at=event.at or now,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            detail=event.detail,
            previous=previous,
        )
        previous = entry.digest = digest_of(entry)
        entries.append(entry)
    trail._default_manager.bulk_create(entries)


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
