"""Signing in: the right password, the same answer for everything else, and a limit."""

import pytest
from django.test import Client, RequestFactory

from siegel.identity.adapter import ClosedAccounts
from siegel.identity.models import Person, Presence, Session
from siegel.identity.presence import beat
from siegel.identity.roles import PERMISSIONS, Permission, Role
from siegel.identity.sessions import person_of_session
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation


def sign_in(browser: Client, email: str, password: str = PASSWORD) -> int:
    return browser.post("/sign-in/", {"login": email, "password": password}).status_code


def test_the_right_password_opens_the_desk(bank: Organisation) -> None:
    browser = bank.anonymous()
    response = browser.post("/sign-in/", {"login": "ADA@bank.example", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    cookie = response.cookies["__Host-session"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
    assert browser.get("/inbox/").status_code == 200


def test_somebody_switched_off_does_not_get_in(bank: Organisation) -> None:
    with serving(bank.tenant):
        bank.ada.is_active = False
        bank.ada.save()
    browser = bank.anonymous()
    answer = browser.post(
        "/sign-in/", {"login": "ada@bank.example", "password": PASSWORD}, follow=True
    )
    assert "This account is deactivated" in answer.content.decode()
    assert browser.get("/inbox/").status_code == 302


def test_signing_out_ends_the_session(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    assert browser.get("/sign-out/").status_code == 200
    assert browser.get("/inbox/").status_code == 200  # Asking is not doing.
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/inbox/").status_code == 302
    with serving(bank.tenant):
        assert not Session.objects.filter(session_key=browser.session.session_key).exists()


def test_a_session_is_its_persons_until_something_changes(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    key = browser.cookies["__Host-session"].value
    with serving(bank.tenant):
        assert person_of_session(key) == bank.ada
        assert person_of_session("nothing") is None
        bank.ada.set_password("another sentence for tests")
        bank.ada.save()
        assert person_of_session(key) is None


def test_nobody_signs_up(bank: Organisation) -> None:
    assert not ClosedAccounts().is_open_for_signup(RequestFactory().get("/"))
    assert bank.anonymous().get("/signup/").status_code in {302, 404}


MAY = {
    Role.ADMINISTRATOR: {
        Permission.SETTINGS_READ, Permission.SETTINGS_CHANGE, Permission.TRAIL_READ,
    },
    Role.ADVISER: {Permission.CONVERSATION_READ},
    Role.AUDITOR: {Permission.SETTINGS_READ, Permission.TRAIL_READ},
}  # fmt: skip


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_roles_decide_and_nothing_else(role: Role, permission: Permission) -> None:
    person = Person(name="Ada Adler", email="ada@bank.example", roles=[role])
    assert person.has_perm(permission) is (permission in MAY[role])
    assert not person.has_perm("identity.add_person")
    person.is_active = False
    assert not person.may(permission)
    assert set(PERMISSIONS) == set(Role) == set(MAY)


def test_people_show_themselves(bank: Organisation) -> None:
    assert (bank.ada.initials, str(bank.ada)) == ("AA", "ada@bank.example")
    with serving(bank.tenant):
        beat(bank.ada)
        assert str(bank.ada.pk) in str(Presence.objects.get())
        assert type(bank.ada).objects.get_by_natural_key("ADA@bank.example") == bank.ada
