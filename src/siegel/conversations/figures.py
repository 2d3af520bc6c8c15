"""Numbers of the organisation: what is open, what was begun, resolved and answered.

Each question reads a stretch of an index; none reads a whole table.
"""

import datetime as dt
import statistics
import uuid
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from siegel.conversations.models import Conversation, Message, Side, State
from siegel.identity.models import Person
from siegel.identity.zones import beginning_of

DAYS = 30
# The median is that of the newest ones; more would make the page slow and tell nothing else.
MOST_ANSWERS = 2_000


class Day(NamedTuple):
    """What happened on a day of the organisation's calendar."""

    date: dt.date
    begun: int
    resolved: int


@dataclass(frozen=True)
class FirstAnswers:
    """How long clients waited for the first answer, of conversations begun in the last 30 days."""

    median: dt.timedelta | None
    answered: int
    unanswered: int
    is_capped: bool


@dataclass(frozen=True)
class Totals:
    """What is open now, and the last 30 days; `most` is the largest number of a day."""

    open: int
    free: int
    days: list[Day]
    first_answers: FirstAnswers

    @property
    def begun(self) -> int:
        return sum(day.begun for day in self.days)

    @property
    def resolved(self) -> int:
        return sum(day.resolved for day in self.days)

    @property
    def most(self) -> int:
        return max(max(day.begun, day.resolved) for day in self.days)


class OfPerson(NamedTuple):
    """What one person has open now, and has resolved in the last 30 days."""

    person: Person
    open: int
    resolved: int


def totals(zone: str, now: dt.datetime | None = None) -> Totals:
    """The organisation's numbers; days begin at midnight in `zone`.

    A conversation counts once a message of it was stored.
    """
    now = now or timezone.now()
    today = now.astimezone(ZoneInfo(zone)).date()
    # Written in: a conversation without a message is nothing that anybody could answer.
    written = Conversation.objects.exclude(excerpt="")
    is_open = written.filter(state=State.OPEN)
    return Totals(
        open=is_open.count(),
        free=is_open.filter(assigned_to=None).count(),
        days=[_day(today - dt.timedelta(days=n), ZoneInfo(zone)) for n in range(DAYS)],
        first_answers=_first_answers(now - dt.timedelta(days=DAYS)),
    )


def of_people(now: dt.datetime | None = None) -> list[OfPerson]:
    """The same of each person who has any: to be asked only if the organisation says so."""
    since = (now or timezone.now()) - dt.timedelta(days=DAYS)
    written = Conversation.objects.exclude(excerpt="").exclude(assigned_to=None)
    is_open = _by_person(written.filter(state=State.OPEN))
    resolved = _by_person(written.filter(resolved_at__gte=since))
    people = Person.objects.filter(pk__in=is_open.keys() | resolved.keys()).order_by("name")
    return [OfPerson(one, is_open.get(one.pk, 0), resolved.get(one.pk, 0)) for one in people]


def _by_person(found: "QuerySet[Conversation]") -> dict[uuid.UUID, int]:
    counted = found.order_by().values_list("assigned_to").annotate(conversations=Count("pk"))
    return dict(counted)


def _day(date: dt.date, zone: ZoneInfo) -> Day:
    start, end = beginning_of(date, zone), beginning_of(date + dt.timedelta(days=1), zone)
    written = Conversation.objects.exclude(excerpt="")
    return Day(
        date,
        begun=written.filter(started_at__gte=start, started_at__lt=end).count(),
        resolved=written.filter(resolved_at__gte=start, resolved_at__lt=end).count(),
    )


def _first_answers(since: dt.datetime) -> FirstAnswers:
    """From the beginning to an adviser's first message, found by its number in the conversation."""
    answers = Message.objects.filter(conversation=OuterRef("pk"), side=Side.ADVISER)
    found = (
        Conversation.objects.exclude(excerpt="")
        .filter(started_at__gte=since)
        .order_by("-started_at")
        .annotate(answered_at=Subquery(answers.order_by("seq").values("at")[:1]))
        .values_list("started_at", "answered_at")[: MOST_ANSWERS + 1]
    )
    rows = list(found)
    counted = rows[:MOST_ANSWERS]
    waits = [answered - started for started, answered in counted if answered is not None]
    return FirstAnswers(
        median=statistics.median_low(waits) if waits else None,
        answered=len(waits),
        unanswered=len(counted) - len(waits),
        is_capped=len(rows) > MOST_ANSWERS,
    )
