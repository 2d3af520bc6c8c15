"""Browsers in which the password alone is asked for, for a month.

A cookie holds a token; its row can be ended by the person, and ends with their password, their
factors, and when they are signed out everywhere.
"""

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from siegel.audit import trail
from siegel.identity.models import Person, Token
from siegel.identity.second_factors import Need, need_of
from siegel.identity.session_seen import browser_in_words
from siegel.identity.tokens import Kind, NotHeld, end, end_all, find, holding, issue, use
from siegel.tenancy.writing import write_transaction

COOKIE = "__Host-trusted"
LIFETIME = dt.timedelta(days=30)


def may_trust(person: Person) -> bool:
    """Operators show their key each time."""
    return need_of(person) is not Need.PHISHING_RESISTANT


def trust(request: HttpRequest, person: Person, response: HttpResponse) -> None:
    """Have a browser remember that the second factor was given in it."""
    scope = {
        "bound": _bound_to(person),
        "browser": browser_in_words(request.META.get("HTTP_USER_AGENT", "")),
        "address": request.META.get("REMOTE_ADDR", "")[:45],
    }
    with write_transaction():
        token = issue(Kind.TRUSTED_DEVICE, person=person, scope=scope, lifetime=LIFETIME)
        _note(person, "device.trusted")
    response.set_cookie(COOKIE, token, max_age=LIFETIME, secure=True, httponly=True, samesite="Lax")


def is_trusted(request: HttpRequest, person: Person) -> bool:
    """Whether this browser is one of somebody's, as things are with them now."""
    try:
        token = find(Kind.TRUSTED_DEVICE, request.COOKIES.get(COOKIE, ""))
    except NotHeld:
        return False
    if token.person != person or token.scope["bound"] != _bound_to(person):
        return False
    if not may_trust(person):
        return False
    try:
        use(token)
    except NotHeld:  # Somebody has it forgotten at this very moment.
        return False
    return True


def devices_of(person: Person) -> list[Token]:
    """The browsers that somebody trusts, newest first."""
    found = holding(Kind.TRUSTED_DEVICE).filter(person=person).order_by("-created_at")
    return [token for token in found if token.scope["bound"] == _bound_to(person)]


def forget_device(person: Person, identifier: uuid.UUID) -> None:
    """Ask for the factor there again. Raises Token.DoesNotExist."""
    with write_transaction():
        end(holding(Kind.TRUSTED_DEVICE).get(pk=identifier, person=person))
        _note(person, "device.forgotten")


def forget_devices(person: Person) -> None:
    """Of somebody whose factors have changed. Within a write transaction."""
    end_all(Kind.TRUSTED_DEVICE, person=person)


def _bound_to(person: Person) -> str:
    """Changes with the password, however often it is hashed, and when sessions are ended."""
    text = f"{person.pk} {person.get_session_auth_hash()}"
    return salted_hmac("siegel.trusted-device", text, algorithm="sha256").hexdigest()


def _note(person: Person, action: str) -> None:
    actor = f"person:{person.pk}"
    trail.append([trail.Event(actor, action, actor)])
