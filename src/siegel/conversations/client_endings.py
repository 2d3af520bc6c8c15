"""Ending what lets clients in: of one of them, or of whoever a stolen key has let in."""

from django.utils import timezone

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.client_links import end_links, end_links_by
from siegel.conversations.contact_access import contact_for
from siegel.conversations.models import ClientAccount, Contact
from siegel.identity.acting import acting
from siegel.identity.models import ClientKey, Person
from siegel.tenancy.writing import write_transaction


def account_beside(contact: Contact) -> ClientAccount | None:
    """The account of a contact, or of the one that the client joined it to."""
    owner = contact.joined_to_id or contact.pk
    return ClientAccount.objects.filter(contact=owner).first()


def is_recognised(contact: Contact) -> bool:
    """Whether the organisation's website has said who a contact is."""
    return ClientAccount.objects.filter(contact=contact).exclude(subject="").exists()


def end_sign_ins(by: Participant, contact: Contact) -> None:
    """Sign a client out everywhere, and forget by what they could come back.

    Their passkeys, the address to which links go, links that are under way. What the website says,
    or a new link, lets them in again. Raises access.NotFound.
    """
    with write_transaction():
        contact = contact_for(by, contact.pk)
        account = account_beside(contact)
        if account is None:
            return
        account.visits.filter(ended_at=None).update(ended_at=timezone.now())
        account.passkeys.all().delete()
        account.email = account.email_kid = ""
        account.save(update_fields=["email", "email_kid"])
        joined = Contact.objects.filter(joined_to=account.contact_id)
        end_links([account.contact_id, *joined.values_list("pk", flat=True)])
        subject = f"contact:{account.contact_id}"
        trail.append([trail.Event(by.actor, "client.sign-ins-ended", subject)])


def end_by_key(by: Person, key: ClientKey) -> None:
    """The same of all whom a key of the website has let in, and of what was bound where it had.

    Raises django's PermissionDenied.
    """
    with write_transaction():
        actor = acting(by)
        for account in ClientAccount.objects.filter(visits__kid=key.kid).distinct():
            account.visits.filter(kid=key.kid, ended_at=None).update(ended_at=timezone.now())
        for account in ClientAccount.objects.filter(passkeys__kid=key.kid).distinct():
            account.passkeys.filter(kid=key.kid).delete()
        ClientAccount.objects.filter(email_kid=key.kid).update(email="", email_kid="")
        end_links_by(key.kid)
        detail = {"kid": key.kid}
        subject = f"client-key:{key.pk}"
        trail.append([trail.Event(actor, "client-key.sign-ins-ended", subject, detail)])
