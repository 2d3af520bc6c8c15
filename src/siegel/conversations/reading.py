"""Marks of what has been read."""

from django.utils import timezone

from siegel.conversations.access import Participant
from siegel.conversations.models import Conversation, ReadMark
from siegel.tenancy import bus
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction


def mark_read(by: Participant, conversation: Conversation, seq: int) -> None:
    """Note that a side has read up to an event; marks only move forward, never past the end.

    A colleague who looks on has not read it for the one who looks after it.
    """
    with write_transaction():
        conversation.refresh_from_db(fields=["last_seq", "assigned_to"])
        if by.person is not None and conversation.assigned_to_id not in (None, by.person.pk):
            return
        seq = min(seq, conversation.last_seq)
        mark = ReadMark.objects.filter(conversation=conversation, side=by.side).first()
        if mark is not None and mark.seq >= seq:
            return
        ReadMark.objects.update_or_create(
            conversation=conversation, side=by.side, defaults={"seq": seq, "at": timezone.now()}
        )
    hint = bus.Hint("read", str(conversation.pk), conversation.last_seq, side=by.side)
    bus.publish(served(), hint)
