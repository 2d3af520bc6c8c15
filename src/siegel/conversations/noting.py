"""Notes: what advisers tell each other about a conversation. No client ever gets them."""

import uuid
from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.bodies import check_body
from siegel.conversations.drafts import forget_sent
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Mention, Note, State
from siegel.identity.models import Person
from siegel.identity.roles import Permission
from siegel.tenancy.writing import write_transaction


class NotMentionable(ValueError):
    """Somebody who is mentioned cannot see the conversation: they would be called to nothing."""


def mentionable(conversation: Conversation) -> list[Person]:
    """The advisers who may see a conversation, by name.

    The other side of access.conversations_for: a test holds the two against each other.
    """
    if conversation.state == State.DELETING:
        return []
    who = Q()
    if conversation.team_id is not None:
        who = Q(teams=conversation.team_id)
    if conversation.assigned_to_id is not None:
        is_shared = conversation.team_id is not None and conversation.state == State.OPEN
        assigned = Q(pk=conversation.assigned_to_id)
        who = who | assigned if is_shared else assigned
    people = Person.objects.filter(who, is_active=True).distinct().order_by("name", "email")
    return [person for person in people if person.may(Permission.CONVERSATION_READ)]


def write_note(
    by: Participant,
    conversation: Conversation,
    key: uuid.UUID,
    body: str,
    mentions: Collection[uuid.UUID] = (),
) -> Note:
    """Add a note; one with the same key that the author has written here before is that note.

    Colleagues of the one who looks after the conversation may write notes, also when it is
    resolved. Raises bodies.RefusedBody, NotMentionable, access.NotFound.
    """
    check_body(body)
    author = _author(by)
    with write_transaction():
        conversation = conversation_for(by, conversation.pk)
        written = Note.objects.filter(key=key).first()
        if written is not None:
            if (written.conversation_id, written.author_id) != (conversation.pk, author.pk):
                raise NotFound
            return written
        known = {person.pk: person for person in mentionable(conversation)} if mentions else {}
        if not set(mentions) <= set(known):
            raise NotMentionable
        named = [known[identifier] for identifier in dict.fromkeys(mentions)]
        detail = {"mentions": [person.name for person in named]} if named else {}
        event = append_event(conversation, "note", by, detail)
        note = Note.objects.create(
            conversation=conversation,
            seq=event.seq,
            author=author,
            key=key,
            body=body,
            at=event.at,
        )
        Mention.objects.bulk_create(
            Mention(note=note, conversation=conversation, person=person, at=event.at)
            for person in named
        )
        forget_sent(by, conversation, body, is_note=True)
    return note


def see_mentions(person: Person, conversation: Conversation) -> None:
    """Whoever opens a conversation has seen the notes in it that name them."""
    unseen = Mention.objects.filter(person=person, conversation=conversation, seen_at=None)
    if unseen.exists():  # The lock is taken only for those who have something to see.
        with write_transaction():
            unseen.update(seen_at=timezone.now())


def _author(by: Participant) -> Person:
    if by.person is None:
        raise NotFound
    return by.person
