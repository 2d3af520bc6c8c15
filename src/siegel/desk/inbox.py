"""The adviser's list of conversations, as rows of data: a few statements, whatever it holds."""

import datetime as dt
import heapq
import itertools
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from siegel.conversations.access import Participant, Reach, conversations_for, parts_of, reach_of
from siegel.conversations.models import (
    Conversation,
    Label,
    Labelling,
    Mention,
    Message,
    ReadMark,
    Side,
    State,
)
from siegel.desk.prepared import counts_of, read_time, read_uuid, rows_of

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PAGE = 50
# What is more than this is shown as 999+; nobody counts further.
MOST_COUNTED = 1000
MOST_LABELS = 3
# So many of somebody's newest mentions are looked at: who leaves more unread has the view for it.
MOST_MENTIONS = 200

FIELDS = (
    "pk",
    "contact__name",
    "excerpt",
    "last_message_at",
    "last_seq",
    "state",
    "assigned_to",
    "assigned_to__name",
    "team__name",
    "snoozed_until",
    "is_unread",
)


class View(StrEnum):
    """The parts of the inbox. What is put aside is in no other view of open ones."""

    MINE = "mine"
    FREE = "free"
    OPEN = "open"
    SNOOZED = "snoozed"
    MENTIONS = "mentions"
    RESOLVED = "resolved"
    LABEL = "label"


def view_named(name: str) -> View:
    """The view of a query string; the adviser's own one if it names none."""
    return View(name) if name in set(View) else View.MINE


def inbox_of(
    participant: Participant, view: str, label: uuid.UUID | None = None, before: str = ""
) -> dict[str, Any]:
    """A page of a view in the shape of the frame `inbox`: rows, what follows, and counts.

    `before` is the `next` of an earlier answer. An unknown label gives an empty page, a cursor
    that is none the first one. Who reads no conversations has an empty inbox.
    """
    named, place = view_named(view), _place(before)
    reach = reach_of(participant)
    rows, following = list[Row](), None
    unseen = set[uuid.UUID]()
    counts = dict.fromkeys(("mine", "free", "open", "snoozed", "mentions"), 0)
    if reach is not None:
        unseen = _unseen_mentions(participant, reach)
        rows, following = _page(participant, reach, named, label, place)
        counts = _counts(reach) | {"mentions": len(unseen)}
    labels = _labels_of([row[0] for row in rows])
    return {
        "type": "inbox",
        "view": str(named),
        "label": _label_shown(label) if named == View.LABEL else None,
        "before": before,
        "rows": [
            _shown(row, reach.person, labels.get(row[0], []), unseen) for row in rows if reach
        ],
        "next": following,
        "counts": counts,
    }


Row = tuple[Any, ...]
# Where a page ends: a time, and the id of the conversation that has it.
Place = tuple[dt.datetime, uuid.UUID]
Page = tuple[list[Row], str | None]


def _page(
    participant: Participant,
    reach: Reach,
    view: View,
    label: uuid.UUID | None,
    place: Place | None,
) -> Page:
    match view:
        case View.MENTIONS:
            return _mentioned(participant, place)
        case View.SNOOZED:
            return _put_aside(participant, place)
        case View.LABEL if label is None:
            return [], None
    return _merged(reach, view, label, place)


def _merged(reach: Reach, view: View, label: uuid.UUID | None, before: Place | None) -> Page:
    """The newest of the parts of a view, each of which is read from one index."""
    values = [reach.person, *reach.teams, *([label] if label else []), *(before or ())]
    shape = ("page", view, len(reach.teams), label is None, before is None, PAGE)

    def build(stand_ins: Sequence[Any]) -> "list[QuerySet[Conversation, Row]]":
        person, *rest = stand_ins
        teams, rest = rest[: len(reach.teams)], rest[len(reach.teams) :]
        parts = _parts(Reach(person, tuple(teams)), view, rest[0] if label else None)
        place = (rest[-2], rest[-1]) if before else None
        return [_newest(part, place) for part in parts]

    newest = [[_converted(row) for row in rows] for rows in rows_of(shape, build, values)]
    merged = heapq.merge(*newest, key=lambda row: (row[3], row[0]), reverse=True)
    rows = list(itertools.islice(merged, PAGE + 1))
    return rows[:PAGE], _following(rows, 3)


def _parts(reach: Reach, view: View, label: uuid.UUID | None) -> "list[QuerySet[Conversation]]":
    if view == View.RESOLVED:
        return [_answerable(part) for part in parts_of(reach, State.RESOLVED)]
    found = [_awake(part) for part in parts_of(reach, State.OPEN)]
    match view:
        case View.MINE:
            return found[:1]
        case View.FREE:
            return found[1:2]
        case View.LABEL:
            labelled = Labelling.objects.filter(conversation=OuterRef("pk"), label=label)
            return [part.filter(Exists(labelled)) for part in found]
    return found


def _newest(part: "QuerySet[Conversation]", before: Place | None) -> "QuerySet[Conversation, Row]":
    if before is not None:
        at, conversation = before
        older = part.filter(last_message_at__lte=at)
        part = older.exclude(last_message_at=at, pk__gte=conversation)
    return _read(part.order_by("-last_message_at", "-pk"))


def _put_aside(participant: Participant, after: Place | None) -> Page:
    """Whatever is snoozed, what wakes next first."""
    found = _snoozed(participant)
    if after is not None:
        until, conversation = after
        later = found.filter(snoozed_until__gte=until)
        found = later.exclude(snoozed_until=until, pk__lte=conversation)
    rows = list(_read(found.order_by("snoozed_until", "pk")))
    return rows[:PAGE], _following(rows, 9)


def _mentioned(participant: Participant, before: Place | None) -> Page:
    """The conversations of somebody's newest mentions, each once."""
    found = Mention.objects.filter(person=participant.person).order_by("-at")
    if before is not None:
        found = found.filter(at__lt=before[0])
    newest = list(found.values_list("conversation", "at")[: PAGE + 1])
    places = dict.fromkeys(conversation for conversation, _ in newest[:PAGE])
    end = newest[PAGE - 1] if len(newest) > PAGE else None
    visible = _answerable(conversations_for(participant)).filter(pk__in=places)
    rows = {row[0]: row for row in _read(visible)}
    return [rows[pk] for pk in places if pk in rows], _told(end[1], end[0]) if end else None


def _answerable(found: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
    # A conversation exists from the moment a visitor begins to send; without a message it is
    # nothing that anybody could answer.
    return found.exclude(excerpt="")


def _awake(found: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
    return _answerable(found).filter(snoozed_until__isnull=True)


def _snoozed(participant: Participant) -> "QuerySet[Conversation]":
    return _answerable(conversations_for(participant)).filter(snoozed_until__isnull=False)


def _read(found: "QuerySet[Conversation]") -> "QuerySet[Conversation, Row]":
    mark = ReadMark.objects.filter(conversation=OuterRef("conversation"), side=Side.ADVISER)
    unread = Message.objects.filter(
        conversation=OuterRef("pk"),
        side=Side.CLIENT,
        seq__gt=Coalesce(Subquery(mark.values("seq")[:1]), Value(0), output_field=IntegerField()),
    )
    return found.annotate(is_unread=Exists(unread)).values_list(*FIELDS)[: PAGE + 1]


def _converted(row: Row) -> Row:
    pk, name, excerpt, at, seq, state, assigned, assignee, team, snoozed, unread = row
    return (
        read_uuid(pk), name, excerpt, read_time(at), seq, state, read_uuid(assigned), assignee,
        team, read_time(snoozed), bool(unread),
    )  # fmt: skip


def _unseen_mentions(participant: Participant, reach: Reach) -> set[uuid.UUID]:
    """In which conversations somebody was named and has not looked yet."""

    def build(stand_ins: Sequence[Any]) -> "list[QuerySet[Mention, Row]]":
        newest = Mention.objects.filter(person=stand_ins[0]).order_by("-at")
        return [newest.values_list("conversation", "seen_at")[:MOST_MENTIONS]]

    (newest,) = rows_of("mentions", build, [reach.person])
    unseen = {uuid.UUID(str(pk)) for pk, seen_at in newest if seen_at is None}
    if not unseen:
        return set()
    visible = conversations_for(participant).filter(pk__in=unseen)
    return set(visible.values_list("pk", flat=True))


def _labels_of(conversations: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    if not conversations:
        return {}

    def build(stand_ins: Sequence[Any]) -> "list[QuerySet[Labelling, Row]]":
        found = Labelling.objects.filter(conversation__in=stand_ins).order_by("label__name")
        return [found.values_list("conversation", "label__name")]

    # Always as many, so that it is the same statement; asking for one twice changes nothing.
    asked = [*conversations, *conversations[:1] * (PAGE - len(conversations))]
    (found,) = rows_of(("labels", PAGE), build, asked)
    labels: dict[uuid.UUID, list[str]] = {}
    for conversation, name in found:
        labels.setdefault(uuid.UUID(str(conversation)), []).append(name)
    return labels


def _label_shown(label: uuid.UUID | None) -> dict[str, str] | None:
    found = Label.objects.filter(pk__in=[label]).first()
    return {"id": str(found.pk), "name": found.name} if found else None


def _shown(
    row: Row, person: uuid.UUID, labels: list[str], unseen: set[uuid.UUID]
) -> dict[str, Any]:
    pk, name, excerpt, at, seq, state, assigned, assignee, team, snoozed, unread = row
    return {
        "id": str(pk),
        "name": name,
        "excerpt": excerpt,
        "at": at.isoformat(),
        "seq": seq,
        "state": state,
        "mine": assigned == person,
        "assignee": assignee,
        "team": team,
        "until": snoozed.isoformat() if snoozed else None,
        # What somebody else looks after is theirs to have read.
        "unread": unread and assigned in {None, person},
        "labels": labels[:MOST_LABELS],
        "more_labels": max(0, len(labels) - MOST_LABELS),
        "mentioned": pk in unseen,
    }


def _counts(reach: Reach) -> dict[str, int]:
    """How many each view holds, up to 1,000; of resolved ones nobody needs to know."""

    def build(stand_ins: Sequence[Any]) -> "list[QuerySet[Conversation, Row]]":
        person, *teams = stand_ins
        parts = parts_of(Reach(person, tuple(teams)), State.OPEN)
        aside = [_answerable(part).filter(snoozed_until__isnull=False) for part in parts]
        return [_countable(part) for part in [*map(_awake, parts), *aside]]

    shape = ("counts", len(reach.teams), MOST_COUNTED)
    counted = counts_of(shape, build, [reach.person, *reach.teams])
    awake, aside = counted[: len(counted) // 2], counted[len(counted) // 2 :]
    return {
        "mine": awake[0],
        "free": awake[1],
        "open": min(sum(awake), MOST_COUNTED),
        "snoozed": min(sum(aside), MOST_COUNTED),
    }


def _countable(found: "QuerySet[Conversation]") -> "QuerySet[Conversation, Row]":
    return found.values_list("pk")[:MOST_COUNTED]


def _following(rows: list[Row], column: int) -> str | None:
    if len(rows) <= PAGE:
        return None
    last = rows[PAGE - 1]
    return _told(last[column], last[0])


def _told(at: dt.datetime, conversation: uuid.UUID) -> str:
    """A place as text: whoever changes it gets another place of the same list."""
    return f"{(at - EPOCH) // dt.timedelta(microseconds=1)}.{conversation.hex}"


def _place(told: str) -> Place | None:
    microseconds, _, conversation = told.partition(".")
    try:
        return EPOCH + dt.timedelta(microseconds=int(microseconds)), uuid.UUID(conversation)
    except (ValueError, OverflowError):
        return None
