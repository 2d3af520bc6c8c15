"""Registers the checks of this room, and what begins when somebody signs in."""

from django.apps import AppConfig
from django.core import checks


class Identity(AppConfig):
    name = "siegel.identity"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from siegel.identity.checks import mail_can_be_sent, time_zones_are_known
        from siegel.identity.new_device_letter import tell_of_new_device
        from siegel.identity.session_engine import note_sign_in
        from siegel.identity.sign_ins import (
            note_signed_in,
            note_signed_out,
            signed_in_from_new_device,
        )
        from siegel.tenancy.checks import INSTALLATION

        checks.register(time_zones_are_known, INSTALLATION, deploy=True)
        checks.register(mail_can_be_sent, INSTALLATION, deploy=True)
        user_logged_in.connect(note_sign_in, dispatch_uid="siegel.identity.note_sign_in")
        # In this order: the session has begun anew before the trail tells of it.
        user_logged_in.connect(note_signed_in, dispatch_uid="siegel.identity.note_signed_in")
        user_logged_out.connect(note_signed_out, dispatch_uid="siegel.identity.note_signed_out")
        signed_in_from_new_device.connect(
            tell_of_new_device, dispatch_uid="siegel.identity.tell_of_new_device"
        )
