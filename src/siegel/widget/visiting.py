"""Recognising a visitor's browser by its cookie."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from siegel.conversations.access import Participant
from siegel.conversations.models import Conversation, Side
from siegel.widget.models import Visit

COOKIE = "__Host-visitor"
COOKIE_SECONDS = 30 * 24 * 60 * 60


def begin_visit(conversation: Conversation) -> str:
    """Give a browser a token for the conversation's contact; only its keyed hash is stored."""
    token = secrets.token_urlsafe(32)
    Visit.objects.create(digest=_digest(token), contact=conversation.contact)
    return token


def visitor(token: str) -> Participant | None:
    """The contact whose browser holds a token, or None."""
    if not token:
        return None
    visit = Visit.objects.filter(digest=_digest(token), ended_at=None).first()
    return Participant(Side.CLIENT, contact=visit.contact_id) if visit else None


def token_of(request: HttpRequest) -> str:
    """The visitor's token that came with a request, or an empty string."""
    return request.COOKIES.get(COOKIE, "")


def hand_over(response: HttpResponse, token: str) -> None:
    """Set the cookie: partitioned by the page that embeds us (CHIPS), unreadable for scripts.

    As a header, because http.cookies knows the attribute only from Python 3.14 on.
    """
    response.headers["Set-Cookie"] = (
        f"{COOKIE}={token}; Max-Age={COOKIE_SECONDS}; Path=/; "
        "Secure; HttpOnly; SameSite=None; Partitioned"
    )


def _digest(token: str) -> str:
    return salted_hmac("siegel.visitor", token, algorithm="sha256").hexdigest()
