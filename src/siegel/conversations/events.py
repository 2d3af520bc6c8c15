"""Adding events to a conversation, and reading them in the shape that clients get."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.attached import files_shown
from siegel.conversations.models import Conversation, Event, Message, ReadMark
from siegel.tenancy import bus
from siegel.tenancy.context import served

PAGE_AFTER = 200
PAGE_BEFORE = 100


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
    trail.append(
        [trail.Event(by.actor, f"conversation.{kind}", str(conversation.pk), {"seq": event.seq})]
    )
    tenant = served()
    hint = bus.Hint("event", str(conversation.pk), event.seq)
    transaction.on_commit(lambda: bus.publish(tenant, hint), using=tenant.id)
    return event


def events_after(conversation: Conversation, seq: int) -> tuple[list[dict[str, Any]], bool]:
    """Up to 200 events with a higher number, oldest first, and whether there are more."""
    rows = Event.objects.filter(conversation=conversation, seq__gt=seq).order_by("seq")
    return _page(conversation, rows, PAGE_AFTER)


def events_before(conversation: Conversation, seq: int | None) -> tuple[list[dict[str, Any]], bool]:
    """The 100 events before a number (the newest without one), oldest first; are there more."""
    rows = Event.objects.filter(conversation=conversation).order_by("-seq")
    if seq is not None:
        rows = rows.filter(seq__lt=seq)
    page, more = _page(conversation, rows, PAGE_BEFORE)
    return page[::-1], more


def marks_of(conversation: Conversation) -> dict[str, int]:
    """Up to which number each side has read."""
    marks = {"client": 0, "adviser": 0}
    marks.update(ReadMark.objects.filter(conversation=conversation).values_list("side", "seq"))
    return marks


def _page(
    conversation: Conversation, rows: "QuerySet[Event]", size: int
) -> tuple[list[dict[str, Any]], bool]:
    found = list(rows.values_list("seq", "kind", "at", "detail")[: size + 1])
    page = found[:size]
    messages = {
        row[0]: row[1:]
        for row in Message.objects.filter(
            conversation=conversation,
            seq__in=[seq for seq, kind, _, _ in page if kind == "message"],
        ).values_list("seq", "side", "author__name", "body", "key")
    }
    with_files = [seq for seq, _, _, detail in page if "files" in detail]
    files = files_shown(conversation, with_files) if with_files else {}
    return [_shown(row, messages, files) for row in page], len(found) > size


def _shown(
    row: tuple[int, str, dt.datetime, dict[str, Any]],
    messages: dict[int, tuple[Any, ...]],
    files: dict[int, list[dict[str, Any]]],
) -> dict[str, Any]:
    seq, kind, at, detail = row
    shown: dict[str, Any] = {"seq": seq, "kind": kind, "at": at.isoformat(), **detail}
    if kind == "message":
        side, name, body, key = messages[seq]
        shown |= {"side": side, "name": name or "", "body": body, "key": str(key)}
        shown |= {"files": files[seq]} if seq in files else {}
    return shown
