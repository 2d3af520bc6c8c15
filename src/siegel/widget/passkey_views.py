"""Addresses of a client's passkeys: two to make one, two to show one, one to remove it."""

import re
import uuid
from typing import Any

import msgspec
from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from siegel.refusals import refused
from siegel.widget import passkeys
from siegel.widget.asked import in_language_of_the_page, json_of, sent_by_our_page
from siegel.widget.clients import signed_in
from siegel.widget.models import ClientPasskey
from siegel.widget.passkeys import NotVerified
from siegel.widget.standing import state_of
from siegel.widget.visiting import CLIENT_COOKIE, begin_client_visit, client_of, hand_over

CEREMONY = re.compile(r"[\w-]{22}")


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What an authenticator said to a challenge."""

    ceremony: str
    answer: Any


class Removed(msgspec.Struct, forbid_unknown_fields=True):
    """One of the client's own."""

    passkey: uuid.UUID


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def begin_adding(request: HttpRequest) -> HttpResponse:
    """A challenge for a new passkey."""
    _held, account = signed_in(request)
    try:
        return JsonResponse(passkeys.begin_adding(request, account))
    except NotVerified:
        message = _("You have ten passkeys already. Remove one that you do not use any more.")
        return refused(409, "too-many-passkeys", message)


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def finish_adding(request: HttpRequest) -> HttpResponse:
    """Keep it."""
    held, account = signed_in(request)
    told, kid = json_of(request, Answer), held.visit.kid
    try:
        passkeys.finish_adding(request, account, _ceremony(told), told.answer, kid=kid)
    except NotVerified:
        return _not_verified()
    return HttpResponse(status=204)


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def begin_showing(request: HttpRequest) -> HttpResponse:
    """A challenge for whoever has one: nobody learns from it who does."""
    if not consume(request, action="passkey"):
        message = _("Too many passkeys were asked for. Please try again in a minute.")
        return refused(429, "too-many-passkeys-asked", message)
    return JsonResponse(passkeys.begin_showing(request))


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def finish_showing(request: HttpRequest) -> HttpResponse:
    """Sign in."""
    told = json_of(request, Answer)
    try:
        passkey = passkeys.finish_showing(request, _ceremony(told), told.answer)
    except NotVerified:
        return _not_verified()
    token = begin_client_visit(passkey.account, "passkey", request, kid=passkey.kid)
    response = JsonResponse(state_of(client_of({CLIENT_COOKIE: token})))
    hand_over(response, token, CLIENT_COOKIE)
    return response


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def remove(request: HttpRequest) -> HttpResponse:
    """Remove one."""
    _held, account = signed_in(request)
    try:
        passkeys.remove(account, json_of(request, Removed).passkey)
    except ClientPasskey.DoesNotExist:
        raise Http404 from None
    return HttpResponse(status=204)


def _ceremony(told: Answer) -> str:
    """The name of a challenge; what is none of ours is looked for nowhere."""
    if not CEREMONY.fullmatch(told.ceremony):
        raise NotVerified
    return told.ceremony


def _not_verified() -> HttpResponse:
    message = _("This passkey was not accepted. Please try again, or take another way.")
    return refused(422, "passkey-refused", message)
