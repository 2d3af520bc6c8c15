"""Who must have a second factor reaches nothing without it, from the next request on."""

import json

import pytest
from django.test import Client

from siegel.identity import second_factors
from siegel.identity.authenticator_app import store_app
from siegel.identity.models import Organisation as Settings
from siegel.identity.models import Person, Session
from siegel.identity.passkeys import store_passkey
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.identity.second_factors import Need, fulfils, is_short, need_of, satisfies
from siegel.identity.sessions import person_of_session
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, SEED, Organisation
from tests.identity.authenticators import made_credential

SET_UP = "/account/factors/"


def signed_in(bank: Organisation, person: Person) -> Client:
    """By the form, with the password alone: for people who have no factor."""
    browser = bank.anonymous()
    sent = {"login": person.email, "password": PASSWORD}
    assert browser.post("/sign-in/", sent).headers["Location"] == "/"
    return browser


def newcomer(bank: Organisation, *roles: Role) -> Person:
    """Somebody with these roles, and without a factor."""
    person = bank.hire("Nora Neu")
    with serving(bank.tenant):
        Person.objects.filter(pk=person.pk).update(roles=list(roles))
        return Person.objects.get(pk=person.pk)


def as_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "is_of_operators", lambda _tenant: True)


@pytest.mark.parametrize("role", Role)
def test_administrators_always_others_as_is_decided(bank: Organisation, role: Role) -> None:
    person = newcomer(bank, role)
    with serving(bank.tenant):
        is_administrator = role is Role.ADMINISTRATOR
        assert need_of(person) is (Need.TWO_FACTORS if is_administrator else Need.NOTHING)
        Settings.objects.update(factor_roles=[role])
        assert need_of(person) is Need.TWO_FACTORS


def test_operators_whatever_their_role(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    as_operators(monkeypatch)
    with serving(bank.tenant):
        assert need_of(bank.ada) is Need.PHISHING_RESISTANT


@pytest.mark.parametrize("proof", ["", *Proof])
def test_what_is_enough(proof: str) -> None:
    assert satisfies(proof, Need.NOTHING)
    assert satisfies(proof, Need.TWO_FACTORS) is (proof not in {"", Proof.PASSWORD})
    by_passkey = proof in {Proof.PASSKEY, Proof.PASSWORD_AND_PASSKEY}
    assert satisfies(proof, Need.PHISHING_RESISTANT) is by_passkey


def test_with_what_somebody_can_do_it(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert fulfils(bank.ada, Need.NOTHING)
        assert not fulfils(bank.ada, Need.TWO_FACTORS)
        store_app(bank.ada, "Phone", SEED, 0)
        assert fulfils(bank.ada, Need.TWO_FACTORS)
        assert not fulfils(bank.ada, Need.PHISHING_RESISTANT)
        store_passkey(bank.ada, "Key", made_credential(), 0)
        assert fulfils(bank.ada, Need.PHISHING_RESISTANT)
        assert is_short(bank.mia, None)


def test_a_new_administrator_reaches_the_set_up_only(bank: Organisation) -> None:
    browser = signed_in(bank, newcomer(bank, Role.ADMINISTRATOR, Role.ADVISER))
    for address in ("/", "/inbox/", "/administration/", "/account/", "/account/devices/"):
        assert browser.get(address).headers["Location"] == SET_UP
    assert browser.post("/administration/teams/", {"name": "X"}).headers["Location"] == SET_UP
    for address in (SET_UP, f"{SET_UP}app/", "/help/", "/sign-out/", "/trust/"):
        assert browser.get(address).status_code == 200
    assert (
        "Your role needs a second factor"
        in browser.get(SET_UP, headers={"accept-language": "en"}).content.decode()
    )
    assert browser.post("/language/", {"language": "de", "next": "/"}).status_code == 302
    assert browser.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_a_program_is_told_so(bank: Organisation) -> None:
    browser = signed_in(bank, newcomer(bank, Role.ADMINISTRATOR))
    for headers in ({"X-Siegel": "1"}, {"accept": "application/json"}):
        answer = browser.get("/administration/", headers=headers)
        assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "second-factor")


def test_a_role_that_is_given_counts_at_the_next_request(bank: Organisation) -> None:
    browser = signed_in(bank, bank.ada)
    assert browser.get("/inbox/").status_code == 200
    with serving(bank.tenant):
        key = browser.cookies["__Host-session"].value
        assert person_of_session(key) == bank.ada
        Person.objects.filter(pk=bank.ada.pk).update(roles=["adviser", "administrator"])
        # Sockets and files are asked as well.
        assert person_of_session(key) is None
    assert browser.get("/inbox/").headers["Location"] == SET_UP


def test_the_organisation_decides_for_advisers(bank: Organisation) -> None:
    browser = signed_in(bank, bank.ada)
    with serving(bank.tenant):
        Settings.objects.update(factor_roles=["auditor"])
    assert browser.get("/inbox/").status_code == 200
    with serving(bank.tenant):
        Settings.objects.update(factor_roles=["adviser"])
    assert browser.get("/inbox/").headers["Location"] == SET_UP


def test_who_has_one_shows_it(bank: Organisation) -> None:
    """Of a session from before, or of a browser that was trusted."""
    browser = bank.desk(bank.mia)
    with serving(bank.tenant):
        Session.objects.update(factor=Proof.PASSWORD)
    answer = browser.get("/administration/people/?q=a")
    asked = "/account/confirm/?next=/administration/people/%3Fq%3Da"
    assert answer.headers["Location"] == asked
    answer = browser.post("/administration/teams/", {"name": "X"})
    assert answer.headers["Location"] == "/account/confirm/"
    assert browser.get("/account/confirm/").status_code == 200


@pytest.mark.parametrize(
    ("proof", "status"),
    [
        (Proof.PASSKEY, 200),
        (Proof.PASSWORD_AND_PASSKEY, 200),
        (Proof.APP, 302),
        (Proof.RECOVERY_CODE, 302),
        (Proof.TRUSTED_DEVICE, 302),
    ],
)
def test_an_operator_shows_a_passkey(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, proof: Proof, status: int
) -> None:
    browser = bank.desk(bank.mia)
    as_operators(monkeypatch)
    with serving(bank.tenant):
        Session.objects.update(factor=proof)
    assert browser.get("/administration/").status_code == status
    if status == 302:
        assert browser.get("/administration/").headers["Location"] == SET_UP
        page = browser.get(SET_UP, headers={"accept-language": "en"}).content.decode()
        assert "Operators sign in with a passkey" in page
