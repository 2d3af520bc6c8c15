"""Finding rows of the trail: newest first, a page at a time, never by reading all of it."""

import datetime as dt
import heapq
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from django.db.models import QuerySet

from siegel.audit import trail
from siegel.audit.models import TrailEntry

MESSAGE = "conversation.message"
# What stands before the identifier of every client.
CLIENTS = "contact:"
PAGE = 50
# How many rows one request looks at: about 30 ms.
EXAMINED = 20_000
# One file: as many rows as it may have, and as many as it may look at to find them: 2 seconds.
LARGEST_EXPORT = 50_000
EXAMINED_FOR_EXPORT = 250_000
_FIRST_PIECE = 100
_LATER_PIECES = 5_000
Key = tuple[int, str, str, str]


class Area(StrEnum):
    """What a row is about; each action is in exactly one."""

    PEOPLE = "people"
    SETTINGS = "settings"
    CONVERSATIONS = "conversations"
    FILES = "files"
    TRAIL = "trail"


_AREAS = {
    "person": Area.PEOPLE,
    "team": Area.PEOPLE,
    "invitation": Area.PEOPLE,
    "session": Area.PEOPLE,
    "sign-in": Area.PEOPLE,
    "conversation": Area.CONVERSATIONS,
    "contact": Area.CONVERSATIONS,
    "file": Area.FILES,
    "trail": Area.TRAIL,
}
_EXCEPTIONS = {
    "file.policy-changed": Area.SETTINGS,
    "organisation.sessions-ended": Area.PEOPLE,
}


def area_of(action: str) -> Area:
    """The area of an action; what no other one claims is a setting."""
    return _EXCEPTIONS.get(action) or _AREAS.get(action.split(".", maxsplit=1)[0], Area.SETTINGS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows somebody asks for; what is empty asks for nothing in particular.

    `actor` may be CLIENTS for all of them. `since` is included, `until` is not. Messages, most of
    every trail, are left out unless `messages` asks for them, or `action` does.
    """

    actor: str = ""
    area: Area | None = None
    action: str = ""
    subject: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    messages: bool = False

    @property
    def with_messages(self) -> bool:
        return self.messages or self.action == MESSAGE

    def matches(self, key: Key) -> bool:
        """Whether a row between the bounds of time is wanted."""
        _, actor, action, subject = key
        if self.actor == CLIENTS and not actor.startswith(CLIENTS):
            return False
        return (
            self.actor in ("", CLIENTS, actor)
            and self.action in ("", action)
            and self.subject in ("", subject)
            and (self.area is None or area_of(action) is self.area)
        )


class Found(NamedTuple):
    """Rows, newest first.

    `before` is where to go on, None when everything was looked at. `searched_to` is the time of
    the last row looked at, if the search ended there without filling the page.
    """

    entries: list[TrailEntry]
    before: int | None
    searched_to: dt.datetime | None = None


class TooMany(ValueError):
    """More rows match than one file may have, or too many had to be looked at."""


def page(wanted: Wanted, before: int | None = None) -> Found:
    """Up to 50 rows with a number below `before`, after looking at no more than 20,000."""
    numbers: list[int] = []
    last = 0
    for looked_at, key in enumerate(_candidates(wanted, before or sys.maxsize), 1):
        last = key[0]
        if wanted.matches(key):
            if len(numbers) == PAGE:
                return Found(_entries(numbers), numbers[-1])
            numbers.append(last)
        if looked_at == EXAMINED:
            at = TrailEntry.objects.values_list("at", flat=True).get(seq=last)
            return Found(_entries(numbers), last, at)
    return Found(_entries(numbers), None)


def all_of(wanted: Wanted) -> list[TrailEntry]:
    """Every row that is wanted, oldest first, for one file; raises TooMany."""
    numbers: list[int] = []
    for looked_at, key in enumerate(_candidates(wanted, sys.maxsize), 1):
        if wanted.matches(key):
            numbers.append(key[0])
        if len(numbers) > LARGEST_EXPORT or looked_at > EXAMINED_FOR_EXPORT:
            raise TooMany
    return _entries(numbers)[::-1]


def actions() -> list[str]:
    """The actions that the trail has rows of, in order; messages are not asked for."""
    found: list[str] = []
    last: str | None = ""
    while last is not None:
        # One step in the index for each: far fewer than rows.
        rest = _without_messages().filter(action__gt=last).order_by("action")
        last = rest.values_list("action", flat=True).first()
        if last is not None:
            found.append(last)
    return found


def newest(action: str) -> TrailEntry | None:
    """The newest row of an action, without walking past all messages to find none."""
    return _without_messages().filter(action=action).order_by("-seq").first()


def first_since(at: dt.datetime) -> int:
    """The number of the first row at or after a time, by bisecting on the primary key.

    Times grow with numbers, unless the machine's clock was set back.
    """
    low, high = 0, trail.head().seq + 1
    while high - low > 1:
        middle = (low + high) // 2
        # Not `seq=middle`: somebody may have removed that row.
        seq, then = (
            TrailEntry.objects.filter(seq__gte=middle).values_list("seq", "at").order_by("seq")[0]
        )
        if then < at:
            low = max(middle, min(seq, high - 1))
        else:
            high = middle
    return high


def _entries(numbers: list[int]) -> list[TrailEntry]:
    found = TrailEntry.objects.in_bulk(numbers)
    return [found[number] for number in numbers]


def _candidates(wanted: Wanted, before: int) -> Iterator[Key]:
    """Rows that may be wanted, newest first, through the index that leaves the fewest."""
    below = min(before, first_since(wanted.until)) if wanted.until else before
    rows = TrailEntry.objects if wanted.with_messages else _without_messages()
    within = rows.filter(seq__lt=below).order_by("-seq")
    if wanted.since:
        within = within.filter(seq__gte=first_since(wanted.since))
    # The indexes know no message: with them, windows of the primary key are walked.
    if not wanted.with_messages:
        if wanted.subject:
            within = within.filter(subject=wanted.subject)
        elif wanted.action:
            within = within.filter(action=wanted.action)
        elif wanted.actor not in ("", CLIENTS):
            within = within.filter(actor=wanted.actor)
        elif wanted.area:
            # May be few among many: a walk through the index for each action, side by side.
            of_area = [action for action in actions() if area_of(action) is wanted.area]
            walks = (_keys(within.filter(action=action)) for action in of_area)
            return heapq.merge(*walks, reverse=True)
    return _keys(within)


def _without_messages() -> "QuerySet[TrailEntry]":
    return TrailEntry.objects.exclude(action=MESSAGE)


def _keys(rows: "QuerySet[TrailEntry]") -> Iterator[Key]:
    """Piece by piece, so that no cursor stays open when nobody asks for the rest."""
    wished = rows.values_list("seq", "actor", "action", "subject")
    size, rest = _FIRST_PIECE, wished
    while piece := list(rest[:size]):
        yield from piece
        if len(piece) < size:
            return
        size, rest = _LATER_PIECES, wished.filter(seq__lt=piece[-1][0])
