"""Changes of a conversation by an adviser: taking it over, resolving, reopening."""

from django.utils import timezone

from siegel.conversations.access import Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, State
from siegel.tenancy.writing import write_transaction


def assign_to_self(by: Participant, conversation: Conversation) -> None:
    """Take a conversation that is nobody's; taking one's own again changes nothing.

    Raises access.NotFound if somebody else was quicker.
    """
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        if conversation.assigned_to is None:
            conversation.assigned_to = by.person
            conversation.save(update_fields=["assigned_to"])
            append_event(conversation, "assigned", by, {"name": by.name})


def resolve(by: Participant, conversation: Conversation) -> None:
    """Mark a conversation as done; whoever resolves what is nobody's takes it."""
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        if conversation.state == State.OPEN:
            assign_to_self(by, conversation)
            conversation.refresh_from_db()
            _change(by, conversation, State.RESOLVED, "resolved", {"name": by.name})


def reopen(by: Participant, conversation: Conversation) -> None:
    """Open a resolved conversation again."""
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
