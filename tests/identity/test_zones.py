"""Zones by their names, and the beginnings of days in them."""

import datetime as dt

import pytest

from siegel.identity.zones import beginning_of, zone_named


@pytest.mark.parametrize(
    "name", ["", "No/Where", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "ü", "x" * 10_000]
)
def test_what_is_no_zone_is_utc(name: str) -> None:
    assert zone_named(name).key == "UTC"


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", "2026-06-01", "2026-06-01T00:00Z"),
        ("Europe/Berlin", "2026-06-01", "2026-05-31T22:00Z"),
        # Midnight is left out there, and comes twice here.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z"),
    ],
)
def test_a_day_begins_where_somebody_is(zone: str, day: str, begins: str) -> None:
    found = beginning_of(dt.date.fromisoformat(day), zone_named(zone))
    assert (found, found.tzinfo) == (dt.datetime.fromisoformat(begins), dt.UTC)


def test_the_calendar_ends() -> None:
    with pytest.raises(OverflowError):
        beginning_of(dt.date.min, zone_named("Asia/Tokyo"))
