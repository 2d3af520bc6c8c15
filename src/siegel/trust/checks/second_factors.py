"""Looking whether a password alone opens anything to whoever must have a second factor."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from unittest import mock

from allauth.mfa.models import Authenticator
from django.utils import timezone

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity import factor_gate, sessions, tickets
from siegel.identity.authenticator_app import code_at, make_seed, now_step, store_app
from siegel.identity.models import Person
from siegel.identity.passkeys import store_passkey
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.identity.second_factors import Need, fulfils, need_of
from siegel.identity.step_up import CONFIRM
from siegel.tenancy import registry
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants
from siegel.tenancy.provisioning import OPERATORS_SLUG
from siegel.tenancy.writing import write_transaction
from siegel.trust.checks.addresses import Address
from siegel.trust.checks.asking import Answer, Browser
from siegel.trust.checks.credentials import opens_desk, opens_files, opens_socket
from siegel.trust.checks.scene import Scene, scenes, session_cookie, sign_in
from siegel.trust.checks.visitor import Visitor
from siegel.trust.checks.walking import go_to, in_turn, is_well

Plant = Callable[[Scene], AbstractContextManager[object]]
# What somebody reaches who still has to set a factor up, or to show it.
OPEN = frozenset(
    {
        "/account/confirm/",
        "/account/factors/",
        "/account/factors/app/",
        "/account/factors/passkey/",
        "/account/factors/recovery-codes/",
        "/account/factors/<uuid:factor>/rename/",
        "/account/factors/<uuid:factor>/remove/",
        "/account/factors/trusted/<uuid:device>/forget/",
        "/help/",
    }
)
# What would let whoever has an operator's code in for ever.
OWN_FACTORS = (
    ("GET", "/account/factors/app/"),
    ("GET", "/account/factors/passkey/"),
    ("POST", "/account/factors/recovery-codes/"),
)
SECOND_STEP, ADMINISTRATION = "/sign-in/second-step/", "/administration/"
ADDRESS = "form@probe.invalid"
# So long somebody who is new may take.
TIME_TO_SET_UP = dt.timedelta(days=1)
# Of the probe, as an organisation's and as the operators'.
AS_ORGANISATION, AS_OPERATORS = "with the password alone", "an operator with a code"


def examine_second_factors(plant: Plant = nullcontext) -> Finding:
    """Go to every address with too little, and look who of all tenants has no factor.

    `plant` is given the probe, and breaks what is examined for the length of its block.
    """
    faults: list[str] = []
    with scenes(str) as (scene, _), plant(scene):
        # What lets nobody in proves nothing.
        if not opens_desk(scene, scene.session):
            raise LookupError("Not even two factors open the desk.")
        asked, faults = _with_too_little(scene)
        signed_in, more = _at_the_form(scene)
        asked, faults = asked + signed_in, faults + more
        tenants = examined_tenants()
        people = [finding for tenant in tenants for finding in _people_of(tenant)]
    faults += [fault for fault in people if fault]
    what = Text(
        f"{asked} Anfragen mit zu wenig Nachweis und {len(people)} Konten, die einen zweiten "
        f"Faktor brauchen, bei {len(tenants)} Organisationen",
        f"{asked} requests with too little proof, and {len(people)} accounts that need a second "
        f"factor, at {len(tenants)} organisations",
    )
    return Finding(asked + len(people), what, tuple(faults))


def _with_too_little(scene: Scene) -> tuple[int, list[str]]:
    """As who gave a password only, and as an operator who gave a code, which can be phished."""
    asked, faults = 0, []
    as_operators = replace(scene.tenant, slug=OPERATORS_SLUG)
    for who, proof, tenant in (
        (AS_ORGANISATION, Proof.PASSWORD, scene.tenant),
        (AS_OPERATORS, Proof.APP, as_operators),
    ):
        with registry.reachable({scene.tenant.host: tenant}):
            with serving(scene.tenant):
                session, csrf = sign_in(scene.person, proof)
                ticket = tickets.issue_ticket(session)
            weak = replace(scene, session=session, csrf=csrf)
            for address, method in in_turn(scene):
                if _is_closed(address):
                    asked += 1
                    answer = go_to(weak, address, method)
                    if _opens(address, answer):
                        faults.append(f"{who}: {address.route} opens")
            if proof is Proof.APP:
                asked += len(OWN_FACTORS)
                faults += _with_a_phished_code(weak)
            for name, opens in {
                "the socket": opens_socket(weak, session, ticket),
                "a file": opens_files(weak, session_cookie(session)),
            }.items():
                asked += 1
                faults += [f"{who}: {name} opens"] if opens else []
    return asked, faults


def _with_a_phished_code(weak: Scene) -> list[str]:
    """As whoever got an operator's code by a forged page, and would add a passkey of their own."""
    with serving(weak.tenant), write_transaction():
        passkey = store_passkey(weak.person, "control", "{}", 0)
    faults = []
    for method, path in OWN_FACTORS:
        proofs = weak.proofs("desk") if method == "POST" else {}
        answer = weak.browser("desk").ask(method, path, headers=proofs)
        # A view that fails was reached as well.
        if answer.status != 403 and not _leads_to_confirm(answer):
            faults.append(f"{AS_OPERATORS} and a passkey elsewhere: {path} opens")
    with serving(weak.tenant):
        passkey.delete()
    return faults


def _leads_to_confirm(answer: Answer) -> bool:
    return answer.header("location").partition("?")[0] == CONFIRM


def _at_the_form(scene: Scene) -> tuple[int, list[str]]:
    """Sign in as people do: with the password alone, with a wrong code, and with the right one."""
    password, seed = secrets.token_urlsafe(24), make_seed()
    with serving(scene.tenant):
        person = Person(name="Vq", email=ADDRESS, roles=[Role.ADMINISTRATOR])
        person.set_password(password)
        person.save()
        store_app(person, "control", seed, 0)
    faults = []
    visitor = Visitor(Browser(scene.runner, scene.tenant.host))
    for what, code in (("the password alone", None), ("a wrong code", _wrong_code(seed))):
        if code is None:
            visitor.sign_in(ADDRESS, password)
        else:
            visitor.fill_in(SECOND_STEP, {"code": code})
        if visitor.ask("GET", ADMINISTRATION).status == 200:
            faults.append(f"a sign-in with {what} opens the administration")
            # Whoever is in is asked for no code: the next one begins anew.
            visitor = Visitor(Browser(scene.runner, scene.tenant.host))
    visitor = Visitor(Browser(scene.runner, scene.tenant.host))
    visitor.sign_in(ADDRESS, password)
    visitor.fill_in(SECOND_STEP, {"code": code_at(seed, now_step())})
    if not faults and visitor.ask("GET", ADMINISTRATION).status != 200:
        raise LookupError("Not even the right code opens the administration.")
    with serving(scene.tenant):
        person.delete()
    return 3, faults


def _wrong_code(seed: str) -> str:
    """Six digits that are not right, nor will be while somebody looks."""
    right = {code_at(seed, now_step() + offset) for offset in range(-5, 6)}
    return next(code for code in map("{:06}".format, range(100)) if code not in right)


def _is_closed(address: Address) -> bool:
    """Of the desk, and neither a stranger's nor one of those that set a factor up."""
    is_strangers = address.pattern is not None and not getattr(
        address.pattern.callback, "login_required", True
    )
    return address.surface == "desk" and not is_strangers and address.route not in OPEN


def _opens(address: Address, answer: Answer) -> bool:
    """Anything but the way to the factors, or a refusal."""
    leads_to = answer.header("location").partition("?")[0]
    return is_well(answer) and leads_to not in {factor_gate.SET_UP, CONFIRM}


def _people_of(tenant: ServedTenant) -> Iterator[str]:
    """For each account that needs a factor what is wrong with it; empty if nothing is."""
    try:
        with serving(tenant):
            open_database(tenant)
            found = [(person, need_of(person)) for person in Person.objects.filter(is_active=True)]
            for person, need in found:
                if need is not Need.NOTHING:
                    is_late = _is_late(person) and not fulfils(person, need)
                    yield f"{tenant.id} has an account without a factor" if is_late else ""
    except Unavailable:
        yield f"{tenant.id} cannot be examined: it does not open"


def _is_late(person: Person) -> bool:
    """Whoever has never signed in has nothing that could be set up for them."""
    return person.last_login is not None and person.created_at < timezone.now() - TIME_TO_SET_UP


def plant_open_gate(scene: Scene) -> AbstractContextManager[object]:
    """Pages that ask for no second factor."""
    return mock.patch.object(factor_gate, "is_short", return_value=False)


def plant_open_socket(scene: Scene) -> AbstractContextManager[object]:
    """Sockets and files that ask for none."""
    return mock.patch.object(sessions, "is_short", return_value=False)


def plant_trusted_browsers(scene: Scene) -> AbstractContextManager[object]:
    """Browsers that are all trusted."""
    return mock.patch("siegel.identity.sign_in_stage.is_trusted", return_value=True)


def plant_any_code(scene: Scene) -> AbstractContextManager[object]:
    """Codes that are all right."""
    return mock.patch("siegel.identity.proving._by_code", return_value=Proof.APP)


def plant_code_for_passkey(scene: Scene) -> AbstractContextManager[object]:
    """Pages of factors that take a code from whoever has a passkey."""
    return mock.patch("siegel.identity.step_up.fulfils", return_value=False)


def plant_codes_for_operators(scene: Scene) -> AbstractContextManager[object]:
    """Operators who are taken for other people."""
    return mock.patch("siegel.identity.second_factors.is_of_operators", return_value=False)


@contextmanager
def plant_account_without(scene: Scene) -> Iterator[None]:
    """An administrator who has signed in for days with a password only."""
    with serving(scene.tenant):
        Authenticator.objects.filter(user=scene.person).delete()
        long_ago = timezone.now() - 2 * TIME_TO_SET_UP
        Person.objects.filter(pk=scene.person.pk).update(created_at=long_ago, last_login=long_ago)
    yield


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_open_gate: f"{AS_ORGANISATION}: /administration/ opens",
        plant_open_socket: f"{AS_ORGANISATION}: the socket opens",
        plant_codes_for_operators: f"{AS_OPERATORS}: /administration/ opens",
        plant_trusted_browsers: "a sign-in with the password alone opens the administration",
        plant_any_code: "a sign-in with a wrong code opens the administration",
        plant_code_for_passkey: f"{AS_OPERATORS} and a passkey elsewhere",
        plant_account_without: "has an account without a factor",
    }
    return each_noticed(examine_second_factors, plants)
