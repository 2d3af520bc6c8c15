"""Registers the checks of this room; its jobs are found by their module."""

from django.apps import AppConfig
from django.core import checks


class Continuity(AppConfig):
    name = "siegel.continuity"

    def ready(self) -> None:
        from siegel.continuity.checks import nothing_is_left_behind
        from siegel.tenancy.checks import INSTALLATION

        checks.register(nothing_is_left_behind, INSTALLATION, deploy=True)
