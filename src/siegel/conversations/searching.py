"""Searching messages and notes: newest first, only what the person may see, in bounded steps.

The index says which events may hold the words; whether one does is decided by its text, and
whether it is shown by the gate. A request walks so many events and folds so many characters at
most, and says how far it came.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from django.db import connections
from django.db.models import Max, QuerySet

from siegel.conversations.access import NotFound, Participant, conversations_for
from siegel.conversations.models import Conversation, Event
from siegel.conversations.search_excerpts import Piece, excerpt
from siegel.conversations.search_folding import fold
from siegel.conversations.search_index import run
from siegel.conversations.search_plan import Plan, plan_for
from siegel.conversations.search_terms import Term, can_be_searched, terms_of
from siegel.tenancy.context import served

HITS = 25
# How many events that the index names are looked at for one page: at first few, since most
# queries need no more, then more at once. 2,000 in all.
STEPS = (50, 150, 400, 600, 800)
# Of how many the text is read at once.
READ_AT_ONCE = 30
# How many characters are folded for one page, about 75 ms of CPU: texts may have 20,000 each.
MOST_FOLDED = 300_000


class TooShort(ValueError):
    """Nothing of the query is long enough to be looked up."""


class Sender(StrEnum):
    """Whose messages are wanted."""

    CLIENT = "client"
    ADVISER = "adviser"
    ME = "me"


@dataclass(frozen=True)
class Filters:
    """What hits must be besides holding the words; `until` is the first moment that is too late."""

    sender: Sender | None = None
    only_notes: bool = False
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    state: str = ""
    label: uuid.UUID | None = None
    only_mine: bool = False


class Hit(NamedTuple):
    """A message or note that was found, and the place to jump to."""

    event: int
    conversation: uuid.UUID
    seq: int
    kind: str
    at: dt.datetime
    contact: str
    state: str
    side: str
    author: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Found:
    """A page of hits, newest first.

    `before` leads to the next page; without it all was searched. `back_to` says how far the walk
    came if it ended before the page was full: too much was read for it.
    """

    hits: list[Hit]
    before: int | None = None
    back_to: dt.datetime | None = None


def search(
    participant: Participant, query: str, filters: Filters, before: int | None = None
) -> Found:
    """What a person finds, older than the event `before`. Raises TooShort; NotFound for clients."""
    if participant.person is None:
        raise NotFound
    terms = terms_of(query)
    if not can_be_searched(terms):
        raise TooShort
    plan = plan_for(terms)
    if plan is None:
        return Found([])
    return _Walk(participant, terms, filters).find(plan, before)


class _Walk:
    """From the newest event that the index names to older ones."""

    def __init__(self, participant: Participant, terms: list[Term], filters: Filters) -> None:
        self._participant = participant
        self._terms = terms
        self._filters = filters
        self._conversations = _conversations(participant, filters)
        # What is known of the conversations that were met, None of those that are not seen.
        self._met: dict[uuid.UUID, tuple[str, str] | None] = {}
        self._folded = 0
        self._looked_at = 0

    def find(self, plan: Plan, before: int | None) -> Found:
        """A page of hits."""
        hits: list[Hit] = []
        reached = 0
        for step, walked in self._steps(plan, before):
            for hit in self._hits(self._events(_starting(plan, walked))):
                if len(hits) == HITS:
                    return Found(hits, before=hits[-1].event)
                hits.append(hit)
            if self._is_worn_out:
                reached = self._looked_at
                break
            if len(walked) < step:
                return Found(hits)
            reached = walked[-1]
        return Found(hits, before=reached, back_to=_time_of(reached))

    @property
    def _is_worn_out(self) -> bool:
        return self._folded >= MOST_FOLDED

    def _steps(self, plan: Plan, before: int | None) -> Iterator[tuple[int, list[int]]]:
        """The numbers of the events that the index names, newest first."""
        lowest, highest = _bounds(self._filters)
        highest = highest if before is None else min(highest, before)
        sql = (
            f"SELECT rowid FROM {plan.table} WHERE {plan.table} MATCH %s"  # noqa: S608 - names of ours
            " AND rowid >= %s AND rowid < %s ORDER BY rowid DESC"
        )
        with connections[served().id].cursor() as cursor:
            cursor.execute(sql, [plan.match, lowest, highest])
            for step in STEPS:
                yield step, [number for (number,) in cursor.fetchmany(step)]

    def _events(self, numbers: list[int]) -> list[Event]:
        # What was deleted a moment ago is named by the index and is not here.
        return list(Event.objects.filter(pk__in=numbers).order_by("-pk"))

    def _hits(self, events: list[Event]) -> Iterator[Hit]:
        self._meet({event.conversation_id for event in events})
        seen = [
            event
            for event in events
            if self._met[event.conversation_id] is not None
            and (event.kind == "note" or not self._filters.only_notes)
        ]
        for start in range(0, len(seen), READ_AT_ONCE):
            some = seen[start : start + READ_AT_ONCE]
            texts = _texts([event.pk for event in some])
            for event in some:
                self._looked_at = event.pk
                if (text := texts.get(event.pk)) is not None and self._is_wanted(text):
                    yield self._hit(event, text)
                if self._is_worn_out:
                    return

    def _meet(self, conversations: set[uuid.UUID]) -> None:
        """Pass conversations through the gate, each once."""
        new = conversations - self._met.keys()
        self._met.update(dict.fromkeys(new))
        found = self._conversations.filter(pk__in=new)
        self._met.update(
            {
                pk: (name, state)
                for pk, name, state in found.values_list("pk", "contact__name", "state")
            }
        )

    def _is_wanted(self, text: "_Text") -> bool:
        wanted = self._filters.sender
        if wanted is Sender.ME:
            assert self._participant.person is not None  # noqa: S101 - asked by search
            if text.author != self._participant.person.pk:
                return False
        elif wanted is not None and text.side != wanted:
            return False
        self._folded += len(text.body)
        folded = fold(text.body)
        return all(term.is_in(folded) for term in self._terms)

    def _hit(self, event: Event, text: "_Text") -> Hit:
        name, state = self._met[event.conversation_id] or ("", "")
        self._folded += len(text.body)  # Again, with the places.
        return Hit(
            event=event.pk,
            conversation=event.conversation_id,
            seq=event.seq,
            kind=event.kind,
            at=event.at,
            contact=name,
            state=state,
            side=text.side,
            author=text.name,
            pieces=excerpt(text.body, self._terms),
        )


def _starting(plan: Plan, walked: list[int]) -> list[int]:
    """Those of a step in which words begin as the plan says."""
    if not plan.starts or not walked:
        return walked
    rows = run(
        "SELECT rowid FROM search_words"
        " WHERE search_words MATCH %s AND rowid >= %s AND rowid <= %s",
        [plan.starts, walked[-1], walked[0]],
    )
    return sorted(set(walked).intersection(number for (number,) in rows))


def _time_of(reached: int) -> dt.datetime | None:
    """When an event was, or the last one before it if it is gone."""
    rows = Event.objects.filter(pk__lte=reached).order_by("-pk")
    return rows.values_list("at", flat=True).first()


class _Text(NamedTuple):
    """What was written, and by whom."""

    side: str
    author: uuid.UUID | None
    name: str
    body: str


def _texts(events: Sequence[int]) -> dict[int, _Text]:
    """The texts of events, by number."""
    marks = ", ".join(["%s"] * len(events))
    rows = run(
        "SELECT e.id, coalesce(m.side, 'adviser'), p.id, coalesce(p.name, ''),"  # noqa: S608 - %s only
        " coalesce(m.body, n.body)"
        " FROM conversations_event e"
        " LEFT JOIN conversations_message m"
        "  ON m.conversation_id = e.conversation_id AND m.seq = e.seq"
        " LEFT JOIN conversations_note n ON n.conversation_id = e.conversation_id AND n.seq = e.seq"
        " LEFT JOIN identity_person p ON p.id = coalesce(m.author_id, n.author_id)"
        f" WHERE e.id IN ({marks})",
        events,
    )
    return {
        number: _Text(side, uuid.UUID(author) if author else None, name, body)
        for number, side, author, name, body in rows
        if body is not None
    }


def _conversations(participant: Participant, filters: Filters) -> "QuerySet[Conversation]":
    found = conversations_for(participant)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.only_mine:
        found = found.filter(assigned_to=participant.person)
    if filters.label is not None:
        found = found.filter(labellings__label=filters.label)
    return found


def _bounds(filters: Filters) -> tuple[int, int]:
    """The numbers of events between the filter's dates: the first, and the one after the last."""
    newest = (Event.objects.aggregate(newest=Max("pk"))["newest"] or 0) + 1
    return (
        _first_since(filters.since, newest) if filters.since else 0,
        _first_since(filters.until, newest) if filters.until else newest,
    )


def _first_since(moment: dt.datetime, newest: int) -> int:
    """The number of the first event at or after a moment, by halving: events come in time's order.

    No index by time is needed for it, which every message would have to pay for.
    """
    low, high = 0, newest
    while low < high:
        middle = (low + high) // 2
        found = Event.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "at").first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low
