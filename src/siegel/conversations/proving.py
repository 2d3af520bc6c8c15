"""Asking a client to show who they are: a code goes to an address that is known, or is told.

Whoever enters it in the chat holds that mailbox, or was on the phone. Five tries, ten minutes.
"""

import datetime as dt
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from siegel.conversations.access import (
    NotFound,
    Participant,
    conversation_for,
    conversations_for,
)
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Event, IdentityProof
from siegel.identity import mailing
from siegel.identity.codes import in_groups, issue_code, use_code
from siegel.identity.mailing import Letter, Notice, written_for
from siegel.identity.models import Organisation, QueuedNotice
from siegel.identity.tokens import NotHeld
from siegel.tenancy.writing import write_transaction

PURPOSE = "proof"
LIFETIME = dt.timedelta(minutes=10)
TRIES = 5
Outcome = IdentityProof.Outcome


class NothingAsked(LookupError):
    """No code is waited for: none was asked for, or its time or its tries are over."""


class WrongCode(ValueError):
    """This is not the code; `left` is how many tries there are."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


def ask_by_mail(by: Participant, conversation: Conversation, address: str) -> IdentityProof:
    """Mail a code; one that was asked for earlier is over.

    Raises access.NotFound, mailing.RefusedAddress, mailing.NoMail.
    """
    address = mailing.checked_address(address)
    with write_transaction():
        proof = _asked(by, conversation, address)
        language, context = conversation.contact.language, {"proof": str(proof.pk)}
        if not mailing.send(Notice.PROOF_CODE, address, language, context=context):
            raise mailing.NoMail
    return proof


def ask_by_telling(by: Participant, conversation: Conversation) -> str:
    """The code for an adviser to tell; it is shown once. Raises access.NotFound."""
    with write_transaction():
        proof = _asked(by, conversation, "")
    return issue_code(PURPOSE, _subject(proof), LIFETIME)


def open_proof(client: Participant) -> IdentityProof | None:
    """What is waited for in one of a client's conversations."""
    found = _open().filter(conversation__in=conversations_for(client))
    return found.order_by("-asked_at").first()


def newest_proof(conversation: Conversation) -> IdentityProof | None:
    """The last one in a conversation, if it was confirmed, and still says who is named there.

    Not after a later one that failed, nor if the client has called themselves otherwise since.
    """
    judged = conversation.proofs.filter(outcome__in=[Outcome.CONFIRMED, Outcome.FAILED])
    newest = judged.select_related("asked_by").order_by("-ended_at").first()
    if newest is None or newest.outcome != Outcome.CONFIRMED:
        return None
    said = Event.objects.filter(conversation__contact=conversation.contact_id, kind="contact")
    return None if said.filter(at__gt=newest.ended_at).exists() else newest


def awaited_proof(conversation: Conversation) -> IdentityProof | None:
    """The one that is waited for in a conversation."""
    return _open().filter(conversation=conversation).first()


def confirm(client: Participant, text: str) -> None:
    """Take a code from a client. Raises NothingAsked, WrongCode."""
    proof = open_proof(client)
    if proof is None:
        raise NothingAsked
    # Counted before it is judged, so that many at once are no more than five.
    with write_transaction():
        if not _open().filter(pk=proof.pk, tries__lt=TRIES).update(tries=F("tries") + 1):
            raise NothingAsked
    try:
        use_code(PURPOSE, _subject(proof), text)
    except NotHeld:
        raise WrongCode(_left(proof, client)) from None
    _end(proof, Outcome.CONFIRMED, "identity-confirmed", client)


@written_for(Notice.PROOF_CODE)
def proof_code(notice: QueuedNotice) -> Letter | None:
    """The mail with the code, which is made now and kept nowhere; nothing once it is over."""
    proof = _open().filter(pk=notice.context["proof"]).first()
    if proof is None:
        return None
    code = issue_code(PURPOSE, _subject(proof), proof.expires_at - timezone.now())
    names = {"organisation": Organisation.of_tenant().name, "person": proof.asked_by.name}
    return Letter(
        subject=_("Your code for the chat with %(organisation)s") % names,
        paragraphs=(
            _("%(person)s of %(organisation)s asks you to show who you are.") % names,
            _("Enter this code in the chat: %(code)s") % {"code": in_groups(code)},
            _("It holds for ten minutes. If you are not in a chat now, do nothing."),
        ),
        why=_("You get this because %(person)s of %(organisation)s asked for it.") % names,
    )


def _asked(by: Participant, conversation: Conversation, address: str) -> IdentityProof:
    """Inside a write transaction, through the gate."""
    conversation = conversation_for(by, conversation.pk)
    if by.person is None:
        raise NotFound  # Clients prove, and do not ask.
    now = timezone.now()
    earlier = IdentityProof.objects.filter(conversation=conversation, outcome=Outcome.OPEN)
    earlier.update(outcome=Outcome.REPLACED, ended_at=now)
    proof = IdentityProof.objects.create(
        conversation=conversation,
        asked_by=by.person,
        address=address,
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    append_event(conversation, "identity-asked", by, {"name": by.name})
    return proof


def _left(proof: IdentityProof, client: Participant) -> int:
    """How many tries there are after a wrong one; the last one ends it."""
    proof.refresh_from_db()
    if proof.tries >= TRIES:
        _end(proof, Outcome.FAILED, "identity-failed", client)
    return max(TRIES - proof.tries, 0)


def _end(proof: IdentityProof, outcome: str, kind: str, client: Participant) -> None:
    with write_transaction():
        ended: dict[str, Any] = {"outcome": outcome, "ended_at": timezone.now()}
        found = IdentityProof.objects.filter(pk=proof.pk, outcome=Outcome.OPEN)
        if not found.update(**ended):
            raise NothingAsked
        conversation = Conversation.objects.get(pk=proof.conversation_id)
        append_event(conversation, kind, client, {"name": proof.asked_by.name})


def _open() -> QuerySet[IdentityProof]:
    waited_for = IdentityProof.objects.filter(outcome=Outcome.OPEN, expires_at__gt=timezone.now())
    return waited_for.select_related("asked_by")


def _subject(proof: IdentityProof) -> str:
    return f"proof:{proof.pk}"
