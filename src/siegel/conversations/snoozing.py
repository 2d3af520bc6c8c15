"""Putting a conversation aside until a time, or until its client writes."""

import datetime as dt
import logging

from django.db import DatabaseError
from django.utils import timezone

from siegel.conversations.access import Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Side, State
from siegel.conversations.resolving import NotOpen, check_own_or_free
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.models import State as TenantState
from siegel.tenancy.models import Tenant
from siegel.tenancy.writing import write_transaction

log = logging.getLogger(__name__)
LONGEST = dt.timedelta(days=366)
# So many are woken in one transaction: messages wait for it.
MOST_AT_ONCE = 100
CLOCK = Participant(Side.ADVISER, program="clock")


class RefusedTime(ValueError):
    """Nothing can be put aside until then; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def moment(told: str) -> dt.datetime:
    """A time of day with its zone (ISO 8601), from now on and within a year; raises RefusedTime."""
    try:
        until = dt.datetime.fromisoformat(told)
        if until.tzinfo is None:
            raise RefusedTime("time-refused")
        until = until.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise RefusedTime("time-refused") from None
    if until <= timezone.now():
        raise RefusedTime("time-past")
    if until > timezone.now() + LONGEST:
        raise RefusedTime("time-too-far")
    return until


def snooze(by: Participant, conversation: Conversation, until: dt.datetime) -> None:
    """Put it aside, or change until when; who looks after it stays.

    Raises access.NotFound, AssignedElsewhere, NotOpen.
    """
    with write_transaction():
        found = conversation_for(by, conversation.pk)
        check_own_or_free(by, found)
        if found.state != State.OPEN:
            raise NotOpen
        if found.snoozed_until == until:
            return
        found.snoozed_until = until
        found.save(update_fields=["snoozed_until"])
        append_event(found, "snoozed", by, {"name": by.name, "until": until.isoformat()})


def wake(by: Participant, conversation: Conversation) -> None:
    """Have it back now; raises access.NotFound, AssignedElsewhere."""
    with write_transaction():
        found = conversation_for(by, conversation.pk)
        check_own_or_free(by, found)
        wake_if_snoozed(by, found)


def wake_if_snoozed(by: Participant, conversation: Conversation) -> None:
    """Have a conversation back that was read in this write transaction, if it is put aside."""
    if conversation.snoozed_until is not None:
        conversation.snoozed_until = None
        conversation.save(update_fields=["snoozed_until"])
        append_event(conversation, "woken", by, {})


def wake_due() -> int:
    """Wake what was put aside until now, in the tenant that is served; returns how many."""
    woken = 0
    while True:
        with write_transaction():
            due = Conversation.objects.filter(snoozed_until__lte=timezone.now())
            found = list(due.order_by("snoozed_until")[:MOST_AT_ONCE])
            for conversation in found:
                wake_if_snoozed(CLOCK, conversation)
        woken += len(found)
        if len(found) < MOST_AT_ONCE:
            return woken


def wake_due_everywhere() -> None:
    """Wake what is due in every tenant that is served; one that fails does not keep the others."""
    for tenant in Tenant.objects.filter(state=TenantState.ACTIVE, is_probe=False):
        served = tenant.as_served()
        try:
            with serving(served):
                open_database(served)
                if Conversation.objects.filter(snoozed_until__lte=timezone.now()).exists():
                    wake_due()
        except (Unavailable, DatabaseError, OSError) as error:
            log.warning("nothing was woken in %s: %s", served.id, type(error).__name__)
