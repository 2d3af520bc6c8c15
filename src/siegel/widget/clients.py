"""Clients who are known: signing in by the website's word, devices, signing out."""

import contextlib
import uuid

import msgspec
from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations.client_accounts import account_of
from siegel.conversations.client_models import ClientAccount
from siegel.identity.client_tokens import RefusedToken, Why, note_refusal, use_up, verify
from siegel.refusals import refused
from siegel.tenancy.writing import write_transaction
from siegel.widget.asked import in_language_of_the_page, json_of, sent_by_our_page
from siegel.widget.models import ClientPasskey, Visit
from siegel.widget.standing import state_of
from siegel.widget.visiting import (
    CLIENT_COOKIE,
    Holder,
    begin_client_visit,
    client_of,
    devices,
    end_device,
    hand_over,
    note_use,
)

# What is wrong with the token itself, before anything in it is believed.
NOT_A_TOKEN = {Why.MALFORMED, Why.CLAIMS}


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """What the page around the chat shows."""

    token: str


class Device(msgspec.Struct, forbid_unknown_fields=True):
    """One of the client's own devices."""

    device: uuid.UUID


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def recognise(request: HttpRequest) -> HttpResponse:
    """Sign a client in by the token of the page that shows the chat; each token does so once."""
    shown = json_of(request, Shown)
    try:
        # Most of the work, and all that strangers can cause, is done before others have to wait.
        verified = verify(shown.token)
        with write_transaction():
            use_up(verified)
            who = verified.who
            held = client_of(request.COOKIES)
            if held and held.visit.account and held.visit.account.subject == who.subject:
                # The same one again, on the next page of the website: the visit goes on.
                note_use(held.visit)
                return JsonResponse(state_of(held))
            account = account_of(who, get_language() or "de")
            token = begin_client_visit(account, "website", request, kid=who.key.kid)
    except RefusedToken as refusal:
        return _not_recognised(request, refusal)
    response = JsonResponse(state_of(client_of({CLIENT_COOKIE: token})))
    hand_over(response, token, CLIENT_COOKIE)
    return response


@login_not_required
@require_GET
@in_language_of_the_page
def own_devices(request: HttpRequest) -> HttpResponse:
    """Where the client is signed in, and by which passkeys they can."""
    held, account = signed_in(request)
    listed = [
        {
            "device": str(visit.reference),
            "browser": visit.browser,
            "way": visit.way,
            "started_at": visit.started_at.isoformat(),
            "seen_at": visit.seen_at.isoformat() if visit.seen_at else "",
            "own": visit.pk == held.visit.pk,
        }
        for visit in devices(account)
    ]
    keys = [
        {"passkey": str(one.pk), "added_at": one.added_at.isoformat()}
        for one in ClientPasskey.objects.filter(account=account).order_by("added_at")
    ]
    return JsonResponse({"devices": listed, "passkeys": keys})


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def end_own_device(request: HttpRequest) -> HttpResponse:
    """Sign out on another device."""
    _held, account = signed_in(request)
    try:
        end_device(account, json_of(request, Device).device)
    except Visit.DoesNotExist:
        raise Http404 from None
    return HttpResponse(status=204)


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out in this browser; harmless for whoever is not signed in."""
    held = client_of(request.COOKIES)
    if held and held.visit.account and held.visit.reference:
        # Over already: signed out twice at once, or from another device.
        with contextlib.suppress(Visit.DoesNotExist):
            end_device(held.visit.account, held.visit.reference)
    response = HttpResponse(status=204)
    hand_over(response, "", CLIENT_COOKIE)
    return response


def signed_in(request: HttpRequest) -> tuple[Holder, ClientAccount]:
    """Who has signed in, and is there just now; raises Http404 for all others."""
    held = client_of(request.COOKIES)
    if held is None or held.visit.account is None:
        raise Http404
    note_use(held.visit)
    return held, held.visit.account


def _not_recognised(request: HttpRequest, refusal: RefusedToken) -> HttpResponse:
    """Say why, and count it: whoever sends many wrong ones is not counted without end."""
    if not consume(request, action="recognition_refused"):
        message = _("Too many tokens were refused. The chat goes on without them.")
        return refused(429, "too-many-refused", message)
    note_refusal(refusal)
    message = _("The page's token was refused. The chat goes on without it.")
    return refused(400 if refusal.why in NOT_A_TOKEN else 403, refusal.why, message)
