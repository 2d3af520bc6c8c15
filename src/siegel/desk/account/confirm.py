"""The page on which people prove once more who they are, before something that matters."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from siegel.audit import trail
from siegel.desk.account.answers import answer_in, next_in
from siegel.desk.account.held_words import what_it_does
from siegel.desk.account.refusal_words import in_words
from siegel.desk.permitted import person_of
from siegel.identity.code_tries import Asked
from siegel.identity.factor_gate import without_second_factor
from siegel.identity.models import Organisation, Person
from siegel.identity.passkeys import options_to_prove
from siegel.identity.proofs import Proof
from siegel.identity.proving import Refused, Why, prove_again, prove_by_passkey
from siegel.identity.second_factors import APP, PASSKEY, Need, factors_of, fulfils, need_of
from siegel.identity.session_engine import SessionStore
from siegel.identity.step_up import is_proved, take_held
from siegel.tenancy.writing import write_transaction


@without_second_factor
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks for password and second factor, or a passkey; then what was wanted goes on."""
    person = person_of(request)
    if request.method != "POST":
        return _go_on(request) if is_proved(request) else _asking(request, person)
    try:
        proof = _proved(request, person)
    except Refused as refused:
        return _asking(request, person, in_words(refused))
    cast("SessionStore", request.session).prove(proof)
    with write_transaction():
        actor = f"person:{person.pk}"
        trail.append([trail.Event(actor, "person.confirmed", actor, {"factor": proof})])
    # Asked for anew, so that reloading the page sends no password again.
    asked = {"next": next_in(request), "kept": request.POST.get("kept", "")}
    return HttpResponseRedirect(f"{request.path}?{urlencode(asked)}")


def _go_on(request: HttpRequest) -> HttpResponse:
    held = take_held(request, request.GET.get("kept", ""))
    if held is not None:
        context = {
            "organisation": Organisation.of_tenant(),
            "held": held,
            "what": what_it_does(held),
            "next": next_in(request),
        }
        return render(request, "my_account/send_again.html", context)
    return redirect(next_in(request))


def _proved(request: HttpRequest, person: Person) -> Proof:
    if "credential" in request.POST:
        prove_by_passkey(request, person, answer_in(request), Asked.AGAIN)
        return Proof.PASSKEY
    if not _takes_code(person):
        raise Refused(Why.WRONG)
    return prove_again(person, request.POST.get("password", ""), request.POST.get("code", ""))


def _takes_code(person: Person) -> bool:
    """It would leave an operator who has a passkey with less than they came with."""
    need = need_of(person)
    return not (need is Need.PHISHING_RESISTANT and fulfils(person, need))


def _asking(request: HttpRequest, person: Person, problem: str = "") -> HttpResponse:
    kinds = {factor.type for factor in factors_of(person)}
    context = {
        "organisation": Organisation.of_tenant(),
        "problem": problem,
        "next": next_in(request),
        "kept": request.POST.get("kept", request.GET.get("kept", "")),
        "takes_code": _takes_code(person),
        "has_factor": bool(kinds),
        "has_app": APP in kinds,
        "options": options_to_prove(request, person) if PASSKEY in kinds else None,
    }
    return render(request, "my_account/confirm.html", context, status=422 if problem else 200)
