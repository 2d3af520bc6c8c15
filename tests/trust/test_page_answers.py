"""What is public is the same for everybody: no session, no cookie, and caches are told so."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from siegel.trust import answering, views
from tests.cast import Organisation
from tests.conversations.conversing import session_of
from tests.security.closed import assert_closed
from tests.trust.stage import fixed, head, row, staged, staged_now  # noqa: F401 - a fixture
from tests.trust.test_page import ADDRESSES

MINUTE = dt.timedelta(minutes=1)


def every(test: Any) -> Any:
    return pytest.mark.parametrize("address", ADDRESSES)(test)


@every
def test_nobody_is_known_there(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    session = session_of(bank, bank.mia)

    def read(*_: object) -> None:
        raise AssertionError("A session was looked for.")

    monkeypatch.setattr(f"{settings.SESSION_ENGINE}.SessionStore.load", read)
    assert issubclass(__import__(settings.SESSION_ENGINE, fromlist=["*"]).SessionStore, SessionBase)
    answers = []
    for cookie in ("", session, "broken"):
        browser = Client(headers={"host": bank.host})
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.cookies == {}
        answers.append((answer.headers["ETag"], answer.headers.get("Vary")))
    assert len(set(answers)) == 1
    assert "Cookie" not in (answers[0][1] or "")


def test_forms_of_both_languages_vary_by_nothing(bank: Organisation, now: dt.datetime) -> None:
    varied = {address: bank.anonymous().get(address).headers.get("Vary") for address in ADDRESSES}
    assert {address for address, vary in varied.items() if vary} == {"/trust/", "/trust/feed.atom"}


@every
def test_what_somebody_has_is_not_sent_again(
    bank: Organisation, now: dt.datetime, address: str
) -> None:
    row(1, "", now)
    head(1, now)
    browser = bank.anonymous()
    first = browser.get(address)
    again = browser.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Content-Security-Policy"):
        assert again.headers[name] == first.headers[name]
    other = browser.get(address, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.headers["ETag"]) == (200, first.headers["ETag"])


def test_a_new_row_or_state_is_another_answer(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = bank.anonymous()
    addresses = [one for one in ADDRESSES if one != "/trust/feed.atom"]
    before = [browser.get(address).headers["ETag"] for address in addresses]
    row(1, "", now)
    head(1, now)
    monkeypatch.setattr(views, "standings", fixed(now + MINUTE))
    after = [browser.get(address).headers["ETag"] for address in addresses]
    assert [one for one in before if one in after] == []


@every
def test_asking_for_the_headers_alone(bank: Organisation, now: dt.datetime, address: str) -> None:
    browser = bank.anonymous()
    whole, alone = browser.get(address), browser.head(address)
    assert (alone.status_code, alone.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Cache-Control"):
        assert alone.headers[name] == whole.headers[name]


@every
def test_it_is_closed_and_kept_for_a_short_time(
    bank: Organisation, now: dt.datetime, address: str
) -> None:
    answer = bank.anonymous().get(address)
    assert_closed(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    if address != "/trust/":
        assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/trust/", "/trust/claims.json"])
def test_nothing_is_kept_past_a_deadline(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    # One of the staged deadlines is two minutes later.
    ends = now + 2 * MINUTE
    monkeypatch.setattr("siegel.trust.views.timezone.now", lambda: ends - dt.timedelta(seconds=7.5))
    answer = bank.anonymous().get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=7"


def test_deadlines_that_have_passed_shorten_nothing(now: dt.datetime, bank: Organisation) -> None:
    groups = staged(bank.tenant, now)
    assert answering.seconds_to_keep(groups, now + 3 * MINUTE) == answering.KEPT_SECONDS
    assert answering.seconds_to_keep([], now) == answering.KEPT_SECONDS


@pytest.mark.parametrize(
    "address",
    [
        "/trust/nothing", "/trust/claims/nothing.json", "/trust/claims/.json", "/trust/claims/",
        "/trust/claims/phy-sep-physical", "/trust/claims/../claims.json", "/trust/heads/",
        "/trust/claims/phy-sep-physical.json/x", "/trust/claims/%2e%2e.json",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(bank: Organisation, now: dt.datetime, address: str) -> None:
    answer = bank.anonymous().get(address)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@every
def test_nothing_is_changed_there(bank: Organisation, now: dt.datetime, address: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(bank.anonymous(), method)(address)
        assert answer.status_code == 405
        assert "Nothing was changed" in answer.content.decode()


@pytest.mark.parametrize("address", ["/trust/heads?before=", "/trust/evidence?after="])
@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "٣", "1" * 19, "1\n", " 1"])
def test_what_is_no_number_is_refused_in_words(
    bank: Organisation, address: str, number: str
) -> None:
    path, _, name = address.rstrip("=").partition("?")
    answer = bank.anonymous().get(path, {name: number}, headers={"accept-language": "de"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"
    assert "keine Nummer" in answer.json()["message"]
