"""Misconfiguration of what moves and destroys tenants."""

from typing import Any

from django.core import checks

from siegel.continuity.staging import all_left

LEFT_BEHIND = "siegel.continuity.W001"


def nothing_is_left_behind(**_: Any) -> list[checks.CheckMessage]:
    """No copy of a tenant lies about that a killed export, import or shredding has made."""
    return [
        checks.Warning(
            f"A command that was killed has left {folder}, which may be a copy of a tenant.",
            hint="siegel serve removes it when it starts and every hour. If it stays, it belongs "
            "to another user: remove it.",
            id=LEFT_BEHIND,
        )
        for folder in all_left()
    ]
