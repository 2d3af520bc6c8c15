"""Registers the checks of this room."""

from django.apps import AppConfig
from django.core import checks


class Identity(AppConfig):
    name = "siegel.identity"

    def ready(self) -> None:
        from siegel.identity.checks import time_zones_are_known
        from siegel.tenancy.checks import INSTALLATION

        checks.register(time_zones_are_known, INSTALLATION, deploy=True)
