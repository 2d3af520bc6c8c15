"""Who a client is: what they say of themselves, and what an adviser corrects."""

from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError

from siegel.audit import trail
from siegel.conversations import search_index
from siegel.conversations.access import Participant
from siegel.conversations.blocking import Blocked
from siegel.conversations.bodies import RefusedBody, check_body
from siegel.conversations.contact_access import contact_for, newest_conversation
from siegel.conversations.events import append_event
from siegel.conversations.models import ClientAccount, Contact, Conversation, Event
from siegel.identity.addresses import check_address
from siegel.tenancy.writing import write_transaction

MOST_INTRODUCTIONS = 20
LONGEST_NAME = 120


class TooManyIntroductions(Exception):
    """The contact has said often enough who they are; each time is an event that is kept."""


class RefusedContact(ValueError):
    """A field cannot be taken; `field` is `name`, `email` or `language`, `code` says more."""

    def __init__(self, field: str, code: str = "") -> None:
        super().__init__(field)
        self.field = field
        self.code = code


def introduce(by: Participant, conversation: Conversation, name: str, email: str) -> None:
    """Store the client's name and address; of one whom the website names only what is missing.

    Raises RefusedContact, TooManyIntroductions, blocking.Blocked.
    """
    name, email = name.strip(), email.strip()
    _check_name(name)
    _check_email(email)
    with write_transaction():
        conversation.refresh_from_db()
        if conversation.contact.blocked_at is not None:
            raise Blocked
        if conversation.events.filter(kind="contact").count() >= MOST_INTRODUCTIONS:
            raise TooManyIntroductions
        contact = conversation.contact
        if ClientAccount.objects.filter(contact=contact).exclude(subject="").exists():
            # What the website or an adviser has said of them stays.
            contact.name, contact.email = contact.name or name, contact.email or email
        else:
            contact.name, contact.email = name, email
        contact.save(update_fields=["name", "email"])
        append_event(conversation, "contact", by, {"name": name, "email": email})


class Told(NamedTuple):
    """What a client has said of themselves; both empty if they have not."""

    name: str = ""
    email: str = ""


def told_by_client(conversation: Conversation) -> Told:
    """Who the client said they are, in this conversation, whatever advisers have made of it.

    For the client: what advisers write about a contact stays within the organisation.
    """
    newest = conversation.events.filter(kind="contact").order_by("-seq").first()
    if newest is None:
        return Told()
    return Told(newest.detail["name"], newest.detail["email"])


def typed_by_client(contact: Contact) -> bool:
    """Whether the address of a contact is one that the client has typed themselves."""
    said = Event.objects.filter(conversation__contact=contact, kind="contact")
    return said.filter(detail__email=contact.email).exists()


def change_contact(
    by: Participant, contact: Contact, *, name: str, email: str, language: str
) -> None:
    """Correct what is known of a contact; name and address may be empty.

    Raises RefusedContact, access.NotFound. What stays the same is no event.
    """
    told = {"name": name.strip(), "email": email.strip(), "language": language}
    if told["name"]:
        _check_name(told["name"])
    if told["email"]:
        _check_email(told["email"])
    if language not in dict(settings.LANGUAGES):
        raise RefusedContact("language")
    with write_transaction():
        contact = contact_for(by, contact.pk)
        changed = sorted(field for field in told if told[field] != getattr(contact, field))
        if not changed:
            return
        Contact.objects.filter(pk=contact.pk).update(**told)
        contact.refresh_from_db()
        search_index.index_contact(contact)
        conversation = newest_conversation(contact)
        if conversation is not None:
            detail = {"name": by.name, "fields": changed}
            append_event(conversation, "contact-changed", by, detail)
        subject = f"contact:{contact.pk}"
        trail.append([trail.Event(by.actor, "contact.changed", subject, {"fields": changed})])


def _check_name(name: str) -> None:
    try:
        check_body(name)
    except RefusedBody as refusal:
        raise RefusedContact("name", refusal.code) from None
    if "\n" in name or "\t" in name:
        raise RefusedContact("name", "body-control-characters")
    if len(name) > LONGEST_NAME:
        raise RefusedContact("name", "body-too-long")


def _check_email(email: str) -> None:
    try:
        check_address(email)
    except ValidationError:
        raise RefusedContact("email") from None
