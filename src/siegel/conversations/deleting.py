"""Deleting a conversation in short steps, between which others write.

From the first one on nobody sees it. Each is a transaction; killed anywhere, whoever is called
again goes on, since what is left is looked up in the database.
"""

import uuid
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from siegel.conversations import search_index
from siegel.conversations.client_links import forget_mail
from siegel.conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Event,
    Message,
    Note,
    State,
)
from siegel.conversations.search_forgetting import forget_texts, forget_words
from siegel.files.deletion import forget_files
from siegel.files.models import StoredFile, Upload
from siegel.files.uploading import discard_upload, remove_objects
from siegel.identity.models import QueuedNotice
from siegel.tenancy.writing import give_way, write_transaction

# What a step deletes at most: some ten milliseconds under the write lock.
FILES_AT_ONCE = 20
EVENTS_AT_ONCE = 30
CHARACTERS_AT_ONCE = 30_000


class _Said(NamedTuple):
    """An event, and what was said with it, if anything."""

    number: int
    seq: int
    body: str


def hide(conversation: Conversation) -> None:
    """The first step: it is gone for everybody. Inside a write transaction.

    Its excerpt goes at once, and with its place the lists and figures that it was in.
    """
    conversation.state = State.DELETING
    conversation.excerpt = ""
    conversation.assigned_to = conversation.team = conversation.snoozed_until = None
    conversation.save(update_fields=["state", "excerpt", "assigned_to", "team", "snoozed_until"])


def delete_hidden(identifier: uuid.UUID, actor: str) -> None:
    """All other steps; django's DatabaseError is raised when one fails."""
    while not _delete_rest(identifier):
        _delete_files(identifier, actor)
        _delete_events(identifier)


def delete_contacts_without_conversations(but: QuerySet[Any, Any]) -> None:
    """Delete clients with an account who have no conversation, but those that a query names."""
    with write_transaction():
        kept = frozenset(but)
        silent = Contact.objects.filter(account__isnull=False, conversations=None)
        for contact in silent.exclude(pk__in=kept):
            # One that was tied to an earlier one is gone with it.
            _delete_contact(Contact.objects.filter(pk=contact.pk).first(), kept, hourly=True)


def _delete_files(conversation: uuid.UUID, actor: str) -> None:
    """Files, pictures of their pages, and what was on its way."""
    while files := list(StoredFile.objects.filter(scope=conversation)[:FILES_AT_ONCE]):
        with write_transaction():
            forgotten = forget_files(files, actor)
        # After the commit: rows that come back would have lost them.
        remove_objects(forgotten)
        give_way()
    for upload in list(Upload.objects.filter(scope=conversation)):
        discard_upload(upload)


def _delete_events(conversation: uuid.UUID) -> None:
    while said := _some_of(conversation):
        forget_words([(number, body) for number, _, body in said if body])
        with write_transaction():
            forget_texts([number for number, _, body in said if body])
            numbers = [seq for _, seq, _ in said]
            for model in (Note, Attachment, Message, Event):
                found = model._default_manager.filter(conversation=conversation)
                found.filter(seq__in=numbers).delete()
        give_way()


def _some_of(conversation: uuid.UUID) -> list[_Said]:
    """The first events, one at least, whose texts are not too long together."""
    rows = search_index.run(
        "SELECT e.id, e.seq, coalesce(m.body, n.body, '') FROM conversations_event e"
        " LEFT JOIN conversations_message m"
        "  ON m.conversation_id = e.conversation_id AND m.seq = e.seq"
        " LEFT JOIN conversations_note n ON n.conversation_id = e.conversation_id AND n.seq = e.seq"
        " WHERE e.conversation_id = %s ORDER BY e.seq LIMIT %s",
        [conversation.hex, EVENTS_AT_ONCE],
    )
    said: list[_Said] = []
    characters = 0
    for row in rows:
        characters += len(row[2])
        if said and characters > CHARACTERS_AT_ONCE:
            break
        said.append(_Said(*row))
    return said


def _delete_rest(identifier: uuid.UUID) -> bool:
    """The last step: the conversation itself; False if there is more to delete before."""
    with write_transaction():
        of_scope = (StoredFile.objects, Upload.objects)
        if any(rows.filter(scope=identifier).exists() for rows in of_scope):
            return False
        if Event.objects.filter(conversation=identifier).exists():
            return False
        # None is left that has an event, and what has none is in no index.
        for model in (Note, Attachment, Message):
            model._default_manager.filter(conversation=identifier).delete()
        found = Conversation.objects.select_related("contact").filter(pk=identifier)
        conversation = found.first()
        if conversation is None:
            return True  # Another run, of a job whose lease was over, was quicker.
        _forget_mail(conversation)
        # All else that belongs to a conversation goes with it.
        conversation.delete()
        _delete_contact(conversation.contact)
    return True


def _forget_mail(conversation: Conversation) -> None:
    """What was to be mailed about it, and where it went to."""
    proofs = [str(proof) for proof in conversation.proofs.values_list("pk", flat=True)]
    about = Q(context__conversation=str(conversation.pk)) | Q(context__proof__in=proofs)
    QueuedNotice.objects.filter(about).delete()


def _delete_contact(
    contact: Contact | None, but: frozenset[uuid.UUID] = frozenset(), *, hourly: bool = False
) -> None:
    """Delete a contact of whom nothing is left, with what depends on it: its browsers' tokens.

    As long as somebody who is the same person has conversations, it is part of who they are.
    """
    if contact is None:
        return
    persons = _connected(contact)
    members = Contact.objects.filter(pk__in=persons)
    # Other accounts are looked at once an hour, by what knows who is signed in.
    others = members.exclude(pk=contact.pk).filter(account__isnull=False)
    waits = not hourly and others.exists()
    if waits or but & persons or members.filter(conversations__isnull=False).exists():
        _delete_outermost(contact, but)
        return
    members.update(merged_into=None, merged_with=None, joined_to=None)
    for member in members:
        _forget(member)


def _delete_outermost(contact: Contact | None, but: frozenset[uuid.UUID]) -> None:
    """What no other contact is tied to, one after the other."""
    while contact is not None:
        tied = Q(merged_into=contact) | Q(merged_with=contact) | Q(joined_to=contact)
        is_needed = contact.conversations.exists() or Contact.objects.filter(tied).exists()
        if is_needed or contact.pk in but:
            return
        above = contact.merged_with
        _forget(contact)
        contact = above


def _connected(contact: Contact) -> frozenset[uuid.UUID]:
    """All that are tied to a contact by merging or joining, in any direction, itself included."""
    found: set[uuid.UUID] = set()
    new = {contact.pk}
    while new:
        found |= new
        tied = Q(pk__in=new) | Q(merged_into__in=new) | Q(merged_with__in=new)
        rows = Contact.objects.filter(tied | Q(joined_to__in=new)).values_list(
            "pk", "merged_into", "merged_with", "joined_to"
        )
        new = {one for row in rows for one in row if one is not None} - found
    return frozenset(found)


def _forget(contact: Contact) -> None:
    forget_mail(contact)
    search_index.forget_contact(contact.pk)
    contact.delete()
