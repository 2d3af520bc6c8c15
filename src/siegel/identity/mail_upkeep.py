"""What is looked after every hour: reminders, mail that does not get through, old rows."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone, translation

from siegel.identity.alarms import Alarmed, alarm
from siegel.identity.inviting import VALID, write_to
from siegel.identity.letters import TO_CLIENTS, Notice
from siegel.identity.mail_delivery import NO_MAIL, deliver_mail, end_overdue
from siegel.identity.mail_server import REFUSED_RECIPIENT, is_configured
from siegel.identity.models import Alarm, Invitation, NoticeState, Organisation, QueuedNotice
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue
from siegel.tenancy.writing import write_transaction

# How long after it was made, or renewed, whoever has not accepted is reminded.
REMINDERS = (dt.timedelta(days=3), VALID - dt.timedelta(days=1))
STUCK = dt.timedelta(days=1)
# Longer than a client's link holds.
LINK_HELD = dt.timedelta(hours=1)
KEEP_SENT = dt.timedelta(days=30)
KEEP_FAILED = dt.timedelta(days=90)
# Far longer than any of them keeps the same from being told again.
KEEP_ALARMS = dt.timedelta(days=90)


def look_after() -> None:
    """Look after the mail of the served tenant; harmless to do twice."""
    if is_configured():
        remind()
        _alarm_if_stuck()
        # A job that was lost, or a tenant that came from another installation.
        if QueuedNotice.objects.filter(
            state=NoticeState.WAITING, next_try_at__lte=timezone.now()
        ).exists():
            enqueue(deliver_mail, served())
    end_overdue()
    _alarm_if_failed()
    prune()


def remind() -> None:
    """Remind whoever was invited and has not accepted; at most once for each of REMINDERS."""
    now = timezone.now()
    language = Organisation.of_tenant().languages[0]
    with write_transaction(), translation.override(language):
        for invitation in Invitation.objects.filter(ended_at=None, expires_at__gt=now):
            age = now - (invitation.expires_at - VALID)
            due = sum(age >= after for after in REMINDERS)
            if due > invitation.reminded:
                invitation.reminded = due
                invitation.save(update_fields=["reminded"])
                write_to(Notice.INVITATION_REMINDER, invitation)


def prune() -> None:
    """Delete mail that is over for long; the trail has what is to be known of it."""
    now = timezone.now()
    dropped = Q(state=NoticeState.DROPPED, finished_at__lt=now - dt.timedelta(days=1))
    sent = Q(state=NoticeState.SENT, finished_at__lt=now - KEEP_SENT)
    failed = Q(state=NoticeState.FAILED, finished_at__lt=now - KEEP_FAILED)
    with write_transaction():
        QueuedNotice.objects.filter(dropped | sent | failed).delete()
        links = QueuedNotice.objects.filter(kind=Notice.CLIENT_LINK).exclude(to="")
        links.filter(finished_at__lt=now - LINK_HELD).update(to="")
        Alarm.objects.filter(raised_at__lt=now - KEEP_ALARMS).delete()


def _alarm_if_stuck() -> None:
    waiting = QueuedNotice.objects.filter(
        state=NoticeState.WAITING, created_at__lt=timezone.now() - STUCK
    )
    # Alarms about mail that are mail themselves do not raise another one.
    if waiting.exclude(kind=Notice.ALARM).exists():
        alarm(Alarmed.MAIL_STUCK, "mail", quiet=STUCK)


def _alarm_if_failed() -> None:
    failed = QueuedNotice.objects.filter(
        state=NoticeState.FAILED, finished_at__gt=timezone.now() - STUCK
    )
    # What clients have typed as their address is not for administrators to mend.
    mistyped = Q(kind__in=TO_CLIENTS) & (
        Q(last_refusal__endswith=REFUSED_RECIPIENT) | Q(last_refusal__startswith=NO_MAIL)
    )
    if failed.exclude(kind=Notice.ALARM).exclude(mistyped).exists():
        alarm(Alarmed.MAIL_FAILED, "mail", quiet=STUCK)
