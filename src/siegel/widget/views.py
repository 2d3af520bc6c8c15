"""The client's pages, inside a frame of the organisation's website. Nobody signs in here.

Django's CSRF protection needs a session, which visitors do not have. In its place every request
that changes something must carry a header that a foreign page cannot send without our consent
(CORS), and a foreign page does not have the partitioned cookie.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siegel.conversations.access import Participant, conversations_for
from siegel.conversations.blocking import Blocked, is_blocked
from siegel.conversations.contacts import (
    RefusedContact,
    Told,
    TooManyIntroductions,
    introduce,
    told_by_client,
)
from siegel.conversations.models import Conversation
from siegel.conversations.starting import TooManyStarts, start_conversation
from siegel.conversations.transcript import transcript
from siegel.identity.logos import logo_answer
from siegel.identity.models import Organisation
from siegel.identity.office_hours import from_stored, is_open, next_opening, week_in_words
from siegel.identity.presence import somebody_is_present
from siegel.identity.tickets import issue_ticket
from siegel.refusals import refused
from siegel.security_headers import content_security_policy
from siegel.tenancy.registry import CHAT_PREFIX
from siegel.widget.visiting import begin_visit, hand_over, token_of, visitor

View = Callable[[HttpRequest], HttpResponse]
# Bytes that are not UTF-8 are msgspec's error in some places and Python's in others.
NOT_UNDERSTOOD = (msgspec.DecodeError, UnicodeDecodeError)


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor sends to begin."""

    language: str = "de"


class Introduction(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor tells of themselves."""

    name: str
    email: str


def in_language_of_the_page(view: View) -> View:
    """Speak the language that the loader names, else the browser's, else the organisation's first.

    It is always one that the organisation speaks.
    """

    @wraps(view)
    def speaking(request: HttpRequest) -> HttpResponse:
        # Noted as well, for a refusal that is written after the view has failed.
        request.LANGUAGE_CODE = _spoken(request.GET.get("lang", ""), *_accepted(request))
        with override(request.LANGUAGE_CODE):
            return view(request)

    return speaking


def sent_by_our_page(view: View) -> View:
    """Refuse a request that changes something without the header that only our page sends."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.headers.get("X-Siegel") != "1":
            return refused(403, "foreign-page", _("This request does not come from the chat."))
        return view(request)

    return csrf_exempt(checked)


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
    token = token_of(request)
    participant = visitor(token)
    state = _state(participant, token)
    if request.method == "GET":
        return JsonResponse(state)
    if state["blocked"]:
        return _blocked()
    if state["known"]:
        return JsonResponse(state)
    try:
        wish = msgspec.json.decode(request.body, type=Wish)
    except NOT_UNDERSTOOD:
        return _malformed()
    try:
        begun = start_conversation(request.META["REMOTE_ADDR"], _spoken(wish.language))
    except TooManyStarts as limit:
        message = _(
            "Too many conversations were started from your network. What you wrote is kept. "
            "Please try again in a few minutes."
        )
        response = refused(429, "too-many-starts", message, retry_after=limit.retry_after)
        response.headers["Retry-After"] = str(limit.retry_after)
        return response
    token = begin_visit(begun)
    response = JsonResponse(_state(visitor(token), token), status=201)
    hand_over(response, token)
    return response


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def contact(request: HttpRequest) -> HttpResponse:
    """Take a visitor's name and address."""
    participant, conversation = _own_conversation(request)
    try:
        told = msgspec.json.decode(request.body, type=Introduction)
        introduce(participant, conversation, told.name, told.email)
    except NOT_UNDERSTOOD:
        return _malformed()
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
    _participant, conversation = _own_conversation(request)
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


def _accepted(request: HttpRequest) -> list[str]:
    """The languages that the browser asks for, without their regions, the most wished one first."""
    header = request.headers.get("Accept-Language", "")
    return [name.split("-")[0] for name, _weight in parse_accept_lang_header(header)]


def _spoken(*wished: str) -> str:
    """The first wished language that the organisation speaks, else its own first."""
    spoken: list[str] = Organisation.of_tenant().languages
    return next((language for language in wished if language in spoken), spoken[0])


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


def _own_conversation(request: HttpRequest) -> tuple[Participant, Conversation]:
    participant = visitor(token_of(request))
    found = _newest(participant) if participant else None
    if participant is None or found is None:
        raise Http404
    return participant, found


def _newest(participant: Participant) -> Conversation | None:
    return conversations_for(participant).order_by("-started_at").first()


def _state(participant: Participant | None, token: str) -> dict[str, Any]:
    found = _newest(participant) if participant else None
    return {
        "known": found is not None,
        "conversation": str(found.pk) if found else None,
        "ticket": issue_ticket(token) if found else None,
        "present": somebody_is_present(),
        "contact": (told_by_client(found) if found else Told())._asdict(),
        "organisation": Organisation.of_tenant().name,
        "blocked": participant is not None and is_blocked(participant),
    }


def _malformed() -> HttpResponse:
    return refused(
        400, "malformed", _("This request was not understood. Reload the page and try again.")
    )


def _blocked() -> JsonResponse:
    message = _(
        "This conversation was ended by the organisation. It takes nothing more from you, and what "
        "you wrote was not sent."
    )
    return refused(403, "blocked", message)


def _text_page(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return render(request, "widget/text_page.html", {"title": title, "text": text})
