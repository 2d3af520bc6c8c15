"""Registers the checks of this room, and what begins when somebody signs in."""

from django.apps import AppConfig
from django.core import checks


class Identity(AppConfig):
    name = "siegel.identity"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from siegel.identity.checks import time_zones_are_known
        from siegel.identity.session_engine import note_sign_in
        from siegel.tenancy.checks import INSTALLATION

        checks.register(time_zones_are_known, INSTALLATION, deploy=True)
        user_logged_in.connect(note_sign_in, dispatch_uid="siegel.identity.note_sign_in")
