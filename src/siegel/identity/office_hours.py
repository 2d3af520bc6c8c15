"""When an organisation answers: weekly hours in its own time zone, and days on which it is closed.

Hours are those of the clock on the wall: at the change to or from daylight saving time 8:00 stays
8:00. Pure functions; what people type is read by `spans_in` and `dates_in`.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from siegel.identity.zones import beginning_of

DAY = 24 * 60
DEFAULT_ZONE = "Europe/Berlin"
# Nobody plans further; an organisation that is closed for longer has no next opening.
HORIZON_DAYS = 400
MOST_SPANS = 6
MOST_CLOSED_DAYS = 400
DAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_TIME = r"([0-9]{1,2})(?:[:.]([0-9]{2}))?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|–|—|bis|to)\s*{_TIME}(?:\s*(?:Uhr|h))?", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_GERMAN = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})")


class Span(NamedTuple):
    """From a minute of the day until another one, which is outside; 1440 is the day's end."""

    start: int
    end: int


@dataclass(frozen=True)
class OfficeHours:
    """Seven days from Monday on, each with its spans in order; and the dates that are closed."""

    zone: str = DEFAULT_ZONE
    days: tuple[tuple[Span, ...], ...] = ((),) * 7
    closed: frozenset[dt.date] = field(default_factory=frozenset)

    @property
    def is_set(self) -> bool:
        """Whether there is any hour at which somebody answers."""
        return any(self.days)


class NotHours(ValueError):
    """What somebody typed is no opening hours; the message says in their language why."""


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that can be chosen: places of the IANA time zone database, and UTC."""
    prefixes = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
    return (
        *sorted(z for z in available_timezones() if z.startswith((*prefixes, "Pacific/"))),
        "UTC",
    )


def spans_in(text: str) -> tuple[Span, ...]:
    """The spans of a day as people write them: `8-12, 13:00–17:30`; nothing for a closed day.

    Raises NotHours.
    """
    parts = [part.strip() for part in re.split(r"[,;]|\bund\b|\band\b", text) if part.strip()]
    spans = sorted(_span(part) for part in parts)
    if len(spans) > MOST_SPANS:
        raise NotHours(_("At most six spans fit into a day."))
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise NotHours(_("Two spans overlap: let the second one begin after the first one."))
    return tuple(spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise NotHours(
            _("“%(text)s” is no span of time. Write it like 8:00–12:00.") % {"text": text[:40]}
        )
    start, end = _minutes(found[1], found[2], text), _minutes(found[3], found[4], text)
    if start >= end:
        raise NotHours(
            _(
                "“%(text)s” goes past midnight or is empty. Let it end at 24:00, and write the "
                "rest on the next day."
            )
            % {"text": text[:40]}
        )
    return Span(start, end)


def _minutes(hour: str, minute: str | None, text: str) -> int:
    value = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or value > DAY:
        raise NotHours(_("“%(text)s” names a time that no clock shows.") % {"text": text[:40]})
    return value


def dates_in(text: str) -> frozenset[dt.date]:
    """The dates in lines like `2026-12-24` or `24.12.2026`; raises NotHours with the line."""
    dates = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _ISO.fullmatch(line.strip())
        german = _GERMAN.fullmatch(line.strip())
        parts = found.groups() if found else german.groups()[::-1] if german else ()
        try:
            dates.add(dt.date(*map(int, parts)))
        except (TypeError, ValueError):
            raise NotHours(
                _("Line %(number)d is no date. Write it like 2026-12-24.") % {"number": number}
            ) from None
    if len(dates) > MOST_CLOSED_DAYS:
        raise NotHours(_("At most 400 closed days can be kept. Remove those that are over."))
    return frozenset(dates)


def as_stored(hours: OfficeHours) -> dict[str, Any]:
    """The hours as JSON keeps them; `from_stored` reads them."""
    return {
        "zone": hours.zone,
        "days": [[list(span) for span in spans] for spans in hours.days],
        "closed": sorted(date.isoformat() for date in hours.closed),
    }


def from_stored(stored: dict[str, Any]) -> OfficeHours:
    """The hours as they were stored; nothing was stored: no hours."""
    if not stored:
        return OfficeHours()
    return OfficeHours(
        zone=stored["zone"],
        days=tuple(tuple(Span(*span) for span in spans) for spans in stored["days"]),
        closed=frozenset(dt.date.fromisoformat(date) for date in stored["closed"]),
    )


def is_open(hours: OfficeHours, at: dt.datetime) -> bool:
    """Whether a moment lies within the hours."""
    local = at.astimezone(_zone(hours.zone))
    if local.date() in hours.closed:
        return False
    minute = local.hour * 60 + local.minute
    return any(span.start <= minute < span.end for span in hours.days[local.weekday()])


def next_opening(hours: OfficeHours, at: dt.datetime) -> dt.datetime | None:
    """The first moment from `at` on, in UTC, at which it is open: `at` itself while it is.

    None if there is none within 400 days.
    """
    if is_open(hours, at):
        return at.astimezone(dt.UTC)
    if not hours.is_set:
        return None
    first = at.astimezone(_zone(hours.zone)).date()
    for ahead in range(HORIZON_DAYS):
        moments = _beginnings(hours, first + dt.timedelta(days=ahead))
        opening = [moment for moment in moments if moment >= at and is_open(hours, moment)]
        if opening:
            return min(opening)
    return None


def _beginnings(hours: OfficeHours, date: dt.date) -> Iterator[dt.datetime]:
    """The moments of a day at which it may begin to be open, in UTC.

    A time that the clock shows twice begins twice; one that it skips begins with the change.
    """
    zone = _zone(hours.zone)
    midnight, following = beginning_of(date, zone), beginning_of(date + dt.timedelta(days=1), zone)
    for span in hours.days[date.weekday()]:
        # Never 24:00: a span ends after it begins.
        local = dt.datetime.combine(date, dt.time(*divmod(span.start, 60)), zone)
        yield local.astimezone(dt.UTC)
        yield local.replace(fold=1).astimezone(dt.UTC)
    yield midnight
    yield from _change(zone, midnight, following)


def _change(zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """The moment between two others at which the clock is put forward or back, if it is."""

    def offset(moment: dt.datetime) -> dt.timedelta | None:
        return moment.astimezone(zone).utcoffset()

    if offset(start) == offset(end):
        return
    before, after = 0, int((end - start).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        if offset(start + dt.timedelta(seconds=middle)) == offset(start):
            before = middle
        else:
            after = middle
    yield start + dt.timedelta(seconds=after)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def week_in_words(hours: OfficeHours, language: str) -> str:
    """The week in a line, e.g. `Mo–Fr 8–18 Uhr` (de) or `Mon–Fri 8:00–18:00`; empty without."""
    parts = []
    for first, last, spans in _runs(hours):
        days = _days_told(first, last, language)
        parts.append(f"{days} {spans_told(spans, language)}")
    return ", ".join(parts)


def _days_told(first: int, last: int, language: str) -> str:
    names = DAYS["de" if language == "de" else "en"]
    if (first, last) == (0, 6):
        return "täglich" if language == "de" else "daily"
    if first == last:
        return names[first]
    joined = "–" if last - first > 1 else ", "
    return f"{names[first]}{joined}{names[last]}"


def spans_told(spans: tuple[Span, ...], language: str) -> str:
    """The spans of a day, e.g. `8–12 und 13–17:30 Uhr` (de) or `8:00–12:00 and 13:00–17:30`."""
    if language == "de":
        return " und ".join(f"{_short(a)}–{_short(b)}" for a, b in spans) + " Uhr"
    return " and ".join(f"{clock(a)}–{clock(b)}" for a, b in spans)


def clock(minute: int) -> str:
    """A minute of the day, e.g. `8:00`."""
    return f"{minute // 60}:{minute % 60:02}"


def _short(minute: int) -> str:
    return str(minute // 60) if minute % 60 == 0 else clock(minute)


def _runs(hours: OfficeHours) -> Iterator[tuple[int, int, tuple[Span, ...]]]:
    """Neighbouring days with the same spans: the first, the last, the spans."""
    first = 0
    for day in range(1, 8):
        if day == 7 or hours.days[day] != hours.days[first]:
            if hours.days[first]:
                yield first, day - 1, hours.days[first]
            first = day
