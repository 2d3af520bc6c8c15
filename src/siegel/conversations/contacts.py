"""What a client says about themselves."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from siegel.conversations.access import Participant
from siegel.conversations.bodies import RefusedBody, check_body
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation
from siegel.tenancy.writing import write_transaction

MOST_INTRODUCTIONS = 20


class TooManyIntroductions(Exception):
    """The contact has said often enough who they are; each time is an event that is kept."""


class RefusedContact(ValueError):
    """A field cannot be taken; `field` is `name` or `email`."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def introduce(by: Participant, conversation: Conversation, name: str, email: str) -> None:
    """Store the client's name and address; raises RefusedContact, TooManyIntroductions."""
    name, email = name.strip(), email.strip()
    try:
        check_body(name)
        if len(name) > 120 or "\n" in name:
            raise RefusedBody("body-too-long")
    except RefusedBody:
        raise RefusedContact("name") from None
    try:
        validate_email(email)
    except ValidationError:
        raise RefusedContact("email") from None
    with write_transaction():
        conversation.refresh_from_db()
        if conversation.events.filter(kind="contact").count() >= MOST_INTRODUCTIONS:
            raise TooManyIntroductions
        contact = conversation.contact
        contact.name, contact.email = name, email
        contact.save(update_fields=["name", "email"])
        append_event(conversation, "contact", by, {"name": name, "email": email})
