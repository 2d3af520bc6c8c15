"""Proving once more who one is: what asks for it, by what, and that nothing is lost meanwhile."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.desk.account.held_words import what_it_does
from siegel.identity import second_factors
from siegel.identity.factor_changes import renew_recovery_codes
from siegel.identity.inviting import invite
from siegel.identity.models import Invitation, Person, Session
from siegel.identity.models import Organisation as Settings
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.identity.step_up import HeldForm
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.desk.test_second_step import STEP, at_second_step, code, enrolled
from tests.identity.authenticators import options_in

CONFIRM = "/account/confirm/"


def long_ago(bank: Organisation, person: Person) -> Client:
    """Somebody who signed in ten minutes ago."""
    browser = bank.desk(person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with serving(bank.tenant):
        then = timezone.now() - dt.timedelta(minutes=10)
        Session.objects.filter(person=person).update(authenticated_at=then)
    return browser


def key_of(browser: Client) -> str:
    return browser.cookies["__Host-session"].value


def test_password_and_code_give_another_key(bank: Organisation) -> None:
    browser = long_ago(bank, bank.mia)
    before = key_of(browser)
    answer = browser.get("/administration/trail/export/?format=csv")
    page = browser.get(answer.headers["Location"]).content.decode()
    (wanted,) = re.findall('name="next" value="([^"]*)"', page)
    assert wanted == "/administration/trail/export/?format=csv"
    sent = {"password": PASSWORD, "code": code(), "next": wanted}
    answer = browser.post(CONFIRM, sent)
    assert answer.headers["Location"].startswith(f"{CONFIRM}?next=")
    assert key_of(browser) != before
    answer = browser.get(answer.headers["Location"])
    assert answer.headers["Location"] == wanted
    assert browser.get(wanted).headers["Content-Type"].startswith("text/csv")
    with serving(bank.tenant):
        entry = TrailEntry.objects.get(action="person.confirmed")
        assert entry.detail == {"factor": "password+totp"}


@pytest.mark.parametrize(
    "sent", [{"password": "wrong"}, {"password": PASSWORD}, {"password": PASSWORD, "code": "1"}, {}]
)
def test_less_is_not_enough(bank: Organisation, sent: dict[str, str]) -> None:
    browser = long_ago(bank, bank.mia)
    before = key_of(browser)
    answer = browser.post(CONFIRM, sent)
    assert answer.status_code == 422
    assert "This was not right" in answer.content.decode()
    assert key_of(browser) == before
    assert browser.get("/administration/trail/export/").status_code == 302


def test_a_right_password_gives_no_more_tries_of_the_code(bank: Organisation) -> None:
    browser = long_ago(bank, bank.mia)
    for _ in range(4):
        browser.post(CONFIRM, {"password": PASSWORD, "code": "wrong"})
    answer = browser.post(CONFIRM, {"password": PASSWORD, "code": code()})
    assert "Too many attempts" in answer.content.decode()


def test_without_a_factor_the_password_is_enough(bank: Organisation) -> None:
    auditor = bank.hire("Ola Öz", Role.AUDITOR)
    browser = long_ago(bank, auditor)
    page = browser.get(CONFIRM).content.decode()
    assert 'name="code"' not in page
    assert browser.post(CONFIRM, {"password": PASSWORD}).status_code == 302
    assert browser.get("/administration/trail/export/").status_code == 200
    with serving(bank.tenant):
        assert Session.objects.get(person=auditor).factor == "password"


def test_a_passkey_is_enough_alone(bank: Organisation) -> None:
    key = enrolled(bank, bank.mia)
    browser = long_ago(bank, bank.mia)
    page = browser.get(CONFIRM)
    sent = {"credential": key.answer(options_in(page.content))}
    assert browser.post(CONFIRM, sent).status_code == 302
    with serving(bank.tenant):
        assert Session.objects.get(person=bank.mia).factor == Proof.PASSKEY
    browser.get(CONFIRM)
    assert browser.post(CONFIRM, {"credential": "{}"}).status_code == 422


def test_an_operator_is_not_asked_for_less_than_they_have(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factors, "is_of_operators", lambda _tenant: True)
    browser = long_ago(bank, bank.mia)
    assert 'name="password"' in browser.get(CONFIRM).content.decode()
    enrolled(bank, bank.mia)
    page = browser.get(CONFIRM).content.decode()
    assert 'name="password"' not in page
    assert "Use passkey" in page
    sent = {"password": PASSWORD, "code": code()}
    assert browser.post(CONFIRM, sent).status_code == 422


CHANGES = (
    ("GET", "/account/factors/app/"),
    ("GET", "/account/factors/passkey/"),
    ("POST", "/account/factors/passkey/"),
    ("POST", "/account/factors/recovery-codes/"),
    ("POST", "/account/factors/{factor}/rename/"),
    ("POST", "/account/factors/{factor}/remove/"),
)


@pytest.mark.parametrize("by", ["app", "recovery code"])
def test_an_operator_with_a_passkey_adds_none_with_less(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Whoever phished a password and a code does not give themselves a key."""
    monkeypatch.setattr(second_factors, "is_of_operators", lambda _tenant: True)
    key = enrolled(bank, bank.mia)
    with serving(bank.tenant):
        (recovery, *_others) = renew_recovery_codes(bank.mia)
        before = second_factors.factors_of(bank.mia)
        factor = second_factors.id_of(before[-1])
    browser = at_second_step(bank, bank.mia)
    given = {"app": code(), "recovery code": recovery}[by]
    assert browser.post(STEP, {"code": given}).status_code == 302
    for method, address in CHANGES:
        asked = address.format(factor=factor)
        answer = browser.get(asked) if method == "GET" else browser.post(asked, {"name": "x"})
        assert answer.headers["Location"].startswith(CONFIRM), address
    with serving(bank.tenant):
        assert second_factors.factors_of(bank.mia) == before
    # No circle: the page to confirm asks for the passkey, and with it all is open.
    page = browser.get(browser.get("/administration/").headers["Location"])
    assert page.status_code == 200
    sent = {"credential": key.answer(options_in(page.content)), "next": "/administration/"}
    answer = browser.get(browser.post(CONFIRM, sent).headers["Location"])
    assert answer.headers["Location"] == "/administration/"
    assert browser.get("/administration/").status_code == 200
    assert browser.get("/account/factors/passkey/").status_code == 200


def test_what_was_sent_is_carried_out_afterwards(bank: Organisation) -> None:
    browser = long_ago(bank, bank.mia)
    address = f"/administration/people/{bank.ada.pk}/"
    sent = {"name": "Ada <b>Adler", "roles": ["adviser", "auditor"]}
    page = f"http://{bank.host}{address}"
    answer = browser.post(address, sent, headers={"referer": page})
    before, kept = answer.headers["Location"].split("&kept=")
    assert before == f"{CONFIRM}?next={address}"
    assert (
        "is kept and is not saved yet" in browser.get(answer.headers["Location"]).content.decode()
    )
    answer = browser.post(
        CONFIRM, {"password": PASSWORD, "code": code(), "next": address, "kept": kept}
    )
    page = browser.get(answer.headers["Location"]).content.decode()
    assert f'action="{address}"' in page
    assert "<h2>Change a person</h2>" in page
    assert ">Ada &lt;b&gt;Adler</li>" in page
    held = re.findall('type="hidden" name="([a-z]+)" value="([^"]*)"', page)
    assert held[1:] == [
        ("name", "Ada &lt;b&gt;Adler"), ("roles", "adviser"), ("roles", "auditor"),
    ]  # fmt: skip
    assert browser.post(address, sent).headers["Location"] == f"{address}?done=person-changed"
    with serving(bank.tenant):
        assert Person.objects.get(pk=bank.ada.pk).name == "Ada <b>Adler"
    # It is there once.
    assert browser.get(CONFIRM).headers["Location"] == "/"


def test_what_somebody_else_left_in_the_session_is_dropped(bank: Organisation) -> None:
    """A stolen session plants a form; its owner confirms something else."""
    browser = long_ago(bank, bank.mia)
    planted = {"name": "Evil", "email": "evil@mail.test", "roles": ["administrator"]}
    assert "kept=" in browser.post("/administration/people/", planted).headers["Location"]
    wanted = "/administration/trail/export/?format=csv"
    browser.get(browser.get(wanted).headers["Location"])
    sent = {"password": PASSWORD, "code": code(), "next": wanted, "kept": ""}
    answer = browser.get(browser.post(CONFIRM, sent).headers["Location"])
    assert answer.headers["Location"] == wanted


def test_a_form_of_no_known_page_is_named_by_its_address() -> None:
    for address in ("/nowhere/?x=1", "/inbox/labels/"):
        assert what_it_does(HeldForm(address, [])) == address.partition("?")[0]


def test_a_stolen_session_does_not_keep_its_owner_out(bank: Organisation) -> None:
    browser = bank.desk(bank.mia)
    for _ in range(8):
        browser.post(CONFIRM, {"password": "x", "code": "1"})
    assert at_second_step(bank, bank.mia).post(STEP, {"code": code()}).status_code == 302


def test_what_could_not_be_kept_is_said(bank: Organisation) -> None:
    page = long_ago(bank, bank.mia).get(f"{CONFIRM}?next=/&kept=no").content.decode()
    assert "is not saved. Afterwards, please enter it once more." in page


@pytest.mark.parametrize(
    ("method", "address", "sent"),
    [
        ("GET", "/administration/trail/export/", {}),
        ("POST", "/administration/retention/rule/", {"days": "365", "confirmed": "yes"}),
        ("POST", "/administration/people/{ada}/", {"name": "Ada", "roles": ["auditor"]}),
        ("POST", "/administration/people/{ada}/deactivate/", {}),
        ("POST", "/administration/people/{ada}/reactivate/", {}),
        ("POST", "/administration/people/{ada}/reset-factors/", {}),
        (
            "POST",
            "/administration/people/",
            {"name": "Neu", "email": "neu@mail.test", "roles": ["administrator"]},
        ),
        ("POST", "/administration/second-factors/", {"part": "factors", "seen": ""}),
        ("GET", "/account/factors/app/", {}),
        ("GET", "/account/factors/passkey/", {}),
        ("POST", "/account/factors/recovery-codes/", {}),
    ],
)
def test_what_matters_asks(
    bank: Organisation, method: str, address: str, sent: dict[str, object]
) -> None:
    browser = long_ago(bank, bank.mia)
    asked = address.format(ada=bank.ada.pk)
    answer = browser.post(asked, sent) if method == "POST" else browser.get(asked)
    assert answer.headers["Location"].startswith(CONFIRM)
    with serving(bank.tenant):
        ada = Person.objects.get(pk=bank.ada.pk)
        assert (ada.is_active, ada.roles) == (True, ["adviser"])
        assert Settings.of_tenant().retention_days is None
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_inviting_anybody_asks(bank: Organisation, role: Role) -> None:
    """Whoever found the desk open would make themselves an account that stays."""
    browser, page = long_ago(bank, bank.mia), "/administration/people/"
    sent = {"name": "Neu", "email": "neu@mail.test", "roles": [role], "teams": []}
    assert browser.post(page, sent).headers["Location"].startswith(CONFIRM)
    with serving(bank.tenant):
        assert not Invitation.objects.exists()
        invite(bank.mia, name="Neu", email="neu@mail.test", roles=[role], teams=[])
        before = Invitation.objects.values().get()
    answer = browser.post(page, {"renew": str(before["id"])})
    assert answer.headers["Location"].startswith(CONFIRM)
    with serving(bank.tenant):
        assert Invitation.objects.values().get() == before
