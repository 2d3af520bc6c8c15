"""How things stand for a client's browser: what its script asks for, and is told."""

from typing import Any

from django.http import Http404, HttpRequest

from siegel.conversations.access import NotFound, Participant, conversation_for, conversations_for
from siegel.conversations.blocking import is_blocked
from siegel.conversations.contacts import Told, told_by_client
from siegel.conversations.joining import may_be_joined
from siegel.conversations.models import Conversation
from siegel.conversations.proving import open_proof
from siegel.identity import mailing
from siegel.identity.models import Organisation
from siegel.identity.presence import somebody_is_present
from siegel.identity.tickets import issue_ticket
from siegel.widget.visiting import Holder, holder

MOST_CONVERSATIONS = 50


def own_conversation(request: HttpRequest) -> tuple[Participant, Conversation]:
    """The one that `?conversation=` names, else the newest; raises Http404 if there is none."""
    held = holder(request.COOKIES)
    if held is None:
        raise Http404
    named = request.GET.get("conversation")
    try:
        found = conversation_for(held.participant, named) if named else newest(held.participant)
    except NotFound:
        raise Http404 from None
    if found is None:
        raise Http404
    return held.participant, found


def newest(participant: Participant) -> Conversation | None:
    """The conversation that somebody began last."""
    return conversations_for(participant).order_by("-started_at").first()


def state_of(held: Holder | None) -> dict[str, Any]:
    """What the chat draws itself from; `ticket` opens the socket within a minute."""
    found = newest(held.participant) if held else None
    return {
        "known": found is not None,
        "conversation": str(found.pk) if found else None,
        "ticket": issue_ticket(held.token) if held and found else None,
        "present": somebody_is_present(),
        "contact": (told_by_client(found) if found else Told())._asdict(),
        "organisation": Organisation.of_tenant().name,
        "blocked": held is not None and is_blocked(held.participant),
        "who": str(held.visit.contact_id) if held and held.visit.account else "",
        "client": _client(held),
        "conversations": _conversations(held),
        "proof": _proof(held),
        "offer": _offer(held),
        "links": mailing.is_configured(),
    }


def _proof(held: Holder | None) -> dict[str, str] | None:
    """Who waits for a code, if somebody does."""
    proof = open_proof(held.participant) if held else None
    return {"person": proof.asked_by.name} if proof else None


def _offer(held: Holder | None) -> dict[str, str] | None:
    """What may be joined to the account, if the client is still to be asked."""
    account, offered = (held.visit.account, held.visit.offered) if held else (None, None)
    if account is None or offered is None or not may_be_joined(account, offered):
        return None
    begun = offered.conversations.order_by("started_at").values_list("started_at", flat=True)[0]
    return {"started_at": begun.isoformat()}


def _client(held: Holder | None) -> dict[str, str] | None:
    """As whom somebody has signed in, if they have."""
    account = held.visit.account if held else None
    if held is None or account is None:
        return None
    return {"name": account.contact.name, "email": account.email, "way": held.visit.way}


def _conversations(held: Holder | None) -> list[dict[str, str]]:
    """What a client who has signed in can choose from, the newest first."""
    if held is None or held.visit.account is None:
        return []
    found = conversations_for(held.participant).order_by("-started_at")[:MOST_CONVERSATIONS]
    return [{"id": str(one.pk), "started_at": one.started_at.isoformat()} for one in found]
