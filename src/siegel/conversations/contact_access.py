"""A person as an adviser may see them: their contacts, and what of their conversations is open."""

import uuid

from django.db.models import Q, QuerySet

from siegel.conversations.access import NotFound, Participant, conversations_for
from siegel.conversations.models import Contact, Conversation, State


def contacts_of_person(contact: Contact) -> QuerySet[Contact]:
    """The contact and all that are known to be the same person, the oldest first."""
    first = contact.merged_into_id or contact.pk
    return Contact.objects.filter(Q(pk=first) | Q(merged_into=first)).order_by("created_at")


def conversations_of_person(by: Participant, contact: Contact) -> QuerySet[Conversation]:
    """What somebody may see of a person's conversations, the newest first."""
    # Asked beforehand: as a subquery it would keep SQLite from the index by contact.
    contacts = [known.pk for known in contacts_of_person(contact)]
    found = conversations_for(by).filter(contact__in=contacts)
    return found.order_by("-last_message_at", "pk")


def contact_for(by: Participant, contact: uuid.UUID | str) -> Contact:
    """A contact of whose person one may see a conversation; raises NotFound."""
    try:
        identifier = uuid.UUID(str(contact))
    except ValueError:
        raise NotFound from None
    found = Contact.objects.filter(pk=identifier).select_related("merged_into").first()
    if found is None or not conversations_of_person(by, found).exists():
        raise NotFound
    return found


def newest_conversation(contact: Contact) -> Conversation | None:
    """Where what concerns a contact is noted; whoever looks after it is to know."""
    kept = contact.conversations.exclude(state=State.DELETING)
    return kept.order_by("-started_at").first()
