"""The address of a search, read leniently: what means nothing filters nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Lower
from django.http import QueryDict

from siegel.conversations.models import Label, State
from siegel.conversations.searching import Filters, Sender
from siegel.identity.zones import beginning_of, zone_named

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class SearchQuery:
    """What was asked for, as the form shows it again."""

    text: str
    sender: str
    only_notes: bool
    since: dt.date | None
    until: dt.date | None
    zone: str
    state: str
    label: str
    only_mine: bool
    before: int | None

    @classmethod
    def of(cls, given: QueryDict) -> "SearchQuery":
        """Read a query string."""
        before = given.get("before", "")
        is_number = before.isascii() and before.isdigit() and len(before) <= LONGEST_NUMBER
        return cls(
            text=given.get("q", "").strip(),
            sender=_one_of(given.get("from", ""), list(Sender)),
            only_notes=given.get("kind") == "note",
            since=_date(given.get("since", "")),
            until=_date(given.get("until", "")),
            zone=given.get("zone", ""),
            state=_one_of(given.get("state", ""), list(State)),
            label=given.get("label", "").strip(),
            only_mine=bool(given.get("mine")),
            before=int(before) if is_number else None,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the words narrows the search."""
        narrowing = (self.sender, self.since, self.until, self.state, self.label)
        return any(narrowing) or self.only_notes or self.only_mine

    def filters(self) -> Filters | None:
        """For conversations.searching; None if there is no label of that name."""
        label = self._label()
        if self.label and label is None:
            return None
        after = self.until + dt.timedelta(days=1) if self.until else None
        return Filters(
            sender=Sender(self.sender) if self.sender else None,
            only_notes=self.only_notes,
            since=self._begin_of(self.since),
            until=self._begin_of(after),
            state=self.state,
            label=label.pk if label else None,
            only_mine=self.only_mine,
        )

    def _label(self) -> Label | None:
        if not self.label:
            return None
        named = Label.objects.alias(lowered=Lower("name"))
        return named.filter(lowered=Lower(Value(self.label))).first()

    def _begin_of(self, day: dt.date | None) -> dt.datetime | None:
        """When a day begins where the person is."""
        return beginning_of(day, zone_named(self.zone)) if day else None


def _one_of(value: str, known: list[str]) -> str:
    return value if value in known else ""


def _date(text: str) -> dt.date | None:
    """A day as browsers write it; years in which days of all zones exist."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None
