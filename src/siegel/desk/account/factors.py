"""Somebody's second factors: what there is, adding, naming and removing."""

import uuid
from functools import partial
from typing import Any, cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siegel.desk.account.answers import answer_in
from siegel.desk.account.navigation import account_page
from siegel.desk.account.refusal_words import in_words
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.permitted import person_of
from siegel.identity import authenticator_app, factor_changes, passkeys
from siegel.identity.ending_sessions import sessions_of
from siegel.identity.factor_gate import without_second_factor
from siegel.identity.models import Person, Token
from siegel.identity.naming import RefusedName
from siegel.identity.proofs import WITH_FACTOR, Proof
from siegel.identity.proving import Refused, Why
from siegel.identity.recovery_codes import codes_left
from siegel.identity.second_factors import (
    APP,
    Need,
    factors_of,
    fulfils,
    is_short,
    need_of,
    session_of,
)
from siegel.identity.session_engine import SessionStore
from siegel.identity.step_up import stepped_up
from siegel.identity.trusted_devices import devices_of, forget_device

ADDRESS = "desk:my-factors"
# The seed of an app that is being set up, sealed, until its first code was given.
_SEED = "app-seed"


@without_second_factor
@require_GET
def factors(request: HttpRequest) -> HttpResponse:
    """The list, the recovery codes and the browsers that are trusted."""
    person = person_of(request)
    need, own = need_of(person), factors_of(person)
    done = done_before(request)
    context = {
        "factors": own,
        "has_app": any(factor.type == APP for factor in own),
        "needs_more": not fulfils(person, need),
        "is_short": is_short(person, session_of(request)),
        "needs_passkey": need is Need.PHISHING_RESISTANT,
        "is_needed": need is not Need.NOTHING,
        "codes_left": codes_left(person),
        "devices": devices_of(person),
        # ASVS 7.4.3: who has changed how they sign in may want to end what was opened before.
        "offers_ending": done["done"] is not None and len(sessions_of(person)) > 1,
    }
    return account_page(request, "my_account/factors.html", ADDRESS, context | done)


@without_second_factor
@require_http_methods(["GET", "POST"])
@stepped_up
def add_app(request: HttpRequest) -> HttpResponse:
    """The seed as a picture and as text; kept once the app has shown a right code."""
    person = person_of(request)
    if any(factor.type == APP for factor in factors_of(person)):
        return redirect_with("one-app", ADDRESS)
    was_shown = _SEED in request.session
    if request.method != "POST" or not was_shown:
        request.session[_SEED] = get_adapter().encrypt(authenticator_app.make_seed())
        late = _("The picture was too old. Scan this one, and remove the earlier entry in the app.")
        return _app(request, person, late if request.method == "POST" else "")
    seed = get_adapter().decrypt(request.session[_SEED])
    judged = authenticator_app.judge(seed, "".join(request.POST.get("code", "").split()))
    if judged.step is None:
        why = Why.CLOCK if judged.minutes_late else Why.WRONG
        return _app(request, person, in_words(Refused(why, judged.minutes_late)))
    store = partial(_store_app, seed=seed, step=judged.step)
    try:
        codes = _add(request, person, _("Authenticator app"), store)
    except factor_changes.OneAlready:
        return redirect_with("one-app", ADDRESS)
    except RefusedName:
        return _app(request, person, _("This name cannot be taken. Please check it."))
    del request.session[_SEED]
    return _added(request, person, Proof.APP, codes)


@without_second_factor
@require_http_methods(["GET", "POST"])
@stepped_up
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Has the browser make a passkey, and keeps it."""
    person = person_of(request)
    if len(passkeys.passkeys_of(person)) >= passkeys.MOST:
        return redirect_with("too-many-passkeys", ADDRESS)
    if request.method != "POST":
        return _passkey(request, person)
    try:
        credential, counter = passkeys.credential_from(request, answer_in(request))
        store = partial(_store_passkey, credential=credential, counter=counter)
        codes = _add(request, person, _("Passkey"), store)
    except passkeys.NotVerified:
        problem = _("The passkey was not made. Nothing was changed. Please try again.")
        return _passkey(request, person, problem)
    except RefusedName:
        return _passkey(request, person, _("This name cannot be taken. Please check it."))
    return _added(request, person, Proof.PASSWORD_AND_PASSKEY, codes)


@without_second_factor
@require_POST
@stepped_up
def rename(request: HttpRequest, factor: uuid.UUID) -> HttpResponse:
    """Another name for one of them."""
    try:
        factor_changes.rename_factor(person_of(request), factor, request.POST.get("name", ""))
    except Authenticator.DoesNotExist:
        raise Http404 from None
    except RefusedName:
        return redirect_with("factor-name-refused", ADDRESS)
    return redirect_with("factor-renamed", ADDRESS)


@without_second_factor
@require_POST
@stepped_up
def remove(request: HttpRequest, factor: uuid.UUID) -> HttpResponse:
    """Take one away; never the last one of somebody who must have one."""
    try:
        factor_changes.remove_factor(person_of(request), factor)
    except Authenticator.DoesNotExist:
        raise Http404 from None
    except factor_changes.LastFactor:
        return redirect_with("last-factor", ADDRESS)
    return redirect_with("factor-removed", ADDRESS)


@without_second_factor
@require_POST
@stepped_up
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new ones, shown in the answer: they are stored nowhere as they are."""
    person = person_of(request)
    if not factors_of(person):
        return redirect_with("no-factor", ADDRESS)
    return _codes(request, person, factor_changes.renew_recovery_codes(person))


@without_second_factor
@require_POST
def forget(request: HttpRequest, device: uuid.UUID) -> HttpResponse:
    """Ask for the second factor in a browser again."""
    try:
        forget_device(person_of(request), device)
    except Token.DoesNotExist:
        raise Http404 from None
    return redirect_with("device-forgotten", ADDRESS)


def _store_app(person: Person, name: str, *, seed: str, step: int) -> Authenticator:
    return authenticator_app.store_app(person, name, seed, step)


def _store_passkey(person: Person, name: str, *, credential: str, counter: int) -> Authenticator:
    return passkeys.store_passkey(person, name, credential, counter)


def _add(
    request: HttpRequest, person: Person, otherwise: str, store: factor_changes.Store
) -> list[str]:
    name = request.POST.get("name", "").strip() or otherwise
    return factor_changes.add_factor(person, name, store, session=request.session.session_key)


def _added(request: HttpRequest, person: Person, proof: Proof, codes: list[str]) -> HttpResponse:
    """Whoever has just set a factor up has shown it as well: the session says so from now on."""
    session = session_of(request)
    if session is not None and (session.factor not in WITH_FACTOR or is_short(person, session)):
        cast("SessionStore", request.session).prove(proof)
    if codes:
        return _codes(request, person, codes)
    return redirect_with("factor-added", ADDRESS)


def _codes(request: HttpRequest, person: Person, codes: list[str]) -> HttpResponse:
    context = {
        "codes": codes,
        "offers_ending": len(sessions_of(person)) > 1,
        "needs_more": not fulfils(person, need_of(person)),
    }
    return account_page(request, "my_account/recovery_codes.html", ADDRESS, context)


def _app(request: HttpRequest, person: Person, problem: str = "") -> HttpResponse:
    seed = get_adapter().decrypt(request.session[_SEED])
    context = {
        "picture": authenticator_app.drawn(authenticator_app.address_of(person, seed)),
        "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
    }
    return _form(request, "my_account/add_app.html", context, problem)


def _passkey(request: HttpRequest, person: Person, problem: str = "") -> HttpResponse:
    context = {"options": passkeys.options_to_add(request, person)}
    return _form(request, "my_account/add_passkey.html", context, problem)


def _form(
    request: HttpRequest, template: str, context: dict[str, Any], problem: str
) -> HttpResponse:
    context |= {"problem": problem, "name": request.POST.get("name", "")}
    return account_page(request, template, ADDRESS, context, status=422 if problem else 200)
