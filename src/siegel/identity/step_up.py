"""Proving again who one is, shortly before something that matters.

What was sent meanwhile is kept in the session, which lies in the tenant's sealed database, and is
sent again by the person once they have proved it: by whoever followed the redirect of that very
form, within five minutes, so that nobody carries out what somebody else has left in their session.
A form with a password or a file is not kept.
"""

import datetime as dt
import secrets
from collections.abc import Callable
from functools import wraps
from typing import NamedTuple
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from siegel.identity.proofs import WITH_FACTOR
from siegel.identity.second_factors import (
    fulfils,
    has_second_factor,
    need_of,
    satisfies,
    session_of,
)
from siegel.refusals import is_asked_by_program, refused

WITHIN = dt.timedelta(minutes=5)
CONFIRM = "/account/confirm/"
CODE = "step-up"
LONGEST_KEPT = 64 * 1024
NOT_KEPT = "no"
_HELD = "step-up-held"

View = Callable[..., HttpResponse]


class HeldForm(NamedTuple):
    """A form that waits to be sent again: where to, and its fields in their order."""

    address: str
    fields: list[tuple[str, str]]


def stepped_up(view: View, *, hold: bool = True) -> View:
    """Ask whoever proved who they are more than five minutes ago to do it again.

    People are led to the page for it and back, programs get 403 with the code `step-up`. Without
    `hold` nothing of what was sent is kept, as where it may be a secret.
    """

    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if is_proved(request):
            return view(request, *arguments, **named)
        return ask_to_prove(request, hold=hold)

    return checked


def stepped_up_to_change(view: View, *, hold: bool = True) -> View:
    """`stepped_up` for what is sent (POST); the page itself is shown as before."""
    proved = stepped_up(view, hold=hold)

    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        asked = proved if request.method == "POST" else view
        return asked(request, *arguments, **named)

    return checked


def is_proved(request: HttpRequest) -> bool:
    """Whether the session's person has proved who they are within five minutes.

    By their second factor, if they have one: a browser that was trusted does not do. By a passkey
    if they must have one and do: with less, nobody adds another one for themselves.
    """
    row = session_of(request)
    if row is None or row.person is None or row.authenticated_at <= timezone.now() - WITHIN:
        return False
    need = need_of(row.person)
    if fulfils(row.person, need) and not satisfies(row.factor, need):
        return False
    return row.factor in WITH_FACTOR or not has_second_factor(row.person)


def ask_to_prove(request: HttpRequest, *, hold: bool = True) -> HttpResponse:
    """The answer of `stepped_up`, for views that know only later that it is needed."""
    if is_asked_by_program(request):
        message = _("Please confirm first that it is you. What you wrote is kept.")
        return refused(403, CODE, message)
    asked = QueryDict(mutable=True)
    asked["next"] = request.get_full_path()
    if request.method == "POST":
        asked["next"] = _page_before(request)
        asked["kept"] = (_hold(request) if hold else "") or NOT_KEPT
    return HttpResponseRedirect(f"{CONFIRM}?{asked.urlencode(safe='/')}")


def take_held(request: HttpRequest, identifier: str) -> HeldForm | None:
    """The form of that id which waits to be sent again; it is there once, and for five minutes.

    Asked for by another id it is dropped: it may be somebody else's.
    """
    held = request.session.pop(_HELD, None)
    if held is None or held.get("id") != identifier:
        return None
    if held["at"] < (timezone.now() - WITHIN).timestamp():
        return None
    return HeldForm(held["address"], [(name, value) for name, value in held["fields"]])


def _hold(request: HttpRequest) -> str:
    """The id by which it is taken; empty if it is not kept."""
    request.session.pop(_HELD, None)
    fields = [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    size = sum(len(name) + len(value) for name, value in fields)
    has_secret = any("password" in name for name, _value in fields)
    if request.FILES or has_secret or size > LONGEST_KEPT:
        return ""
    identifier = secrets.token_urlsafe(16)
    request.session[_HELD] = {
        "id": identifier,
        "at": timezone.now().timestamp(),
        "address": request.get_full_path(),
        "fields": fields,
    }
    return identifier


def _page_before(request: HttpRequest) -> str:
    """The page of ours from which a form was sent."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        before, {request.get_host()}, require_https=request.is_secure()
    ):
        return "/"
    parts = urlsplit(before)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
