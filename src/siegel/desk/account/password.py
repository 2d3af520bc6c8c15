"""One's own password: changed by whoever knows the present one."""

from allauth.core import ratelimit
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from siegel.desk.account.answers import next_in
from siegel.desk.account.navigation import account_page
from siegel.desk.account.refusal_words import in_words
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.permitted import person_of
from siegel.identity.due_passwords import PAGE
from siegel.identity.judging import must_choose
from siegel.identity.own_password import change_own
from siegel.identity.passwords import SetMeanwhile, check, rules_of
from siegel.identity.proving import Refused, Why

TEMPLATE = "my_account/password.html"


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Says the rules, and changes it; whoever had to leads on to where they wanted to go."""
    if request.method != "POST":
        return _page(request, {})
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="change_password")
    if refused is not None:
        return refused
    person, had_to = person_of(request), must_choose(person_of(request))
    try:
        changed = change_own(
            person,
            request.POST.get("current", ""),
            request.POST.get("new", ""),
            session=request.session.session_key,
        )
    except Refused as refused_try:
        return _page(request, {"wrong": _why(refused_try)})
    except SetMeanwhile:
        return _page(request, {"wrong": _("This is not your present password.")})
    except ValidationError as problem:
        return _page(request, {"problems": problem.messages})
    update_session_auth_hash(request, changed)
    if had_to:
        return HttpResponseRedirect(next_in(request))
    return redirect_with("password-changed", PAGE)


@require_POST
def judged(request: HttpRequest) -> HttpResponse:
    """For the page's script: every rule that a password would break, while it is typed."""
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="judge_password")
    if refused is not None:
        return refused
    try:
        check(request.POST.get("new", ""), person_of(request), with_earlier=False)
    except ValidationError as problem:
        return JsonResponse({"problems": problem.messages})
    return JsonResponse({"problems": []})


def _page(request: HttpRequest, found: dict[str, object]) -> HttpResponse:
    person = person_of(request)
    context = {
        "rules": rules_of(person),
        "must_choose": must_choose(person),
        "why": person.password_due_why,
        "next": next_in(request),
        **done_before(request),
        **found,
    }
    return account_page(request, TEMPLATE, PAGE, context, status=422 if found else 200)


def _why(refused: Refused) -> str:
    if refused.why is Why.TOO_SOON:
        return in_words(refused)
    return _("This is not your present password.")
