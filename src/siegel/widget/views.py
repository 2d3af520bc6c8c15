"""The client's pages, inside a frame of the organisation's website."""

from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siegel.conversations.blocking import Blocked
from siegel.conversations.contacts import (
    RefusedContact,
    TooManyIntroductions,
    introduce,
    told_by_client,
)
from siegel.conversations.starting import TooManyStarts, start_conversation
from siegel.conversations.transcript import transcript
from siegel.identity.logos import logo_answer
from siegel.identity.models import Organisation
from siegel.identity.office_hours import from_stored, is_open, next_opening, week_in_words
from siegel.refusals import refused
from siegel.security_headers import content_security_policy
from siegel.tenancy.registry import CHAT_PREFIX
from siegel.widget.asked import in_language_of_the_page, json_of, sent_by_our_page, spoken
from siegel.widget.standing import own_conversation, state_of
from siegel.widget.visiting import COOKIE, begin_visit, hand_over, holder


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor sends to begin."""

    language: str = "de"


class Introduction(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor tells of themselves."""

    name: str
    email: str


@login_not_required
@require_GET
@in_language_of_the_page
def chat(request: HttpRequest) -> HttpResponse:
    """The chat itself, to be framed by the organisation's pages only."""
    organisation = Organisation.of_tenant()
    context = {
        "organisation": organisation,
        "language": get_language(),
        "trust": _trust_page(request),
    } | _hours(organisation)
    response = render(request, "widget/chat.html", context)
    origins = " ".join(organisation.page_origins) or "'none'"
    response.headers["Content-Security-Policy"] = content_security_policy(frame_ancestors=origins)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_not_required
@require_GET
@in_language_of_the_page
def privacy(request: HttpRequest) -> HttpResponse:
    """The organisation's privacy notice."""
    return _text_page(request, _("Privacy notice"), Organisation.of_tenant().privacy_notice)


@login_not_required
@require_GET
@in_language_of_the_page
def imprint(request: HttpRequest) -> HttpResponse:
    """Who the organisation is."""
    return _text_page(request, _("Imprint"), Organisation.of_tenant().imprint)


@login_not_required
@require_GET
def logo(request: HttpRequest) -> HttpResponseBase:
    """The organisation's sign."""
    return logo_answer(request)


@login_not_required
@require_http_methods(["GET", "POST"])
@sent_by_our_page
@in_language_of_the_page
def visit(request: HttpRequest) -> HttpResponse:
    """GET: does this browser hold a conversation? POST: begin one, with the first message."""
    held = holder(request.COOKIES)
    state = state_of(held)
    if request.method == "GET":
        return JsonResponse(state)
    if state["blocked"]:
        return _blocked()
    if state["known"]:
        return JsonResponse(state)
    wish = json_of(request, Wish)
    # Somebody who has signed in is known before they have written anything.
    known = held.visit.contact if held and held.visit.account else None
    try:
        begun = start_conversation(request.META["REMOTE_ADDR"], spoken(wish.language), known)
    except TooManyStarts as limit:
        message = _(
            "Too many conversations were started from your network. What you wrote is kept. "
            "Please try again in a few minutes."
        )
        response = refused(429, "too-many-starts", message, retry_after=limit.retry_after)
        response.headers["Retry-After"] = str(limit.retry_after)
        return response
    if known:
        return JsonResponse(state_of(held), status=201)
    token = begin_visit(begun)
    response = JsonResponse(state_of(holder({COOKIE: token})), status=201)
    hand_over(response, token)
    return response


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def contact(request: HttpRequest) -> HttpResponse:
    """Take a visitor's name and address."""
    participant, conversation = own_conversation(request)
    told = json_of(request, Introduction)
    try:
        introduce(participant, conversation, told.name, told.email)
    except TooManyIntroductions:
        message = _("Your name and address were changed too often. The last ones are kept.")
        return refused(429, "too-many-changes", message)
    except Blocked:
        return _blocked()
    except RefusedContact as refusal:
        texts = {
            "name": _("Please give a name of at most 120 characters."),
            "email": _("Please check the e-mail address: it should look like name@example.org."),
        }
        return refused(422, f"{refusal.field}-refused", texts[refusal.field], field=refusal.field)
    return HttpResponse(status=204)


@login_not_required
@require_GET
@in_language_of_the_page
def download_transcript(request: HttpRequest) -> HttpResponse:
    """The visitor's conversation as a text file."""
    _participant, conversation = own_conversation(request)
    organisation, zone = Organisation.of_tenant().name, request.GET.get("zone", "")
    client = told_by_client(conversation).name
    text = transcript(conversation, organisation, zone, client=client)
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="conversation.txt"'},
    )


def _trust_page(request: HttpRequest) -> str:
    """On the organisation's own host, which is the chat's without its prefix."""
    return f"{request.scheme}://{request.get_host()[len(CHAT_PREFIX) :]}/trust/"


def _hours(organisation: Organisation) -> dict[str, Any]:
    """When somebody answers: in words, in which zone, and since it is closed now, from when on."""
    hours, now = from_stored(organisation.office_hours), timezone.now()
    week = week_in_words(hours, str(get_language()))
    opening = None if is_open(hours, now) else next_opening(hours, now)
    return {
        "hours": ", ".join(filter(None, (week, organisation.office_note))),
        "zone": hours.zone if week else "",
        "opening": opening.isoformat() if opening else "",
    }


def _blocked() -> JsonResponse:
    message = _(
        "This conversation was ended by the organisation. It takes nothing more from you, and what "
        "you wrote was not sent."
    )
    return refused(403, "blocked", message)


def _text_page(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return render(request, "widget/text_page.html", {"title": title, "text": text})
