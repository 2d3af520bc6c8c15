"""Clients whom the organisation's website names: the same contact on every device."""

from siegel.audit import trail
from siegel.conversations import search_index
from siegel.conversations.client_models import ClientAccount
from siegel.conversations.models import Contact
from siegel.identity.client_tokens import Recognised
from siegel.tenancy.writing import write_transaction


def account_of(who: Recognised, language: str) -> ClientAccount:
    """The account of a client whom the website has named, made if they are here the first time.

    Name and e-mail fill what is empty, and replace nothing that an adviser may have corrected.
    """
    with write_transaction():
        found = ClientAccount.objects.select_related("contact").filter(subject=who.subject).first()
        account = found or ClientAccount.objects.create(
            contact=Contact.objects.create(language=language), subject=who.subject
        )
        _fill(account.contact, who)
        note_sign_in(account, "website", kid=who.key.kid)
    return account


def note_sign_in(account: ClientAccount, way: str, **facts: str) -> None:
    """Note in the trail that a client is known from now on, and by what."""
    actor = f"contact:{account.contact_id}"
    detail = {"factor": way, **facts}
    trail.append([trail.Event(actor, "client.signed-in", actor, detail)])


def _fill(contact: Contact, who: Recognised) -> None:
    told = {"name": who.name, "email": who.email}
    new = {field: text for field, text in told.items() if text and not getattr(contact, field)}
    if new:
        Contact.objects.filter(pk=contact.pk).update(**new)
        contact.refresh_from_db()
        search_index.index_contact(contact)
