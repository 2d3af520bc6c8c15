"""Somebody changes their own password."""

import datetime as dt
from unittest import mock

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import passwords
from siegel.identity.mailing import Notice
from siegel.identity.models import EarlierPassword, Person, QueuedNotice, Session
from siegel.identity.own_password import change_own
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.passwords import SetMeanwhile, check
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.identity.rules import change

PAGE = "/account/password/"
NEW = "seventeen quiet herons by the mill"


def text(answer: object) -> str:
    return str(answer.content.decode())  # type: ignore[attr-defined] # of Django's test client


def changes(browser: Client, current: str = PASSWORD, new: str = NEW, **more: str) -> object:
    return browser.post(PAGE, {"current": current, "new": new, **more})


def signs_in(bank: Organisation, person: Person, password: str) -> bool:
    given = {"login": person.email, "password": password}
    return bank.anonymous().post("/sign-in/", given).status_code == 302


@pytest.mark.parametrize("roles", [[role] for role in Role] + [[]])
def test_everybody_changes_their_own(bank: Organisation, roles: list[Role]) -> None:
    zoe = bank.hire("Zoe Zander", *roles)
    browser, other = bank.desk(zoe), bank.desk(zoe)
    key = browser.cookies["__Host-session"].value
    page = text(browser.get(PAGE))
    # Fewer beside a second factor, which administrators always have.
    least = 8 if Role.ADMINISTRATOR in roles else 15
    assert f"At least {least} characters." in page
    assert 'autocomplete="new-password"' in page
    answer = changes(browser)
    assert answer.headers["Location"] == f"{PAGE}?done=password-changed"  # type: ignore[attr-defined] # as above
    assert "All other devices are signed out" in text(browser.get(f"{PAGE}?done=password-changed"))
    # Under another key; the other browser is out, and not in the list any more.
    assert browser.cookies["__Host-session"].value != key
    assert other.get("/help/").status_code == 302
    with serving(bank.tenant):
        assert Session.objects.filter(person=zoe).count() == 1
        told = TrailEntry.objects.get(action="person.password-changed")
        assert (told.actor, told.subject) == (f"person:{zoe.pk}", f"person:{zoe.pk}")
        assert told.detail == {"sessions": 1}
    assert signs_in(bank, zoe, NEW)
    assert not signs_in(bank, zoe, PASSWORD)


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("wrong", NEW, ["not your present password"]),
        ("", NEW, ["not your present password"]),
        (PASSWORD, PASSWORD, ["the password that you have now"]),
        (PASSWORD, "", ["At least 15 characters."]),
        (PASSWORD, "ada adler", ["At least 15 characters.", "mostly of your name"]),
    ],
)
def test_what_is_refused_says_every_rule_and_changes_nothing(
    bank: Organisation, current: str, new: str, said: list[str]
) -> None:
    browser, other = bank.desk(bank.ada), bank.desk(bank.ada)
    answer = changes(browser, current, new)
    assert answer.status_code == 422  # type: ignore[attr-defined] # as above
    assert all(sentence in text(answer).split('id="rules"')[0] for sentence in said)
    assert f'value="{new}"' not in text(answer)
    assert other.get("/inbox/").status_code == 200
    with serving(bank.tenant):
        assert not TrailEntry.objects.filter(action="person.password-changed").exists()


def test_the_page_asks_while_somebody_types(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    answer = browser.post(f"{PAGE}judged/", {"new": "short"})
    assert answer.json() == {"problems": ["At least 15 characters."]}
    assert browser.post(f"{PAGE}judged/", {"new": NEW}).json() == {"problems": []}
    assert browser.get(f"{PAGE}judged/").status_code == 405


def test_asking_while_somebody_types_hashes_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, Policy(history=5))
    with mock.patch("siegel.identity.policies.check_password") as hashed:
        bank.desk(bank.ada).post(f"{PAGE}judged/", {"new": PASSWORD})
    hashed.assert_not_called()


def test_guessing_the_present_one_is_slowed_down(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    codes = [changes(browser, "wrong").status_code for _ in range(6)]  # type: ignore[attr-defined] # as above
    assert codes == [422] * 5 + [429]
    with mock.patch("siegel.desk.account.password.ratelimit.consume_or_429") as limit:
        limit.return_value = HttpResponse(status=429)
        assert browser.post(f"{PAGE}judged/", {"new": "x"}).status_code == 429


def test_a_wrong_one_is_counted_and_noted(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    for _ in range(4):
        changes(browser, "wrong")
    with serving(bank.tenant):
        noted = TrailEntry.objects.filter(action="factor.refused")
        details = [entry.detail for entry in noted]
        assert details == [{"kind": "password", "reason": "wrong"}] * 4
    assert "Too many attempts. Please try again in" in text(changes(browser))
    # Whoever guesses here does not guess on at the other page either.
    page = browser.post("/account/confirm/", {"password": PASSWORD})
    assert "Too many attempts" in text(page)


@pytest.mark.parametrize("wanted", ["abc", "desk", "desk:home", "//evil.example/", "/\\evil"])
def test_what_is_no_page_of_ours_leads_to_the_first_one(bank: Organisation, wanted: str) -> None:
    with serving(bank.tenant):
        due = timezone.now() - dt.timedelta(days=1)
        Person.objects.update(password_due_at=due, password_due_why="unfit")
    answer = changes(bank.desk(bank.ada), next=wanted)
    assert answer.headers["Location"] == "/"  # type: ignore[attr-defined] # as above


def test_whoever_must_choose_goes_on_to_where_they_wanted(bank: Organisation) -> None:
    with serving(bank.tenant):
        due = timezone.now() - dt.timedelta(days=1)
        Person.objects.update(password_due_at=due, password_due_why="unfit")
    browser = bank.desk(bank.ada)
    page = text(browser.get("/search/?q=haus", follow=True))
    assert "does not satisfy your organisation" in page
    assert 'value="/search/?q=haus"' in page
    assert changes(browser, new="short", next="/search/").status_code == 422  # type: ignore[attr-defined] # as above
    answer = changes(browser, next="/search/?q=haus")
    assert answer.headers["Location"] == "/search/?q=haus"  # type: ignore[attr-defined] # as above
    assert browser.get("/search/?q=haus").status_code == 200


def test_nobody_is_led_elsewhere(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.update(password_due_at=timezone.now(), password_due_why="unfit")
    browser = bank.desk(bank.ada)
    answer = changes(browser, next="https://elsewhere.example/")
    assert answer.headers["Location"] == "/"  # type: ignore[attr-defined] # as above


def test_earlier_ones_are_kept_as_many_as_are_asked_for(bank: Organisation) -> None:
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, Policy(history=2))
    browser = bank.desk(bank.ada)
    changes(browser)
    assert "used this password before" in text(changes(browser, NEW, PASSWORD))


def test_of_two_who_change_it_at_once_one_does(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.tenant):
        ada = Person.objects.get(pk=bank.ada.pk)

        def overtaken(password: str, person: Person) -> None:
            check(password, person)
            Person.objects.filter(pk=person.pk).update(password="!")

        monkeypatch.setattr(passwords, "check", overtaken)
        with pytest.raises(SetMeanwhile):
            change_own(ada, PASSWORD, NEW, session=None)
        assert Person.objects.get(pk=bank.ada.pk).password == "!"
        assert not EarlierPassword.objects.exists()


def test_whoever_was_overtaken_is_told(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = bank.desk(bank.ada)

    def overtaken(password: str, person: Person) -> None:
        Person.objects.filter(pk=person.pk).update(password="!")

    monkeypatch.setattr(passwords, "check", overtaken)
    assert "not your present password" in text(changes(browser))


def test_the_change_is_told_by_mail(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    with mock.patch("siegel.identity.mail_server.is_configured", return_value=True):
        changes(browser, current="wrong")
        changes(browser)
    with serving(bank.tenant):
        told = QueuedNotice.objects.get()
        assert (told.kind, told.to) == (Notice.PASSWORD_CHANGED, bank.ada.email)
        assert NEW not in str(told.context)
