"""Misconfiguration of what people's times are reckoned with."""

from typing import Any
from zoneinfo import available_timezones

from django.core import checks

NO_ZONES = "siegel.identity.E001"


def time_zones_are_known(**_: Any) -> list[checks.CheckMessage]:
    """Office hours and days of retention are those of the organisation's own zone."""
    if "Europe/Berlin" in available_timezones():
        return []
    return [
        checks.Error(
            "This machine has no time zone data: every organisation would live in UTC.",
            hint="Install the package tzdata of your distribution.",
            id=NO_ZONES,
        )
    ]
