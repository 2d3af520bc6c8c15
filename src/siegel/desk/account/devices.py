"""Where somebody is signed in, and ending it there."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from siegel.desk.account.navigation import PAGES, account_page
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.permitted import person_of
from siegel.identity.ending_sessions import end_session, end_sessions, sessions_of
from siegel.identity.models import Session
from siegel.identity.session_limits import limits_of


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Leads to the first page."""
    return redirect(PAGES[0].address)


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """The browsers in which they are signed in."""
    person = person_of(request)
    limits = limits_of(person)
    context = {
        "sessions": sessions_of(person),
        "own": request.session.session_key,
        "idle_minutes": int(limits.idle.total_seconds()) // 60,
        "hours": int(limits.absolute.total_seconds()) // 3600,
    }
    context |= done_before(request)
    return account_page(request, "my_account/devices.html", "desk:my-devices", context)


@require_POST
def end(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """End one; of the one that asks, that is signing out."""
    person = person_of(request)
    try:
        end_session(person, person, session)
    except Session.DoesNotExist:
        raise Http404 from None
    return redirect_with("session-ended", "desk:my-devices")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all but the one that asks."""
    person = person_of(request)
    end_sessions(person, person, but=request.session.session_key)
    return redirect_with("others-ended", "desk:my-devices")
