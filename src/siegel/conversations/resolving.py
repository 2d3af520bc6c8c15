"""Changes of a conversation by an adviser: taking what is free, resolving, reopening."""

from django.utils import timezone

from siegel.conversations.access import Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Message, Side, State
from siegel.tenancy.writing import write_transaction


class AssignedElsewhere(Exception):
    """Somebody else looks after it; nothing was changed. `name` says who, empty if nobody does."""

    def __init__(self, name: str) -> None:
        super().__init__("Assigned otherwise.")
        self.name = name


class NotOpen(Exception):
    """The conversation is resolved: it is reopened first."""


class WrittenMeanwhile(Exception):
    """The client has written what whoever resolves has not seen; nothing was changed."""


def check_own_or_free(by: Participant, conversation: Conversation) -> None:
    """Leave to others what is theirs; raises AssignedElsewhere.

    A colleague of the same team sees it all the same, and takes it over first.
    """
    if conversation.assigned_to not in {None, by.person}:
        assert conversation.assigned_to is not None  # noqa: S101 - as the line above says
        raise AssignedElsewhere(conversation.assigned_to.name)


def assign_to_self(by: Participant, conversation: Conversation) -> None:
    """Take a conversation that is nobody's; taking one's own again changes nothing.

    Raises access.NotFound, or AssignedElsewhere if somebody else was quicker.
    """
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        check_own_or_free(by, conversation)
        if conversation.assigned_to is None:
            conversation.assigned_to = by.person
            conversation.save(update_fields=["assigned_to"])
            append_event(conversation, "assigned", by, {"name": by.name})


def check_seen(conversation: Conversation, seen: int) -> None:
    """Nobody is done with what they have not read; `seen` is the last number that they saw.

    Raises WrittenMeanwhile.
    """
    newer = Message.objects.filter(conversation=conversation, seq__gt=seen)
    if newer.filter(side=Side.CLIENT).exists():
        raise WrittenMeanwhile


def resolve(by: Participant, conversation: Conversation, seen: int | None = None) -> None:
    """Mark a conversation as done; whoever resolves what is nobody's takes it.

    `seen` is the last number that they saw, if they say so. Raises access.NotFound,
    AssignedElsewhere, WrittenMeanwhile.
    """
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        if conversation.state == State.OPEN:
            assign_to_self(by, conversation)
            if seen is not None:
                check_seen(conversation, seen)
            conversation.refresh_from_db()
            _change(by, conversation, State.RESOLVED, "resolved", {"name": by.name})


def reopen(by: Participant, conversation: Conversation) -> None:
    """Open a resolved conversation again; raises access.NotFound."""
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        if conversation.state == State.RESOLVED:
            detail = {"side": str(by.side), "name": by.name}
            _change(by, conversation, State.OPEN, "reopened", detail)


def _change(
    by: Participant, conversation: Conversation, state: State, kind: str, detail: dict[str, str]
) -> None:
    conversation.state = state
    conversation.resolved_at = timezone.now() if state == State.RESOLVED else None
    conversation.snoozed_until = None
    conversation.save(update_fields=["state", "resolved_at", "snoozed_until"])
    append_event(conversation, kind, by, detail)
