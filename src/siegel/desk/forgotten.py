"""A forgotten password: asking for a link, and choosing another password by it.

As an invitation's, the link holds its token in the fragment, which no server sees.
"""

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_ip
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from siegel.identity import mailing, resetting
from siegel.identity.addresses import check_address
from siegel.identity.models import Organisation, Person
from siegel.identity.passwords import rules_of
from siegel.identity.tokens import NotHeld


@login_not_required
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Takes an address, and says the same whosever it is.

    The work is the same too: nobody is looked up here. Without a mail server it says whom to ask.
    """
    organisation = Organisation.of_tenant()
    context = {"organisation": organisation, "is_configured": mailing.is_configured()}
    if request.method != "POST" or not mailing.is_configured():
        return render(request, "forgotten/ask.html", context)
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="forgotten")
    if refused is not None:
        return refused
    email = request.POST.get("email", "").strip().lower()
    try:
        check_address(email)
    except ValidationError:
        return render(
            request, "forgotten/ask.html", context | {"email": email, "is_wrong": True}, status=422
        )
    # Whoever asks again and again for one address fills nobody's mailbox, and learns nothing. Its
    # owner, who is elsewhere, can still ask.
    here = f"{email} {get_ip(request)}"
    if ratelimit.consume(request, action="forgotten_address", key=here) and ratelimit.consume(
        request, action="forgotten_everywhere", key=email
    ):
        resetting.ask(email)
    minutes = int(resetting.VALID.total_seconds()) // 60
    return render(request, "forgotten/asked.html", context | {"email": email, "minutes": minutes})


@login_not_required
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Waits for the token, then for a password, then leads to the sign-in.

    It signs nobody in: who has a second factor still has to show it.
    """
    context = {"organisation": Organisation.of_tenant()}
    if request.method != "POST":
        return render(request, "forgotten/open.html", context)
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="reset")
    if refused is not None:
        return refused
    token = request.POST.get("token", "")
    try:
        person = resetting.person_of(token)
        if "password" not in request.POST:
            return _asking(request, person, token, [])
        resetting.choose(token, request.POST["password"])
    except NotHeld:
        return render(request, "forgotten/not_held.html", context, status=404)
    except ValidationError as problem:
        return _asking(request, person, token, problem.messages)
    return render(request, "forgotten/done.html", context)


def _asking(request: HttpRequest, person: Person, token: str, problems: list[str]) -> HttpResponse:
    context = {
        "organisation": Organisation.of_tenant(),
        "person": person,
        "token": token,
        "problems": problems,
        "rules": rules_of(person),
    }
    return render(request, "forgotten/choose.html", context, status=422 if problems else 200)
