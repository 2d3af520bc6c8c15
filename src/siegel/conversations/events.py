"""Adding events to a conversation, and reading them in the shape that clients get."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations import hot_rows
from siegel.conversations.access import Participant
from siegel.conversations.attached import files_shown
from siegel.conversations.hot_rows import EventRow
from siegel.conversations.indexer import indexers
from siegel.conversations.models import Conversation, Event, Message, Note, ReadMark, Side
from siegel.tenancy import bus
from siegel.tenancy.context import served

PAGE_AFTER = 200
PAGE_BEFORE = 100
Row = tuple[int, str, dt.datetime, dict[str, Any]]
# What the search finds besides messages, which conversations.writer has indexed.
SEARCHED_KINDS = frozenset({"note", "contact"})
# What clients are told of. Everything else stays within the organisation, also what is added later.
CLIENT_KINDS = frozenset(
    {
        "started",
        "message",
        "assigned",
        "resolved",
        "reopened",
        "contact",
        "file",
        "identity-asked",
        "identity-confirmed",
        "identity-failed",
        "joined",
        "not-joined",
    }
)


def append_event(
    conversation: Conversation, kind: str, by: Participant, detail: dict[str, Any]
) -> Event:
    """Number an event and add it with its row in the trail.

    Inside a write transaction, on a conversation read within it. The hint goes out after COMMIT.
    """
    now = timezone.now()
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    event = Event.objects.create(
        conversation=conversation, seq=conversation.last_seq, kind=kind, at=now, detail=detail
    )
    _tell(by, [EventRow(conversation.pk, event.seq, kind, detail)])
    return event


def append_numbered(by: Participant, rows: Sequence[EventRow]) -> None:
    """`append_event` for many conversations at once, whose `last_seq` the caller has moved on.

    In the same write transaction. A statement for each of thousands would keep messages waiting.
    """
    hot_rows.insert_events(rows, timezone.now())
    _tell(by, rows)


def _tell(by: Participant, rows: Sequence[EventRow]) -> None:
    """The trail at once; whoever listens, after COMMIT."""
    trail.append(
        trail.Event(by.actor, f"conversation.{row.kind}", str(row.conversation), {"seq": row.seq})
        for row in rows
    )
    tenant = served()
    hints = [
        bus.Hint(
            "event" if row.kind in CLIENT_KINDS else "internal", str(row.conversation), row.seq
        )
        for row in rows
    ]
    transaction.on_commit(lambda: bus.publish_all(tenant, hints), using=tenant.id)
    if any(row.kind in SEARCHED_KINDS for row in rows):
        transaction.on_commit(lambda: indexers.wake(tenant), using=tenant.id)


class EventPage(NamedTuple):
    """Events, oldest first, and the numbers from `first` to `last` that the page stands for.

    What a client is not told of is left out and counted: its numbers go on without gaps.
    """

    events: list[dict[str, Any]]
    first: int
    last: int
    more: bool


def events_after(conversation: Conversation, seq: int, side: Side) -> EventPage:
    """What of up to 200 events with a higher number a side may see."""
    rows = Event.objects.filter(conversation=conversation, seq__gt=seq).order_by("seq")
    return _page(conversation, rows, PAGE_AFTER, side)


def events_before(conversation: Conversation, seq: int | None, side: Side) -> EventPage:
    """What of the 100 events before a number (the newest without one) a side may see."""
    rows = Event.objects.filter(conversation=conversation).order_by("-seq")
    if seq is not None:
        rows = rows.filter(seq__lt=seq)
    return _page(conversation, rows, PAGE_BEFORE, side)


def marks_of(conversation: Conversation) -> dict[str, int]:
    """Up to which number each side has read."""
    marks = {"client": 0, "adviser": 0}
    marks.update(ReadMark.objects.filter(conversation=conversation).values_list("side", "seq"))
    return marks


def _page(conversation: Conversation, rows: "QuerySet[Event]", size: int, side: Side) -> EventPage:
    found = list(rows.values_list("seq", "kind", "at", "detail")[: size + 1])
    page = sorted(found[:size])
    told = [row for row in page if side == Side.ADVISER or row[1] in CLIENT_KINDS]
    bodies = _messages(conversation, told) | _notes(conversation, told)
    with_files = [seq for seq, _, _, detail in told if "files" in detail]
    files = files_shown(conversation, with_files) if with_files else {}
    return EventPage(
        [_shown(row, bodies, files) for row in told],
        first=page[0][0] if page else 0,
        last=page[-1][0] if page else 0,
        more=len(found) > size,
    )


def _messages(conversation: Conversation, rows: list[Row]) -> dict[int, dict[str, Any]]:
    numbers = [seq for seq, kind, _, _ in rows if kind == "message"]
    found = Message.objects.filter(conversation=conversation, seq__in=numbers)
    return {
        seq: {"side": side, "name": name or "", "body": body, "key": str(key)}
        for seq, side, name, body, key in found.values_list(
            "seq", "side", "author__name", "body", "key"
        )
    }


def _notes(conversation: Conversation, rows: list[Row]) -> dict[int, dict[str, Any]]:
    numbers = [seq for seq, kind, _, _ in rows if kind == "note"]
    if not numbers:
        return {}
    found = Note.objects.filter(conversation=conversation, seq__in=numbers)
    return {
        seq: {"name": name, "body": body, "key": str(key)}
        for seq, name, body, key in found.values_list("seq", "author__name", "body", "key")
    }


def _shown(
    row: Row, bodies: dict[int, dict[str, Any]], files: dict[int, list[dict[str, Any]]]
) -> dict[str, Any]:
    seq, kind, at, detail = row
    shown: dict[str, Any] = {"seq": seq, "kind": kind, "at": at.isoformat(), **detail}
    shown |= bodies.get(seq, {})
    if kind == "message" and seq in files:
        shown["files"] = files[seq]
    return shown
