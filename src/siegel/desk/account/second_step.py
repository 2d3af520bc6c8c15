"""Signing in with more than a password: the step after it, and a passkey instead of it."""

from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from siegel.desk.account.answers import answer_in, next_in
from siegel.desk.account.refusal_words import in_words
from siegel.identity.code_tries import Asked
from siegel.identity.models import Organisation, Person
from siegel.identity.passkeys import NotVerified, options_to_prove, verify
from siegel.identity.proofs import Proof, note_factor
from siegel.identity.proving import Refused, prove_by_code, prove_by_passkey
from siegel.identity.second_factors import APP, PASSKEY, factors_of
from siegel.identity.sign_in_stage import SecondStep
from siegel.identity.trusted_devices import LIFETIME, may_trust, trust
from siegel.refusals import is_asked_by_program


@require_http_methods(["GET", "POST"])
@login_stage_required(  # type: ignore[untyped-decorator] # allauth ships no types
    stage=SecondStep.key, redirect_urlname="account_login"
)
def second_step(request: HttpRequest) -> HttpResponse:
    """Asks whoever gave their password for the second factor; then they are signed in."""
    stage: SecondStep = request._login_stage  # type: ignore[attr-defined] # by the decorator
    person: Person = stage.login.user
    if "cancel" in request.POST or not stage.is_still_of(person):
        return _response(stage.abort())
    if request.method != "POST":
        return _asking(request, person)
    try:
        proof = _proved(request, person)
    except Refused as refused:
        return _asking(request, person, in_words(refused))
    note_factor(request, person, proof)
    response = _response(stage.exit())
    if "trust" in request.POST and may_trust(person):
        trust(request, person, response)
    return response


@login_not_required
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Signs in whoever the answer of a passkey names: it is two factors, and no name is typed.

    A program gets the challenge (GET).
    """
    if request.method != "POST":
        if is_asked_by_program(request):
            return JsonResponse(options_to_prove(request))
        return redirect("account_login")
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="passkey")
    if refused is not None:
        return refused
    try:
        person: Person = verify(request, answer_in(request)).user
    except NotVerified:
        return redirect("/sign-in/?passkey=refused")
    note_factor(request, person, Proof.PASSKEY)
    return _response(perform_login(request, Login(user=person, redirect_url=next_in(request))))


def _proved(request: HttpRequest, person: Person) -> Proof:
    if "credential" in request.POST:
        prove_by_passkey(request, person, answer_in(request), Asked.SIGN_IN)
        return Proof.PASSWORD_AND_PASSKEY
    return prove_by_code(person, request.POST.get("code", ""))


def _asking(request: HttpRequest, person: Person, problem: str = "") -> HttpResponse:
    kinds = {factor.type for factor in factors_of(person)}
    context = {
        "organisation": Organisation.of_tenant(),
        "person": person,
        "problem": problem,
        "has_app": APP in kinds,
        "options": options_to_prove(request, person) if PASSKEY in kinds else None,
        "days": LIFETIME.days if may_trust(person) else 0,
    }
    return render(request, "account/second_step.html", context, status=422 if problem else 200)


def _response(answer: Any) -> HttpResponse:
    """allauth ships no types."""
    response: HttpResponse = answer
    return response
