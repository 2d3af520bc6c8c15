"""What a sign-in costs and answers, whoever has the address; and what the trail tells of it."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client
from django.utils import translation

from siegel.audit.models import TrailEntry
from siegel.identity import devices, hashing, password_cost
from siegel.identity.hashing import WrappedSha256
from siegel.identity.inviting import invite
from siegel.identity.letters import write
from siegel.identity.models import Person, QueuedNotice, Session
from siegel.identity.password_policy import PRESETS, Audience, Preset
from siegel.identity.roles import Role
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.identity.rules import change

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
TOKENS = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')


def send(browser: Client, email: str, password: str, **more: Any) -> Any:
    return browser.post("/sign-in/", {"login": email, "password": password}, **more)


def rows(bank: Organisation) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What the trail tells of signing in and out."""
    with serving(bank.tenant):
        return [
            (row.actor, row.action, row.subject, row.detail)
            for row in TrailEntry.objects.order_by("seq")
            if row.action.startswith(("sign-in.", "person.signed-"))
        ]


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows by one with every hash: each needs room for its memory."""
    made: list[None] = []
    room = password_cost.room_for_a_hash

    @contextmanager
    def counted() -> Iterator[None]:
        made.append(None)
        with room():
            yield

    monkeypatch.setattr(hashing, "room_for_a_hash", counted)
    return made


def as_it_is(person: Person) -> None:
    person.set_password(PASSWORD)


def from_before_the_pepper(person: Person) -> None:
    person.password = make_password(PASSWORD, hasher="argon2")


def imported(person: Person) -> None:
    person.password = WrappedSha256.wrap("0" * 64, "salt")


def cheap(person: Person) -> None:
    person.set_password(PASSWORD)
    person.password = re.sub(r"t=\d+", "t=1", person.password)


def without_one(person: Person) -> None:
    person.set_unusable_password()


def switched_off(person: Person) -> None:
    person.set_password(PASSWORD)
    person.is_active = False


STATES = [as_it_is, from_before_the_pepper, imported, cheap, without_one, switched_off]


@pytest.mark.parametrize("have", STATES)
def test_a_wrong_password_costs_one_hash_and_tells_nothing(
    bank: Organisation, hashes: list[None], have: Callable[[Person], None]
) -> None:
    with serving(bank.tenant):
        have(bank.ada)
        bank.ada.save()
    answers = []
    # Three that are tried, and what follows when it is slowed down.
    # Of one length: the form has it again.
    for email in ("ada@bank.example", "abc@bank.example"):
        browser = bank.anonymous()
        told = []
        for network in range(7):
            del hashes[:]
            page = send(browser, email, "wrong", REMOTE_ADDR=f"192.0.2.{network}")
            assert len(hashes) == (1 if page.status_code == 200 else 0)
            text = TOKENS.sub(r"\1", page.content.decode()).replace(email, "")
            cookies = {
                name: {key: value for key, value in morsel.items() if key != "expires"}
                for name, morsel in page.cookies.items()
            }
            headers = {name: value for name, value in page.headers.items() if name != "Expires"}
            told.append((page.status_code, headers, cookies, text))
        answers.append(told)
    assert [status for status, *_ in answers[0]] == [200] * 5 + [429] * 2
    assert answers[0] == answers[1]


def test_the_right_password_of_who_is_switched_off_costs_one_hash(
    bank: Organisation, hashes: list[None]
) -> None:
    with serving(bank.tenant):
        switched_off(bank.ada)
        bank.ada.save()
    del hashes[:]
    browser = bank.anonymous()
    assert send(browser, bank.ada.email, PASSWORD).headers["Location"] == "/switched-off/"
    assert len(hashes) == 1
    assert devices.COOKIE not in browser.cookies
    ada = f"person:{bank.ada.pk}"
    assert rows(bank) == [("sign-in", "sign-in.refused", ada, {"code": "deactivated"})]


@pytest.mark.parametrize(
    "password",
    [
        "x",
        " spaces at both ends ",
        "nul\x00within",
        "\x00",
        "🙂" * 4096,
        "e\u0301" * 4096,
        "\u202e\ufffe",
    ],
    ids=["short", "spaces", "nul", "only nul", "longest", "longest composed", "marks"],
)
def test_whatever_may_be_a_password_signs_in(bank: Organisation, password: str) -> None:
    with serving(bank.tenant):
        bank.ada.set_password(password)
        bank.ada.save()
    assert send(bank.anonymous(), bank.ada.email, f"{password[:-1]}y").status_code == 200
    assert send(bank.anonymous(), bank.ada.email, password.strip("\x00 ") + "-").status_code == 200
    assert send(bank.anonymous(), bank.ada.email, password).status_code == 302


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("ada@bank.example", "🙂" * 4097, "At most 4096 characters"),
        ("ada@bank.example", "x" * 100_000, "At most 4096 characters"),
        ("ada@bank.example", "", "Please give your password."),
        ("", PASSWORD, "Please give an e-mail address."),
        ("ada\x00@bank.example", PASSWORD, "Please check the e-mail address."),
        ("ada", PASSWORD, "Please check the e-mail address."),
        (f"{'a' * 400}@bank.example", PASSWORD, ""),
    ],
)
def test_what_is_none_is_refused_before_it_is_hashed(
    bank: Organisation, hashes: list[None], email: str, password: str, told: str
) -> None:
    page = send(bank.anonymous(), email, password, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert told in page.content.decode()
    assert 'role="alert"' in page.content.decode()
    assert hashes == []
    assert rows(bank) == []


def test_nobody_has_a_second_address(bank: Organisation) -> None:
    send(bank.anonymous(), bank.ada.email, PASSWORD)
    with serving(bank.tenant):
        # allauth would look for people there as well, and hash for each of them.
        assert not EmailAddress.objects.exists()


def test_the_trail_tells_who_came_in_and_left(bank: Organisation) -> None:
    browser = bank.anonymous()
    ada = f"person:{bank.ada.pk}"
    for _ in range(2):
        send(browser, bank.ada.email, PASSWORD, headers={"user-agent": FIREFOX})
        with serving(bank.tenant):
            session = Session.objects.get(session_key=browser.session.session_key)
        assert browser.get("/help/").status_code == 200
        browser.post("/sign-out/")
    detail = {
        "factor": "password",
        "policy": 0,
        "session": str(session.id),
        "device": "known",
        "browser": "Firefox, Windows",
    }
    told = rows(bank)
    assert [row[1] for row in told] == ["person.signed-in", "person.signed-out"] * 2
    assert told[2] == (ada, "person.signed-in", ada, detail)
    assert told[3] == (ada, "person.signed-out", ada, {"session": str(session.id)})
    assert [row[3].get("device") for row in told[::2]] == ["new", "known"]
    # Signing out when nobody is signed in is nobody's.
    with serving(bank.tenant):
        request = HttpRequest()
        request.session, request.user = SessionStore(), AnonymousUser()
        logout(request)
        request.user = bank.ada
        logout(request)
    assert len(rows(bank)) == 4


def test_the_trail_tells_by_what_and_under_which_rules(bank: Organisation) -> None:
    with serving(bank.tenant):
        change(None, Audience.ADVISER, PRESETS[Preset.STRICT])
        token = invite(
            bank.mia, name="Nora Neu", email="nora@neu.example", roles=[Role.ADVISER], teams=[]
        )
    sent = {"token": token, "password": "Vierzehn graue Esel tanzen 1 Walzer!"}
    assert bank.anonymous().post("/invitation/", sent).status_code == 302
    ((_, action, _, detail),) = rows(bank)
    assert action == "person.signed-in"
    assert (detail["factor"], detail["policy"]) == ("token", 1)


def test_the_trail_tells_of_refusals_without_the_address(bank: Organisation) -> None:
    send(bank.anonymous(), "ADA@bank.example", "wrong")
    send(bank.anonymous(), "somebody@else.example", "wrong")
    assert rows(bank) == [
        ("sign-in", "sign-in.refused", f"person:{bank.ada.pk}", {"code": "wrong-password"}),
        ("sign-in", "sign-in.refused", "sign-in", {"code": "unknown-address"}),
    ]


def test_administrators_see_when_somebody_signed_in_last(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = mia.get("/administration/people/", headers={"accept-language": "en"}).content.decode()
    assert page.count("last signed in never") == 2
    send(bank.anonymous(), bank.ada.email, PASSWORD)
    page = mia.get("/administration/people/", headers={"accept-language": "en"}).content.decode()
    assert page.count("last signed in never") == 1


def test_the_cookie_of_a_device_is_guarded_and_opens_nothing(
    bank: Organisation, insurer: Organisation
) -> None:
    browser = bank.anonymous()
    assert devices.COOKIE not in browser.get("/sign-in/").cookies
    assert devices.COOKIE not in send(browser, bank.ada.email, "wrong").cookies
    cookie = send(browser, bank.ada.email, PASSWORD).cookies[devices.COOKIE]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
    assert str(bank.ada.pk) not in cookie.value
    other = bank.anonymous()
    other.cookies[devices.COOKIE] = cookie.value
    assert other.get("/inbox/").status_code == 302
    # Of another organisation it is nobody's.
    there = insurer.anonymous()
    there.cookies[devices.COOKIE] = cookie.value
    send(there, insurer.ada.email, PASSWORD)
    assert rows(insurer)[0][3]["device"] == "new"


@pytest.mark.parametrize("forged", ["", "x", "a.b:1:c", "ü", "." * 5000])
def test_a_forged_device_is_a_new_one(bank: Organisation, forged: str) -> None:
    browser = bank.anonymous()
    browser.cookies[devices.COOKIE] = forged
    assert send(browser, bank.ada.email, PASSWORD).status_code == 302
    assert rows(bank)[0][3]["device"] == "new"


def test_a_device_knows_each_of_its_people_and_the_last_ones_only(bank: Organisation) -> None:
    browser = bank.anonymous()
    crowd = [bank.hire(f"P{number} Person", Role.ADVISER) for number in range(8)]
    for person in [bank.ada, bank.ben, bank.ada, *crowd[:-1], bank.ada, *crowd[-1:], bank.ben]:
        assert send(browser, person.email, PASSWORD).status_code == 302
        browser.post("/sign-out/")
    told = [row[3]["device"] for row in rows(bank) if row[1] == "person.signed-in"]
    # Ben's came so long before that he is forgotten; Ada was there in between.
    assert told == ["new", "new", "known", *["new"] * 7, "known", "new", "new"]


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_SMTP_HOST", "mail.example")


@pytest.mark.parametrize(
    ("language", "subject", "words", "browser"),
    [
        ("en", "Signed in on a new device", "If it was not you", "Firefox, Windows"),
        ("de", "Anmeldung an einem neuen Gerät", "Wenn Sie das nicht waren", "Unbekannter"),
    ],
)
@pytest.mark.usefixtures("mail")
def test_a_sign_in_on_a_new_device_is_told_by_mail(
    bank: Organisation, language: str, subject: str, words: str, browser: str
) -> None:
    told = {"accept-language": language, "user-agent": FIREFOX if language == "en" else ""}
    own = bank.anonymous()
    send(own, bank.ada.email, PASSWORD, headers=told)
    with serving(bank.tenant):
        # Whoever signs in for the first time knows it, and every device is new then.
        assert not QueuedNotice.objects.exists()
    own.post("/sign-out/")
    send(own, bank.ada.email, PASSWORD, headers=told)
    with serving(bank.tenant):
        assert not QueuedNotice.objects.exists()
    send(bank.anonymous(), bank.ada.email, PASSWORD, headers=told, REMOTE_ADDR="192.0.2.77")
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        with translation.override(notice.language):
            letter = write(notice)
    assert letter is not None
    assert (notice.to, notice.language) == (bank.ada.email, language)
    text = "\n".join(letter.paragraphs)
    assert letter.subject == subject
    assert words in text
    assert browser in text
    assert "192.0.2.77" in text
    assert "Europe/Berlin" in text
    assert dt.datetime.now(dt.UTC).strftime("%Y") in text
    assert letter.button is not None
    assert letter.button[1].endswith("/account/devices/")
    # Nothing of it is a secret.
    assert set(notice.context) == {"person", "browser", "address", "at"}
