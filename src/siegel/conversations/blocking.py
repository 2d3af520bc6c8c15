"""Ending it with an abusive visitor: from a blocked contact nothing is taken any more."""

from django.db import transaction
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.contact_access import (
    contact_for,
    contacts_of_person,
    newest_conversation,
)
from siegel.conversations.events import append_event
from siegel.conversations.models import Contact, Conversation
from siegel.tenancy import bus
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction


class Blocked(Exception):
    """The organisation takes nothing more from this client."""


def block(by: Participant, contact: Contact) -> None:
    """Take no message, file, introduction or new start from the person; raises access.NotFound."""
    with write_transaction():
        person = contacts_of_person(contact_for(by, contact.pk))
        changed = list(person.filter(blocked_at=None))
        Contact.objects.filter(pk__in=[one.pk for one in changed]).update(blocked_at=timezone.now())
        _note(by, "blocked", changed)


def unblock(by: Participant, contact: Contact) -> None:
    """Take from the person again what they send; raises access.NotFound."""
    with write_transaction():
        person = contacts_of_person(contact_for(by, contact.pk))
        changed = list(person.exclude(blocked_at=None))
        Contact.objects.filter(pk__in=[one.pk for one in changed]).update(blocked_at=None)
        _note(by, "unblocked", changed)


def is_blocked(client: Participant) -> bool:
    """Whether the organisation has ended it with a client."""
    found = Contact.objects.exclude(blocked_at=None)
    return client.contact is not None and found.filter(pk=client.contact).exists()


def _note(by: Participant, kind: str, contacts: list[Contact]) -> None:
    for contact in contacts:
        conversation = newest_conversation(contact)
        if conversation is not None:
            event = append_event(conversation, kind, by, {"name": by.name})
            _hint(conversation, event.seq)
        trail.append([trail.Event(by.actor, f"contact.{kind}", f"contact:{contact.pk}")])


def _hint(conversation: Conversation, seq: int) -> None:
    """The event is internal, but the client's chat is to ask, and to learn whether it has ended."""
    tenant, hint = served(), bus.Hint("event", str(conversation.pk), seq)
    transaction.on_commit(lambda: bus.publish(tenant, hint), using=tenant.id)
