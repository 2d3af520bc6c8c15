"""The page that an invitation's link opens.

The link holds the token in its fragment, which no server sees; the page's script moves it into a
form and out of the address bar. Opening the link uses nothing up: programs look into links too.
"""

from allauth.core import ratelimit
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from siegel.identity.inviting import accept, invitation_of
from siegel.identity.models import Invitation, Organisation
from siegel.identity.passwords import rules_for
from siegel.identity.people import AddressTaken
from siegel.identity.tokens import NotHeld


@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Waits for the token, then for a password, then signs in."""
    context = {"organisation": Organisation.of_tenant()}
    if request.method != "POST":
        return render(request, "invitation/open.html", context)
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="invitation")
    if refused is not None:
        return refused
    token = request.POST.get("token", "")
    try:
        invited = invitation_of(token)
        if "password" not in request.POST:
            return _asking(request, invited, token, [])
        person = accept(token, request.POST["password"])
    except NotHeld:
        return render(request, "invitation/not_held.html", context, status=404)
    except AddressTaken:
        return render(request, "invitation/taken.html", context, status=409)
    except ValidationError as problem:
        return _asking(request, invited, token, problem.messages)
    login(request, person)
    return redirect("desk:home")


def _asking(
    request: HttpRequest, invited: Invitation, token: str, problems: list[str]
) -> HttpResponse:
    context = {
        "organisation": Organisation.of_tenant(),
        "invited": invited,
        "token": token,
        "problems": problems,
        "rules": rules_for(invited.roles),
    }
    return render(request, "invitation/accept.html", context, status=422 if problems else 200)
