"""Office hours: what people type, what is told, and the days on which clocks are changed."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from siegel.identity.office_hours import (
    DAY,
    NotHours,
    OfficeHours,
    Span,
    as_stored,
    dates_in,
    from_stored,
    is_open,
    next_opening,
    spans_in,
    week_in_words,
    zone_names,
)

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = OfficeHours(days=((Span(480, 1080),),) * 5 + ((), ()))


def at(text: str, zone: ZoneInfo = BERLIN) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("", []),
        ("8-18", [(480, 1080)]),
        ("8:00–12:00, 13.00 bis 17.30 Uhr", [(480, 720), (780, 1050)]),
        ("13-17 und 8-12", [(480, 720), (780, 1020)]),
        ("0-24", [(0, DAY)]),
        ("8 to 12; 12:00-14", [(480, 720), (720, 840)]),
    ],
)
def test_what_people_type_is_understood(typed: str, minutes: list[tuple[int, int]]) -> None:
    assert list(spans_in(typed)) == minutes


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("morgens", "is no span of time"),
        ("22-2", "past midnight"),
        ("8-8", "past midnight or is empty"),
        ("8-25", "no clock shows"),
        ("8:60-9", "no clock shows"),
        ("24:01-24:02", "no clock shows"),
        ("8-12, 11-13", "overlap"),
        ("1-2,3-4,5-6,7-8,9-10,11-12,13-14", "At most six"),
    ],
)
def test_what_cannot_be_hours_is_refused_in_words(typed: str, reason: str) -> None:
    with pytest.raises(NotHours, match=reason):
        spans_in(typed)


def test_closed_days_are_dates_in_lines() -> None:
    assert dates_in("24.12.2026\n\n2026-12-25\n 1. 1. 2027 ") == {
        dt.date(2026, 12, 24),
        dt.date(2026, 12, 25),
        dt.date(2027, 1, 1),
    }
    for wrong in ("Weihnachten", "31.02.2026", "2026-13-01"):
        with pytest.raises(NotHours, match="Line 2 is no date"):
            dates_in(f"2026-12-24\n{wrong}")
    many = "\n".join(str(dt.date(2026, 1, 1) + dt.timedelta(days=n)) for n in range(401))
    with pytest.raises(NotHours, match="At most 400"):
        dates_in(many)
    with override("de"), pytest.raises(NotHours, match="Zeile 1 ist kein Datum"):
        dates_in("x")


def test_hours_are_stored_and_read_again() -> None:
    hours = OfficeHours("Asia/Tokyo", ((Span(1, 2),), *((),) * 6), frozenset({dt.date(2026, 1, 1)}))
    assert from_stored(as_stored(hours)) == hours
    assert from_stored({}) == OfficeHours()
    assert not OfficeHours().is_set
    assert hours.is_set


@pytest.mark.parametrize(
    ("week", "german", "english"),
    [
        (["8-18"] * 5 + ["", ""], "Mo–Fr 8–18 Uhr", "Mon–Fri 8:00–18:00"),
        (["7:30-20"] * 7, "täglich 7:30–20 Uhr", "daily 7:30–20:00"),
        (
            ["8-12, 13-17:30"] * 4 + ["8-12", "", ""],
            "Mo–Do 8–12 und 13–17:30 Uhr, Fr 8–12 Uhr",
            "Mon–Thu 8:00–12:00 and 13:00–17:30, Fri 8:00–12:00",
        ),
        ([""] * 5 + ["9-12", "9-12"], "Sa, So 9–12 Uhr", "Sat, Sun 9:00–12:00"),
        (
            ["9-12", "", "9-12", "", "", "", ""],
            "Mo 9–12 Uhr, Mi 9–12 Uhr",
            "Mon 9:00–12:00, Wed 9:00–12:00",
        ),
        ([""] * 7, "", ""),
    ],
)
def test_the_week_is_told_in_a_line(week: list[str], german: str, english: str) -> None:
    hours = OfficeHours(days=tuple(spans_in(day) for day in week))
    assert (week_in_words(hours, "de"), week_in_words(hours, "en")) == (german, english)


def test_open_and_closed() -> None:
    assert is_open(WORKDAYS, at("2026-11-25T08:00"))
    assert not is_open(WORKDAYS, at("2026-11-25T18:00"))
    assert is_open(WORKDAYS, at("2026-11-25T17:59:59"))
    assert not is_open(WORKDAYS, at("2026-11-28T12:00"))
    # The organisation's clock counts, wherever somebody asks from.
    assert is_open(WORKDAYS, dt.datetime(2026, 11, 25, 7, 0, tzinfo=dt.UTC))
    assert not is_open(WORKDAYS, at("2026-11-25T17:00", ZoneInfo("America/New_York")))


def test_the_next_opening() -> None:
    assert next_opening(WORKDAYS, at("2026-11-27T18:00")) == at("2026-11-30T08:00")
    assert next_opening(WORKDAYS, at("2026-11-25T09:30")) == at("2026-11-25T09:30")
    closed = OfficeHours(days=WORKDAYS.days, closed=frozenset({dt.date(2026, 11, 30)}))
    assert not is_open(closed, at("2026-11-30T09:00"))
    assert next_opening(closed, at("2026-11-27T18:00")) == at("2026-12-01T08:00")
    assert next_opening(OfficeHours(), at("2026-11-27T18:00")) is None
    always = frozenset(dt.date(2026, 11, 1) + dt.timedelta(days=n) for n in range(500))
    assert (
        next_opening(OfficeHours(days=WORKDAYS.days, closed=always), at("2026-11-27T18:00")) is None
    )


def test_the_clock_on_the_wall_counts_when_it_is_changed() -> None:
    daily = OfficeHours(days=((Span(480, 1080),),) * 7)
    # The night of 29 March 2026 has no hour from 2 to 3, that of 25 October has two of them.
    assert next_opening(daily, at("2026-03-28T19:00")) == dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)
    assert next_opening(daily, at("2026-10-24T19:00")) == dt.datetime(
        2026, 10, 25, 7, tzinfo=dt.UTC
    )
    skipped = OfficeHours(days=((Span(150, 300),),) * 7)
    assert next_opening(skipped, at("2026-03-29T01:00")) == dt.datetime(
        2026, 3, 29, 1, tzinfo=dt.UTC
    )
    twice = OfficeHours(days=((Span(150, 165),),) * 7)
    once_more = dt.datetime(2026, 10, 25, 0, 50, tzinfo=dt.UTC)
    assert next_opening(twice, once_more) == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "UTC"]


@st.composite
def weeks(draw: st.DrawFn) -> OfficeHours:
    def spans() -> tuple[Span, ...]:
        minutes = draw(st.lists(st.integers(0, 96), max_size=6, unique=True))
        edges = sorted(quarter * 15 for quarter in minutes)
        return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))

    zone = draw(st.sampled_from(ZONES))
    return OfficeHours(zone, tuple(spans() for _ in range(7)))


@given(
    weeks(),
    # Around the changes of 2026: Berlin, New York and St John's, Lord Howe.
    st.sampled_from(
        ["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03"]
    ),
    st.integers(0, 2 * DAY),
)
def test_the_next_opening_is_the_first_open_minute(
    hours: OfficeHours, date: str, minute: int
) -> None:
    start = dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    found = next_opening(hours, start)
    # Hours begin, and clocks change, at quarters of an hour of every one of these zones.
    quarter = start + dt.timedelta(minutes=-minute % 15)
    moments = [start, *(quarter + dt.timedelta(minutes=n) for n in range(0, 2 * DAY, 15))]
    first = next((moment for moment in moments if is_open(hours, moment)), None)
    if first is not None:
        assert found == first
    elif found is not None:
        assert found >= start + dt.timedelta(days=2)
        assert is_open(hours, found)


def test_zones_are_places() -> None:
    names = zone_names()
    assert {"Europe/Berlin", "America/St_Johns", "UTC"} <= set(names)
    assert not any(name.startswith(("Etc/", "posix")) for name in names)
