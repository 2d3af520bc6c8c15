"""The adviser's pages. Everybody here is signed in, except where a view says otherwise."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations.assigning import standing
from siegel.conversations.labelling import labels_of
from siegel.conversations.noting import see_mentions
from siegel.conversations.transcript import transcript
from siegel.desk.contacts import beside
from siegel.desk.inbox import inbox_of
from siegel.desk.participants import adviser_of, conversation_or_404
from siegel.desk.permitted import person_of
from siegel.desk.rail import rail
from siegel.identity.logos import logo_answer
from siegel.identity.models import Organisation
from siegel.identity.roles import Permission
from siegel.identity.tickets import issue_ticket


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The desk begins at the inbox; for those who read no conversation, at what they may see."""
    person = person_of(request)
    if person.may(Permission.SETTINGS_READ) and not person.may(Permission.CONVERSATION_READ):
        return redirect("desk:administration")
    return redirect("desk:inbox")


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The three columns, with nothing chosen."""
    return render(request, "desk/desk.html", _desk(request, None))


@require_GET
def conversation(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The three columns, with a conversation in the middle."""
    see_mentions(person_of(request), conversation_or_404(request, identifier))
    return render(request, "desk/desk.html", _desk(request, identifier))


@require_GET
def header(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The head of the conversation alone."""
    return render(request, "desk/_header.html", _chosen(request, identifier))


@require_GET
def context(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """What is known of the contact."""
    return render(request, "desk/_context.html", _chosen(request, identifier))


@require_GET
def download_transcript(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The conversation as a text file."""
    chosen = conversation_or_404(request, identifier)
    organisation, zone = Organisation.of_tenant().name, request.GET.get("zone", "")
    text = transcript(chosen, organisation, zone, client=chosen.contact.name)
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="conversation.txt"'},
    )


@require_POST
def socket_ticket(request: HttpRequest) -> HttpResponse:
    """A ticket for the socket, bound to this session."""
    return JsonResponse({"ticket": issue_ticket(str(request.session.session_key))})


@login_not_required
@require_GET
def logo(request: HttpRequest) -> HttpResponseBase:
    """The organisation's sign, also for the page on which people sign in."""
    return logo_answer(request)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language that somebody chose, also before they sign in."""
    wanted = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = "/"
    response = HttpResponseRedirect(wanted)
    if (chosen := request.POST.get("language")) in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 60 * 60,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    return response


def _desk(request: HttpRequest, identifier: uuid.UUID | None) -> dict[str, Any]:
    chosen = _chosen(request, identifier) if identifier else {"conversation": None}
    return rail(request, "inbox") | _list(request) | chosen


def _list(request: HttpRequest) -> dict[str, Any]:
    """The first page of the list, which the page's script draws; later ones it asks for itself."""
    view, label = request.GET.get("view", ""), _label(request)
    return {"inbox": inbox_of(adviser_of(request), view, label)}


def _label(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("label", ""))
    except ValueError:
        return None


def _chosen(request: HttpRequest, identifier: uuid.UUID) -> dict[str, Any]:
    chosen = conversation_or_404(request, identifier)
    return {
        "conversation": chosen,
        "standing": standing(chosen),
        "labels": labels_of(chosen),
        "is_own_or_free": chosen.assigned_to_id in {None, person_of(request).pk},
    } | beside(request, chosen)
