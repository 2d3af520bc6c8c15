"""What an adviser has begun to write, kept at the server: one answer and one note each."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.bodies import LONGEST_BODY, NO_TEXT
from siegel.conversations.models import Conversation, Draft
from siegel.tenancy.writing import write_transaction


class RefusedDraft(ValueError):
    """The text cannot be kept here; `code` says why. The browser keeps it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NewerDraft(Exception):
    """Another window has stored `draft` meanwhile: nothing was overwritten."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft


def drafts_of(by: Participant, conversation: Conversation) -> "QuerySet[Draft]":
    """A person's own drafts of a conversation."""
    return Draft.objects.filter(person=by.person, conversation=conversation)


def save_draft(
    by: Participant,
    conversation: Conversation,
    body: str,
    *,
    is_note: bool,
    replaces: dt.datetime | None,
) -> Draft | None:
    """Keep a text in the place of the one that was saved at `replaces`; an empty one is no draft.

    The time of the server tells versions apart, since clocks of browsers differ. What is stored
    already is not stored again, so that a retry is harmless. Raises RefusedDraft, NewerDraft,
    access.NotFound.
    """
    if len(body) > LONGEST_BODY:
        raise RefusedDraft("draft-too-long")
    if NO_TEXT.search(body):
        raise RefusedDraft("body-control-characters")
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        found = drafts_of(by, conversation).filter(is_note=is_note)
        stored = found.first()
        if stored is not None and stored.body == body:
            return stored
        if stored is not None and stored.saved_at != replaces:
            raise NewerDraft(stored)
        if not body:
            found.delete()
            return None
        if by.person is None:
            raise NotFound
        draft, _ = Draft.objects.update_or_create(
            person=by.person,
            conversation=conversation,
            is_note=is_note,
            defaults={"body": body, "saved_at": timezone.now()},
        )
    return draft


def delete_drafts(by: Participant, conversation: Conversation) -> None:
    """Throw away what somebody has begun to write in a conversation."""
    with write_transaction():
        drafts_of(by, conversation).delete()


def forget_sent(by: Participant, conversation: Conversation, body: str, *, is_note: bool) -> None:
    """What was sent is no draft any more. Inside a write transaction.

    Its draft may be some letters behind. Another text, of another window, is left alone.
    """
    for draft in drafts_of(by, conversation).filter(is_note=is_note):
        if body.startswith(draft.body):
            draft.delete()
