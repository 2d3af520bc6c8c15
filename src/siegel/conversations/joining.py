"""Joining what a client began anonymously to their account: by their own word, and not without.

Advisers may say that two contacts are one person, for what advisers are shown (merging). This one
opens something: the client gets the conversation on every device. So only they can say it, in a
browser that held both.
"""

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.client_links import end_links
from siegel.conversations.contact_access import newest_conversation
from siegel.conversations.events import append_event
from siegel.conversations.merging import merge_persons
from siegel.conversations.models import ClientAccount, Contact, Side
from siegel.tenancy.writing import write_transaction


def may_be_joined(account: ClientAccount, contact: Contact) -> bool:
    """Whether there is something to ask for: written anonymously, and nobody's account yet."""
    is_free = contact.joined_to_id is None and contact.blocked_at is None
    is_other = contact.pk != account.contact_id and not hasattr(contact, "account")
    return is_free and is_other and contact.conversations.exclude(excerpt="").exists()


def join(account: ClientAccount, contact: Contact) -> None:
    """Give the account's client, on every device, what a contact has begun anonymously."""
    with write_transaction():
        Contact.objects.filter(pk=contact.pk).update(joined_to=account.contact)
        merge_persons(contact, account.contact)
        # Who asked for one did so before it was the account's.
        end_links([contact.pk])
        _note(account, contact, "joined")


def decline(account: ClientAccount, contact: Contact) -> None:
    """Note that the client does not want that; nothing is changed."""
    with write_transaction():
        _note(account, contact, "not-joined")


def _note(account: ClientAccount, contact: Contact, kind: str) -> None:
    client = Participant(Side.CLIENT, contact=account.contact_id)
    if (conversation := newest_conversation(contact)) is not None:
        append_event(conversation, kind, client, {})
    subject, detail = f"contact:{contact.pk}", {"with": str(account.contact_id)}
    trail.append([trail.Event(client.actor, f"client.{kind}", subject, detail)])
