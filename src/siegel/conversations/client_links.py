"""Continuing on another device: a link and a code, which only together let somebody in.

The link goes by mail to an address, the code is shown in the browser in which it was asked for; so
neither whoever reads the mail nor whoever named the address gets in alone. Without a mail server an
adviser hands over the link and tells the code.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from siegel.audit import trail
from siegel.conversations.access import Participant, conversations_for
from siegel.conversations.client_accounts import note_sign_in
from siegel.conversations.contact_access import contact_for
from siegel.conversations.events import append_event
from siegel.conversations.models import ClientAccount, Contact, Side
from siegel.identity import mailing, tokens
from siegel.identity.codes import issue_code, use_code
from siegel.identity.mailing import Letter, Notice, written_for
from siegel.identity.models import NoticeState, Organisation, QueuedNotice, Token
from siegel.identity.tokens import Kind, NotHeld
from siegel.tenancy.writing import write_transaction

PURPOSE = "client-link"
LIFETIME = dt.timedelta(minutes=15)
PATH = "/continue"


class WrongCode(ValueError):
    """The link holds, and this is not its code; after five tries it is over."""


class Asker(NamedTuple):
    """Where a link was asked for: a visit, and the website's key that let it in, if one did."""

    visit: int = 0
    kid: str = ""


NOBODY = Asker()


class NotAllSeen(Exception):
    """The link would open conversations that whoever makes it cannot see."""


class LetIn(NamedTuple):
    """Whose account it is, and an anonymous contact that may be joined to it, if there is one.

    `asker` is the visit of the browser that asked, `kid` the key of the website by which the way in
    came about.
    """

    account: ClientAccount
    offered: Contact | None
    asker: int
    kid: str


def mail_link(
    contact: Contact | None,
    email: str,
    language: str,
    asker: Asker = NOBODY,
    *,
    is_silent: bool = False,
) -> str:
    """Mail a link, and return its code; if silent, only the code.

    With a contact its conversations can be had on other devices from then on; without one nothing
    is mailed to an address that has no account, and nobody can tell. Raises mailing.RefusedAddress,
    mailing.NoMail.
    """
    email = mailing.checked_address(email)
    if not mailing.is_configured():
        raise mailing.NoMail
    request = uuid.uuid4()
    code = issue_code(PURPOSE, _subject(str(request)), LIFETIME)
    if not is_silent and (contact is not None or _account_of(email) is not None):
        scope = _scope(request, contact) | asker._asdict()
        mailing.send(Notice.CLIENT_LINK, email, language, context=scope)
    return code


def hand_over_link(by: Participant, contact: Contact) -> tuple[str, str]:
    """A token for an adviser to hand over, and its code to be told.

    It names no address: nobody has shown that one is the client's. Raises access.NotFound,
    NotAllSeen.
    """
    contact = contact_for(by, contact.pk)
    # What it opens is the account's, also beside a conversation that was joined to it.
    contact = contact.joined_to or contact
    scope = _scope(uuid.uuid4(), contact)
    with write_transaction():
        opened = conversations_for(Participant(Side.CLIENT, contact=contact.pk))
        seen = conversations_for(by).filter(pk__in=opened.values("pk")).distinct().count()
        if seen < opened.count():
            raise NotAllSeen
        # Whoever looks after one of them is to know.
        for conversation in opened:
            append_event(conversation, "link-made", by, {"name": by.name})
        subject = f"contact:{contact.pk}"
        trail.append([trail.Event(by.actor, "client.link-made", subject)])
        token = tokens.issue(Kind.CLIENT_LINK, scope=scope, lifetime=LIFETIME)
    return token, issue_code(PURPOSE, _subject(scope["request"]), LIFETIME)


def let_in(token: str, code: str) -> LetIn:
    """Whom a link and its code let in; both are used up. Raises tokens.NotHeld, WrongCode."""
    found = tokens.find(Kind.CLIENT_LINK, token)
    try:
        use_code(PURPOSE, _subject(found.scope["request"]), code)
    except NotHeld:
        raise WrongCode from None
    with write_transaction():
        tokens.use(found)
        contact = Contact.objects.filter(pk=found.scope["contact"]).first()
        email, kid = _address(found), found.scope.get("kid", "")
        account, is_new = _bound(contact, email, kid)
        if is_new:
            _note_bound(account)
        note_sign_in(account, "link")
    is_another = contact is not None and contact.pk != account.contact_id
    offered = contact if is_another else None
    by_key = account.email_kid if email else ""
    return LetIn(account, offered, found.scope.get("visit", 0), by_key)


def end_links(contacts: Iterable[uuid.UUID]) -> None:
    """Let no link open anything that was made or asked for before; inside a write transaction."""
    for contact in contacts:
        tokens.end_all(Kind.CLIENT_LINK, contact=str(contact))
        _drop(contact=str(contact))


def forget_mail(contact: Contact) -> None:
    """Forget the addresses to which something of a contact went; inside a write transaction."""
    named = Q(context__contact=str(contact.pk))
    account = ClientAccount.objects.filter(contact=contact).exclude(email="").first()
    if account is not None:
        named |= Q(to__iexact=account.email)  # What strangers asked for.
    QueuedNotice.objects.filter(named, kind=Notice.CLIENT_LINK).delete()
    Token.objects.filter(kind=Kind.CLIENT_LINK, scope__contact=str(contact.pk)).delete()


def end_links_by(kid: str) -> None:
    """The same, of what was asked for where a key of the website had let somebody in."""
    tokens.end_all(Kind.CLIENT_LINK, kid=kid)
    _drop(kid=kid)


@written_for(Notice.CLIENT_LINK)
def client_link(notice: QueuedNotice) -> Letter | None:
    """The mail with the link, whose token is made now; nothing once its code is over."""
    left = notice.created_at + LIFETIME - timezone.now()
    if left <= dt.timedelta():
        return None
    # The address stays with the notice alone, which goes with its client.
    scope = notice.context | {"notice": str(notice.pk)}
    token = tokens.issue(Kind.CLIENT_LINK, scope=scope, lifetime=left)
    names = {"organisation": Organisation.of_tenant().name}
    return Letter(
        subject=_("Your conversation with %(organisation)s") % names,
        paragraphs=(
            _("Open this link on the device on which you want to go on.") % names,
            _("It asks for the code that the chat shows you. It holds for 15 minutes, and once."),
            _("If you see no code in a chat, do nothing: without it the link opens nothing."),
        ),
        why=_("You get this because somebody says in a chat that this is their address."),
        button=(_("Go on here"), mailing.chat_link(PATH, token)),
    )


def _bound(contact: Contact | None, email: str, kid: str) -> tuple[ClientAccount, bool]:
    """The account of an address, else that of the contact, which has this address from now on."""
    if (known := _account_of(email)) is not None:
        return known, False
    if contact is None or contact.joined_to_id is not None:
        raise NotHeld  # Deleted, or somebody else's since it was asked for.
    account = ClientAccount.objects.filter(contact=contact).first()
    if account is None:
        account = ClientAccount.objects.create(contact=contact, email=email, email_kid=kid)
        return account, True
    if not email:
        return account, False
    if account.email:
        raise NotHeld  # It has another address, to which its links go.
    account.email, account.email_kid = email, kid
    account.save(update_fields=["email", "email_kid"])
    return account, True


def _account_of(email: str) -> ClientAccount | None:
    return ClientAccount.objects.filter(email__iexact=email).first() if email else None


def _note_bound(account: ClientAccount) -> None:
    client = f"contact:{account.contact_id}"
    trail.append([trail.Event(client, "client.account-bound", client)])


def _scope(request: uuid.UUID, contact: Contact | None) -> dict[str, Any]:
    return {"request": str(request), "contact": str(contact.pk) if contact else None}


def _address(token: Token) -> str:
    """Where the link was mailed to; empty if an adviser handed it over. Raises NotHeld."""
    notice = token.scope.get("notice")
    if notice is None:
        return ""
    found = QueuedNotice.objects.filter(pk=notice).first()
    if found is None:
        raise NotHeld
    return found.to


def _drop(**context: str) -> None:
    named = {f"context__{name}": value for name, value in context.items()}
    waiting = QueuedNotice.objects.filter(
        kind=Notice.CLIENT_LINK, state=NoticeState.WAITING, **named
    )
    waiting.update(state=NoticeState.DROPPED, finished_at=timezone.now())


def _subject(request: str) -> str:
    return f"link:{request}"
