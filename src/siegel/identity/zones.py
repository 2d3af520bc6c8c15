"""Time zones by their names, and when days begin in them."""

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> ZoneInfo:
    """A zone by its IANA name; UTC if there is none of that name."""
    try:
        return ZoneInfo(name)
    # What is no name at all, and a folder of the database.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def beginning_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When a day begins in a zone, in UTC; raises OverflowError where the calendar ends.

    Where clocks are set forward at midnight, that is the moment at which they are; where they are
    set back, the first of the two (PEP 495, fold=0).
    """
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
