"""Where people are signed in, for administrators: to end it."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.permitted import permitted, person_of
from siegel.identity.ending_sessions import (
    count_of_all,
    end_session,
    end_sessions,
    end_sessions_of_all,
)
from siegel.identity.models import Person, Session
from siegel.identity.roles import Permission


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def end(request: HttpRequest, person: uuid.UUID, session: uuid.UUID) -> HttpResponse:
    """End one session of somebody."""
    shown = get_object_or_404(Person, pk=person)
    try:
        end_session(person_of(request), shown, session)
    except Session.DoesNotExist:
        raise Http404 from None
    return redirect_with("session-ended", "desk:person", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def end_all_of_person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """End all sessions of somebody."""
    shown = get_object_or_404(Person, pk=person)
    end_sessions(person_of(request), shown)
    return redirect_with("person-signed-out", "desk:person", shown.pk)


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def end_all(request: HttpRequest) -> HttpResponse:
    """End all sessions of the organisation, the one that asks included, once it is confirmed."""
    if request.method != "POST":
        context = {"title": _("Sign everybody out"), "sessions": count_of_all()}
        return administration_page(
            request,
            "administration/end_sessions.html",
            "desk:people",
            context | done_before(request),
        )
    if request.POST.get("confirmed") != "yes":
        return redirect_with("not-confirmed", "desk:end-all-sessions")
    end_sessions_of_all(person_of(request))
    return redirect("account_login")
