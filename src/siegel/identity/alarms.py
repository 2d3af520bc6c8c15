"""Alarms: what an organisation's administrators have to know at once.

    alarm(Alarmed.REFUSED_SIGN_INS, f"person:{person.pk}")

writes a row of the trail, a mail to every administrator and a line of the log with facts for
programs. The same about the same subject is counted for a while instead of told again.
"""

import datetime as dt
import logging
from enum import StrEnum

from django.db.models import F
from django.utils import timezone

from siegel.audit import trail
from siegel.identity import mailing
from siegel.identity.mailing import Notice
from siegel.identity.models import Alarm, Organisation, Person
from siegel.identity.roles import Role
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction

log = logging.getLogger(__name__)
QUIET = dt.timedelta(hours=1)


class Alarmed(StrEnum):
    """What is alarmed about; each has its words in siegel.identity.notices."""

    REFUSED_SIGN_INS = "refused-sign-ins"
    MAIL_STUCK = "mail-stuck"
    MAIL_FAILED = "mail-failed"
    ONE_ADMINISTRATOR_LEFT = "one-administrator-left"
    CONTROL_FAILED = "control-failed"


def alarm(kind: Alarmed, subject: str, *, quiet: dt.timedelta = QUIET) -> bool:
    """Tell the served organisation's administrators; False if it was told a moment ago.

    `subject` is as the trail names it. Inside the caller's transaction, if there is one.
    """
    now = timezone.now()
    with write_transaction():
        lately = Alarm.objects.filter(kind=kind, subject=subject, raised_at__gt=now - quiet)
        if lately.update(repeated=F("repeated") + 1):
            return False
        Alarm.objects.create(kind=kind, subject=subject, raised_at=now)
        trail.append([trail.Event("alarms", "alarm.raised", subject, {"kind": kind})])
        language = Organisation.of_tenant().languages[0]
        context = {"kind": kind, "subject": subject, "at": now.isoformat()}
        for person in administrators():
            mailing.send(Notice.ALARM, person.email, language, context=context)
    facts = {"alarm": kind.value, "tenant": served().id, "subject": subject}
    log.warning("An alarm was raised.", extra={"facts": facts})
    return True


def administrators() -> list[Person]:
    """Those who may do something about it."""
    return [p for p in Person.objects.filter(is_active=True) if Role.ADMINISTRATOR in p.roles]


def alarm_if_one_is_left() -> None:
    """Somebody was an administrator until now: with one alone, what they forget is lost."""
    if len(administrators()) == 1:
        alarm(Alarmed.ONE_ADMINISTRATOR_LEFT, "organisation")
