"""Misconfiguration of what people's times are reckoned with, and of their mail."""

import smtplib
from typing import Any
from zoneinfo import available_timezones

from django.core import checks

from siegel.identity.mail_server import MailServer, in_short_words, is_configured

NO_ZONES = "siegel.identity.E001"
NO_MAIL = "siegel.identity.W002"
NO_DELIVERY = "siegel.identity.E003"


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


def mail_can_be_sent(**_: Any) -> list[checks.CheckMessage]:
    """There is a mail server, it is the one that is meant, and it lets us in."""
    if not is_configured():
        return [
            checks.Warning(
                "There is no mail server: nobody is sent invitations, new passwords or alarms.",
                hint="Links are handed over by people meanwhile. Otherwise set SIEGEL_SMTP_HOST: "
                "docs/how-to/send-system-mail.md.",
                id=NO_MAIL,
            )
        ]
    try:
        server = MailServer()
        server.open()
        server.close()
    except (OSError, smtplib.SMTPException) as error:
        return [
            checks.Error(
                f"The mail server cannot be used: {in_short_words(error)}.",
                hint="See docs/how-to/send-system-mail.md. Mail waits for four days meanwhile.",
                id=NO_DELIVERY,
            )
        ]
    return []
