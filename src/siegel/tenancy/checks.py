"""Misconfiguration that Django's system checks find."""

from typing import Any

from django.conf import settings
from django.core import checks

INSIDE_DATA = "siegel.tenancy.E001"


def register() -> None:
    """Called once, when the app is loaded."""
    checks.register(keys_lie_apart_from_data)


def keys_lie_apart_from_data(**_: Any) -> list[checks.CheckMessage]:
    """A copy of the data folder must not hold what opens it."""
    apart = {"SIEGEL_KEYS": settings.SIEGEL_KEYS, "SIEGEL_KEK_FILE": settings.SIEGEL_KEK_FILE}
    return [
        checks.Error(
            f"{name} lies inside SIEGEL_DATA.",
            hint="Name a place outside the data folder and outside its backups.",
            id=INSIDE_DATA,
        )
        for name, path in apart.items()
        if path.resolve().is_relative_to(settings.SIEGEL_DATA.resolve())
    ]
