"""Answers that can still be called back: stored at once, with the time at which they go out."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.attached import deleted_file_shown, file_shown, files_to_attach
from siegel.conversations.batches import Refused
from siegel.conversations.bodies import check_body
from siegel.conversations.drafts import forget_sent
from siegel.conversations.models import Conversation, Message, PendingMessage, Side, State
from siegel.files.models import StoredFile
from siegel.identity.models import Organisation
from siegel.tenancy.writing import write_transaction

# From then on it is posted and cannot be called back, whatever the clock says.
GOING = "going"
# Its author's again. It stays here until their browser says that it has it.
CALLED_BACK = "called-back"


class GoneOut(Exception):
    """It was posted, or is being posted: it cannot be called back any more."""


def hold_message(
    by: Participant,
    conversation: Conversation,
    key: uuid.UUID,
    body: str,
    files: Sequence[uuid.UUID] = (),
) -> PendingMessage | None:
    """Store an answer that goes out in `Organisation.undo_seconds`; None if it has gone out.

    The same key again is the same answer. What the conversation would refuse now is refused at
    once. Raises bodies.RefusedBody, batches.Refused, access.NotFound.
    """
    if body or not files:
        check_body(body)
    if by.person is None:
        raise NotFound
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        held = PendingMessage.objects.filter(key=key).first()
        if held is not None:
            if (held.conversation_id, held.author_id) != (conversation.pk, by.person.pk):
                raise NotFound
            return held
        if is_posted(conversation, key):
            return None
        if conversation.assigned_to_id not in (None, by.person.pk):
            raise Refused("assigned-to-other")
        if conversation.state == State.RESOLVED:
            raise Refused("conversation-resolved")
        if set(files_to_attach(files, conversation.pk, by.actor)) != set(files):
            raise Refused("file-gone")
        wait = dt.timedelta(seconds=Organisation.of_tenant().undo_seconds)
        held = PendingMessage.objects.create(
            key=key,
            conversation=conversation,
            author=by.person,
            body=body,
            files=[str(identifier) for identifier in files],
            release_at=timezone.now() + wait,
        )
        forget_sent(by, conversation, body, is_note=False)
    return held


def pending_of(by: Participant, conversation: Conversation) -> "QuerySet[PendingMessage]":
    """A person's own answers of a conversation that are not in it, in their order."""
    return PendingMessage.objects.filter(conversation=conversation, author=by.person).order_by(
        "release_at"
    )


def unsent_of(by: Participant) -> "QuerySet[PendingMessage]":
    """A person's own answers that do not go out by themselves, in whichever conversation."""
    waiting = PendingMessage.objects.exclude(outcome__in=["", GOING])
    return waiting.filter(author=by.person).order_by("release_at")


def call_back(by: Participant, conversation: Conversation, key: uuid.UUID) -> PendingMessage:
    """Take an answer back before it goes out, or after it was refused: it is the caller's again.

    The answer to this may be lost on its way, so that it is kept until the caller says by `forget`
    that they have it; asked again, it is the same. Raises GoneOut, access.NotFound.
    """
    with write_transaction():
        found = _stopped(by, conversation, key)
        found.outcome = CALLED_BACK
        found.save(update_fields=["outcome"])
    return found


def forget(by: Participant, conversation: Conversation, key: uuid.UUID) -> None:
    """Throw an answer away, or what was kept of one that was called back; raises as call_back."""
    with write_transaction():
        _stopped(by, conversation, key).delete()


def forget_unsent(by: Participant, key: uuid.UUID) -> None:
    """Throw away an own answer that does not go out, also from where one may not look any more.

    Raises access.NotFound.
    """
    with write_transaction():
        found = unsent_of(by).filter(key=key).first()
        if found is None:
            raise NotFound
        found.delete()


def _stopped(by: Participant, conversation: Conversation, key: uuid.UUID) -> PendingMessage:
    """An own answer that can still be kept from going out, or does not go out anyway."""
    conversation = conversation_for(by, conversation.pk)
    found = pending_of(by, conversation).filter(key=key).first()
    if found is None:
        raise GoneOut if is_posted(conversation, key) else NotFound
    if found.outcome == GOING or (not found.outcome and found.release_at <= timezone.now()):
        raise GoneOut
    return found


def is_posted(conversation: Conversation, key: uuid.UUID) -> bool:
    """Whether an answer with this key is in the conversation."""
    posted = Message.objects.filter(key=key, conversation=conversation, side=Side.ADVISER)
    return posted.exists()


def files_of(held: Iterable[PendingMessage]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """The files of held answers by their keys, as clients get files."""
    rows = list(held)
    wanted = {uuid.UUID(name) for row in rows for name in row.files}
    found = StoredFile.objects.in_bulk(wanted)
    shown: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in rows:
        ids = [uuid.UUID(name) for name in row.files]
        shown[row.key] = [
            file_shown(found[pk]) if pk in found else deleted_file_shown(pk) for pk in ids
        ]
    return shown
