"""Whoever signs somebody out everywhere ends also what only a cookie, or a link, still opens."""

from collections.abc import Callable

import pytest
from django.test import Client

from siegel.identity import resetting
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.desk.test_second_step import STEP, at_second_step, code, is_in

PEOPLE = "/administration/people/"


def all_of_them(bank: Organisation, person: Person) -> None:
    bank.desk(bank.mia).post(f"{PEOPLE}end-sessions/", {"confirmed": "yes"})


def all_of_one(bank: Organisation, person: Person) -> None:
    bank.desk(bank.mia).post(f"{PEOPLE}{person.pk}/end-sessions/")


def ones_own_others(bank: Organisation, person: Person) -> None:
    browser = bank.desk(person)
    browser.post("/account/devices/end-others/")
    assert browser.get("/help/").status_code == 200


def switched_off_and_on(bank: Organisation, person: Person) -> None:
    for does in ("deactivate", "reactivate"):
        bank.desk(bank.mia).post(f"{PEOPLE}{person.pk}/{does}/")


WAYS = [all_of_them, all_of_one, ones_own_others, switched_off_and_on]


def trusting(bank: Organisation, person: Person) -> Client:
    """A browser that is asked for the password alone from now on."""
    browser = at_second_step(bank, person)
    browser.post(STEP, {"code": code(), "trust": "on"})
    browser.post("/sign-out/")
    browser.post("/sign-in/", {"login": person.email, "password": PASSWORD})
    assert is_in(browser)
    return browser


@pytest.mark.parametrize("way", WAYS)
def test_a_trusted_browser_is_asked_for_the_factor_again(
    bank: Organisation, way: Callable[[Organisation, Person], None]
) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    browser = trusting(bank, olga)
    way(bank, olga)
    assert not is_in(browser)
    answer = browser.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
    assert answer.headers["Location"] == STEP
    assert not is_in(browser)


@pytest.mark.parametrize("way", WAYS)
def test_a_link_for_another_password_opens_nothing(
    bank: Organisation, way: Callable[[Organisation, Person], None]
) -> None:
    with serving(bank.tenant):
        token = resetting.issue_token(Person.objects.get(pk=bank.ada.pk))
        assert resetting.person_of(token) == bank.ada
    way(bank, bank.ada)
    with serving(bank.tenant), pytest.raises(NotHeld):
        resetting.person_of(token)
