"""The adviser's pages. Everybody here is signed in, except where a view says otherwise."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations import resolving
from siegel.conversations.access import NotFound
from siegel.conversations.transcript import transcript
from siegel.desk.inbox import counts_for, row_for, rows_for, tab_named
from siegel.desk.participants import adviser_of, conversation_or_404
from siegel.desk.permitted import person_of
from siegel.desk.rail import rail
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
    return render(request, "desk/desk.html", _desk(request, identifier))


@require_GET
def conversation_list(request: HttpRequest) -> HttpResponse:
    """The list alone, when a hint says that it changed."""
    return render(request, "desk/_list.html", _list(request))


@require_GET
def header(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The head of the conversation alone."""
    return render(request, "desk/_header.html", _chosen(request, identifier))


@require_GET
def context(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """What is known of the contact."""
    return render(request, "desk/_context.html", _chosen(request, identifier))


@require_POST
def assign(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Take a conversation; 404 when somebody else was quicker."""
    return _change(request, identifier, resolving.assign_to_self)


@require_POST
def resolve(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Mark it as done."""
    return _change(request, identifier, resolving.resolve)


@require_POST
def reopen(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Open it again."""
    return _change(request, identifier, resolving.reopen)


@require_GET
def download_transcript(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The conversation as a text file."""
    chosen = conversation_or_404(request, identifier)
    text = transcript(chosen, Organisation.of_tenant().name, request.GET.get("zone", ""))
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


def _change(request: HttpRequest, identifier: uuid.UUID, change: Any) -> HttpResponse:
    chosen = conversation_or_404(request, identifier)
    try:
        change(adviser_of(request), chosen)
    except NotFound:
        return HttpResponse(status=404)
    return HttpResponse(status=204)


def _desk(request: HttpRequest, identifier: uuid.UUID | None) -> dict[str, Any]:
    chosen = _chosen(request, identifier) if identifier else {"conversation": None}
    return rail(request, "inbox") | _list(request) | chosen


def _list(request: HttpRequest) -> dict[str, Any]:
    participant = adviser_of(request)
    tab = tab_named(request.GET.get("tab", ""))
    return {
        "tab": str(tab),
        "counts": counts_for(participant),
        "conversations": rows_for(participant, tab),
        "chosen": request.GET.get("chosen", ""),
    }


def _chosen(request: HttpRequest, identifier: uuid.UUID) -> dict[str, Any]:
    chosen = conversation_or_404(request, identifier)
    return {"conversation": row_for(adviser_of(request), chosen), "chosen": str(chosen.pk)}
