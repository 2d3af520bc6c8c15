"""The second step of a sign-in: codes, recovery codes, passkeys, and what is remembered."""

import base64
import datetime as dt
import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.identity import hashing, second_factors
from siegel.identity.authenticator_app import code_at, now_step
from siegel.identity.factor_changes import renew_recovery_codes, reset_factors
from siegel.identity.models import Person, Session
from siegel.identity.passkeys import store_passkey
from siegel.identity.trusted_devices import COOKIE
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, SEED, Organisation
from tests.identity.authenticators import SecurityKey, options_in
from tests.identity.clocks import Clock

STEP = "/sign-in/second-step/"


def at_second_step(bank: Organisation, person: Person) -> Client:
    """Somebody who has given their password."""
    browser = Client(headers={"host": bank.host, "accept-language": "en"})
    sent = {"login": person.email, "password": PASSWORD, "next": "/help/"}
    assert browser.post("/sign-in/", sent).headers["Location"] == STEP
    return browser


def code(off: int = 0) -> str:
    return code_at(SEED, now_step() + off)


def factor_of_session(bank: Organisation, browser: Client) -> str:
    with serving(bank.tenant):
        key = browser.cookies[settings.SESSION_COOKIE_NAME].value
        return Session.objects.get(session_key=key).factor


def is_in(browser: Client) -> bool:
    return browser.get("/administration/").status_code == 200


def enrolled(bank: Organisation, person: Person, *, counts: bool = True) -> SecurityKey:
    """A passkey of somebody, as if they had set it up."""

    key = SecurityKey(bank.host, counts=counts)
    key.user_handle = person.pk.bytes
    with serving(bank.tenant):
        store_passkey(person, "Key", base64.b64encode(key.credential).decode(), 0)
    return key


def test_the_password_alone_opens_nothing(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    assert not is_in(browser)
    # The form leads back here, until it is left.
    assert browser.get("/sign-in/").headers["Location"] == STEP
    page = browser.get(STEP).content.decode()
    assert "Code of your authenticator app" in page
    assert "Use passkey" not in page


def test_the_code_opens(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value
    answer = browser.post(STEP, {"code": f" {code()[:3]} {code()[3:]} "})
    assert answer.headers["Location"] == "/help/"
    assert is_in(browser)
    assert factor_of_session(bank, browser) == "password+totp"
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert COOKIE not in browser.cookies


def test_a_code_opens_once_whoever_gives_it(bank: Organisation) -> None:
    given = code()
    assert at_second_step(bank, bank.mia).post(STEP, {"code": given}).status_code == 302
    browser = at_second_step(bank, bank.mia)
    answer = browser.post(STEP, {"code": given})
    assert answer.status_code == 422
    assert "was used already" in answer.content.decode()
    assert not is_in(browser)


def test_wrong_codes_make_wait_and_are_noted(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    browser = at_second_step(bank, bank.mia)
    near = {code(off) for off in range(-300, 301)}
    wrong = next(f"{number:06}" for number in range(987_654, 10**6) if f"{number:06}" not in near)
    for _ in range(4):
        answer = browser.post(STEP, {"code": wrong})
        assert answer.status_code == 422
        assert "This was not right" in answer.content.decode()
    answer = browser.post(STEP, {"code": code()})
    assert re.search(r"Please try again in \d seconds?", answer.content.decode())
    with serving(bank.tenant):
        noted = TrailEntry.objects.filter(action="factor.refused").order_by("seq")
        details = [entry.detail for entry in noted]
        assert details == [{"kind": "code", "reason": "wrong"}] * 4 + [
            {"kind": "code", "reason": "too-soon"}
        ]
        assert wrong not in str(list(TrailEntry.objects.values()))
    clock.passes(seconds=6)
    assert browser.post(STEP, {"code": code()}).status_code == 302


@pytest.mark.parametrize(
    ("off", "words"), [(-20, "10 minutes slow"), (-2, "1 minute slow"), (10, "This was not right")]
)
def test_a_clock_that_is_slow_is_told(bank: Organisation, off: int, words: str) -> None:
    answer = at_second_step(bank, bank.mia).post(STEP, {"code": code(off)})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_recovery_code_opens_once(bank: Organisation) -> None:
    with serving(bank.tenant):
        recovery = renew_recovery_codes(bank.mia)[0]
    browser = at_second_step(bank, bank.mia)
    assert browser.post(STEP, {"code": recovery}).status_code == 302
    assert factor_of_session(bank, browser) == "password+recovery-code"
    with serving(bank.tenant):
        entry = TrailEntry.objects.get(action="recovery-code.used")
        assert entry.detail == {"left": 9}
    assert at_second_step(bank, bank.mia).post(STEP, {"code": recovery}).status_code == 422


def test_a_passkey_opens(bank: Organisation) -> None:
    key = enrolled(bank, bank.ada)
    browser = at_second_step(bank, bank.ada)
    page = browser.get(STEP)
    assert "Recovery code" in page.content.decode()
    assert browser.post(STEP, {"code": code()}).status_code == 422
    page = browser.get(STEP)
    answer = browser.post(STEP, {"credential": key.answer(options_in(page.content))})
    assert answer.status_code == 302
    assert factor_of_session(bank, browser) == "password+passkey"


@pytest.mark.parametrize("answer", ["", "no json", "{}", "[" * 100_000])
def test_what_is_no_passkey_does_not(bank: Organisation, answer: str) -> None:
    enrolled(bank, bank.ada)
    browser = at_second_step(bank, bank.ada)
    browser.get(STEP)
    assert browser.post(STEP, {"credential": answer}).status_code == 422
    with serving(bank.tenant):
        assert TrailEntry.objects.latest("seq").detail == {"kind": "passkey", "reason": "wrong"}


def test_it_can_be_left(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    assert browser.post(STEP, {"cancel": "yes"}).headers["Location"] == "/sign-in/"
    assert browser.get("/sign-in/").status_code == 200
    assert browser.get(STEP).headers["Location"] == "/sign-in/"


def test_a_browser_that_is_trusted_asks_for_the_password_only(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    assert browser.post(STEP, {"code": code(), "trust": "yes"}).status_code == 302
    assert browser.cookies[COOKIE]["secure"]
    browser.post("/sign-out/")
    sent = {"login": bank.mia.email, "password": PASSWORD}
    assert browser.post("/sign-in/", sent).headers["Location"] == "/"
    assert is_in(browser)
    assert factor_of_session(bank, browser) == "password+trusted-device"
    # What matters asks for the factor itself.
    answer = browser.get("/administration/trail/export/")
    assert answer.headers["Location"].startswith("/account/confirm/")
    # Nor does the cookie open anything for somebody else, or without the password.
    browser.post("/sign-out/")
    sent["password"] = "wrong"
    assert browser.post("/sign-in/", sent).status_code == 200


def test_operators_trust_no_browser(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "is_of_operators", lambda _tenant: True)
    browser = at_second_step(bank, bank.mia)
    assert "Do not ask in this browser" not in browser.get(STEP).content.decode()
    browser.post(STEP, {"code": code(), "trust": "yes"})
    assert COOKIE not in browser.cookies


def test_a_reset_meanwhile_begins_anew(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    with serving(bank.tenant):
        reset_factors(None, bank.mia)
    assert browser.post(STEP, {"code": code()}).headers["Location"] == "/sign-in/"
    assert not is_in(browser)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "another record"},
        {"sessions_ended_at": dt.datetime(2026, 11, 30, tzinfo=dt.UTC)},
        {"is_active": False},
    ],
    ids=["another password", "signed out everywhere", "switched off"],
)
def test_what_waits_for_the_second_step_ends_with_the_password(
    bank: Organisation, change: dict[str, Any]
) -> None:
    browsers = [at_second_step(bank, bank.mia) for _ in range(2)]
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.mia.pk).update(**change)
    assert browsers[0].post(STEP, {"code": code()}).headers["Location"] == "/sign-in/"
    assert browsers[1].get(STEP).headers["Location"] == "/sign-in/"
    assert not is_in(browsers[0])
    # It has been left: the form is shown again.
    assert browsers[0].get("/sign-in/").status_code == 200


def test_one_password_hashed_anew_is_still_the_same(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "is_cheap", lambda _encoded: True)
    browser = at_second_step(bank, bank.mia)
    assert browser.post(STEP, {"code": code()}).status_code == 302
    assert is_in(browser)


def options_of_sign_in(browser: Client) -> dict[str, Any]:
    answer = browser.get("/sign-in/passkey/", headers={"X-Siegel": "1"})
    options: dict[str, Any] = json.loads(answer.content)
    return options


def test_a_passkey_signs_in_without_a_name_or_a_password(bank: Organisation) -> None:
    key = enrolled(bank, bank.mia)
    browser = bank.anonymous()
    browser.get("/sign-in/")
    sent = {"credential": key.answer(options_of_sign_in(browser)), "next": "/administration/"}
    assert browser.post("/sign-in/passkey/", sent).headers["Location"] == "/administration/"
    assert is_in(browser)
    assert factor_of_session(bank, browser) == "passkey"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "evil", ""])
def test_it_leads_nowhere_else(bank: Organisation, elsewhere: str) -> None:
    key = enrolled(bank, bank.mia)
    browser = bank.anonymous()
    sent = {"credential": key.answer(options_of_sign_in(browser)), "next": elsewhere}
    assert browser.post("/sign-in/passkey/", sent).headers["Location"] == "/"


def test_an_unknown_passkey_is_told_so(bank: Organisation) -> None:
    browser = Client(headers={"host": bank.host, "accept-language": "en"})
    key = SecurityKey(bank.host)
    sent = {"credential": key.answer(options_of_sign_in(browser), bank.mia.pk.bytes)}
    answer = browser.post("/sign-in/passkey/", sent)
    assert answer.headers["Location"] == "/sign-in/?passkey=refused"
    assert (
        "This passkey is not known here"
        in browser.get("/sign-in/?passkey=refused").content.decode()
    )


def test_nor_does_one_of_somebody_deactivated(bank: Organisation) -> None:
    key = enrolled(bank, bank.mia)
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.mia.pk).update(is_active=False)
    browser = bank.anonymous()
    sent = {"credential": key.answer(options_of_sign_in(browser))}
    assert browser.post("/sign-in/passkey/", sent).headers["Location"] == "/switched-off/"
    assert not is_in(browser)


def test_passkeys_are_tried_so_often_only(bank: Organisation) -> None:
    answers = {bank.anonymous().post("/sign-in/passkey/").status_code for _ in range(31)}
    assert answers == {302, 429}
    assert bank.anonymous().get("/sign-in/passkey/").headers["Location"] == "/sign-in/"
