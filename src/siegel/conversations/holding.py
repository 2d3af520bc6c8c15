"""Legal hold: nothing of a conversation is deleted by rule, for a reason that is written down."""

import uuid

from django.db.models import QuerySet
from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.bodies import RefusedBody, check_body
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, LegalHold, Side
from siegel.identity.acting import acting
from siegel.identity.models import Person
from siegel.tenancy.writing import write_transaction

SHORTEST_REASON = 3
LONGEST_REASON = 500


class RefusedReason(ValueError):
    """The reason says nothing, is too long, or holds what no text holds."""


def hold(by: Person, conversation: Conversation, reason: str) -> None:
    """Keep a conversation from being deleted by rule; one that is held keeps its first reason.

    Raises RefusedReason (3 to 500 characters), access.NotFound.
    """
    reason = reason.strip()
    try:
        check_body(reason)
    except RefusedBody:
        raise RefusedReason from None
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RefusedReason
    with write_transaction():
        adviser = Participant(Side.ADVISER, person=by)
        conversation = conversation_for(adviser, conversation.pk)
        _, is_new = LegalHold.objects.get_or_create(
            conversation=conversation,
            defaults={"reason": reason, "set_by": by, "set_at": timezone.now()},
        )
        if is_new:
            append_event(conversation, "held", adviser, {"name": by.name, "reason": reason})


def lift(by: Person, conversation: uuid.UUID) -> None:
    """Let the rule hold for the conversation again; raises access.NotFound.

    An administrator's decision, who need not be allowed to read it: the hold is the relation that
    grants the right. Raises django's PermissionDenied if they are none any more.
    """
    with write_transaction():
        acting(by)
        found = LegalHold.objects.filter(conversation=conversation).first()
        if found is None:
            raise NotFound
        administrator = Participant(Side.ADVISER, person=by)
        append_event(found.conversation, "hold-lifted", administrator, {"name": by.name})
        found.delete()


def holds() -> QuerySet[LegalHold]:
    """All holds, the oldest first."""
    return LegalHold.objects.select_related("set_by").order_by("set_at", "pk")
