"""Passkeys of clients: the right key, for the chat's host, for this challenge, once."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.tenancy.context import serving
from siegel.widget import passkeys
from siegel.widget.models import ClientPasskey
from tests.cast import Organisation
from tests.client_signing import Website
from tests.identity.authenticators import SecurityKey
from tests.widget.known import begun, keep_cookies, post, recognised, website_of

HOST = "chat.bank.test"


def challenge(browser: Client, what: str) -> dict[str, Any]:
    answer = post(browser, f"/passkeys/{what}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def added(browser: Client, key: SecurityKey) -> Any:
    told = challenge(browser, "new")
    made = json.loads(key.make({"publicKey": told["options"]}))
    return post(browser, "/passkeys/keep", {"ceremony": told["ceremony"], "answer": made})


def shown(browser: Client, key: SecurityKey, told: dict[str, Any] | None = None) -> Any:
    told = told or challenge(browser, "ask")
    answer = json.loads(key.answer({"publicKey": told["options"]}))
    return post(browser, "/passkeys/show?lang=en", {"ceremony": told["ceremony"], "answer": answer})


@pytest.fixture
def client(bank: Organisation) -> Client:
    """Signed in, with a conversation."""
    browser = recognised(website_of(bank), name="Vera Voss")
    begun(browser)
    return browser


def test_a_passkey_brings_the_conversations_back(bank: Organisation, client: Client) -> None:
    key = SecurityKey(HOST)
    assert added(client, key).status_code == 204
    other = bank.visitor()
    answer = shown(other, key)
    assert answer.status_code == 200
    assert answer.json()["client"] == {"name": "Vera Voss", "email": "", "way": "passkey"}
    keep_cookies(other, answer)
    here = client.get("/visit").json()["conversation"]
    assert other.get("/visit").json()["conversation"] == here
    assert shown(bank.visitor(), key).status_code == 200
    with serving(bank.tenant):
        assert ClientPasskey.objects.get().counter == 2
        found = TrailEntry.objects.filter(action="client.signed-in").order_by("seq")
        assert [one.detail["factor"] for one in found] == ["website", "passkey", "passkey"]
        added_row = TrailEntry.objects.get(action="client.passkey-added")
        assert added_row.detail == {"passkey": str(ClientPasskey.objects.get())}


def test_what_a_browser_is_asked_for(bank: Organisation, client: Client) -> None:
    added(client, SecurityKey(HOST))
    asked = challenge(client, "new")["options"]
    assert asked["rp"] == {"id": HOST, "name": "Bank"}
    assert asked["user"]["name"] == "Vera Voss"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    asked = challenge(bank.visitor(), "ask")["options"]
    assert asked["userVerification"] == "required"
    # Nobody learns from it who has one.
    assert not asked.get("allowCredentials")


WRONG: dict[str, Callable[[SecurityKey], None]] = {
    "another page": lambda key: setattr(key, "origin", "https://www.bank.example"),
    "the desk": lambda key: setattr(key, "origin", "https://bank.test"),
    "another host": lambda key: setattr(key, "host", "chat.insurer.test"),
    "nobody verified": lambda key: setattr(key, "verifies", False),
    "nobody's": lambda key: setattr(key, "user_handle", uuid.uuid4().bytes),
    "no handle": lambda key: setattr(key, "user_handle", b""),
    "copied": lambda key: setattr(key, "counter", -1),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_every_refusal(
    bank: Organisation, client: Client, wrong: Callable[[SecurityKey], None]
) -> None:
    key = SecurityKey(HOST)
    added(client, key)
    shown(bank.visitor(), key)
    wrong(key)
    answer = shown(bank.visitor(), key)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey-refused")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("wrong", ["another page", "another host", "nobody verified"])
def test_what_is_not_kept(bank: Organisation, client: Client, wrong: str) -> None:
    key = SecurityKey(HOST)
    WRONG[wrong](key)
    assert added(client, key).status_code == 422
    with serving(bank.tenant):
        assert not ClientPasskey.objects.exists()


def test_a_key_without_a_counter(bank: Organisation, client: Client) -> None:
    key = SecurityKey(HOST, counts=False)
    added(client, key)
    assert [shown(bank.visitor(), key).status_code for _ in range(2)] == [200, 200]


def test_a_challenge_is_used_once_and_for_what_it_was_made(
    bank: Organisation, client: Client
) -> None:
    key = SecurityKey(HOST)
    added(client, key)
    told = challenge(bank.visitor(), "ask")
    assert shown(bank.visitor(), key, told).status_code == 200
    assert shown(bank.visitor(), key, told).status_code == 422
    # One that was made for adding signs nobody in, nor does another client's add anything.
    assert shown(bank.visitor(), key, challenge(client, "new")).status_code == 422
    other = recognised(website_of_again(bank), "4712")
    foreign = challenge(client, "new")
    made = json.loads(SecurityKey(HOST).make({"publicKey": foreign["options"]}))
    told = {"ceremony": foreign["ceremony"], "answer": made}
    assert post(other, "/passkeys/keep", told).status_code == 422
    for odd in ("", "x" * 22, "client-passkey", "../" * 9):
        answer = post(bank.visitor(), "/passkeys/show", {"ceremony": odd, "answer": {}})
        assert answer.status_code == 422
        answer = post(client, "/passkeys/keep", {"ceremony": odd, "answer": None})
        assert answer.status_code == 422


def website_of_again(bank: Organisation) -> Any:
    website = Website(bank, kid="website-2")
    website.known()
    return website


def test_of_many_that_are_added_at_once_ten_are_kept(
    bank: Organisation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = challenge(client, "new")
    made = json.loads(SecurityKey(HOST).make({"publicKey": told["options"]}))
    monkeypatch.setattr(passkeys, "MOST", 0)
    kept = {"ceremony": told["ceremony"], "answer": made}
    assert post(client, "/passkeys/keep", kept).status_code == 422
    with serving(bank.tenant):
        assert not ClientPasskey.objects.exists()


def test_one_that_is_removed_while_it_is_shown(
    bank: Organisation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SecurityKey(HOST)
    added(client, key)

    def gone(self: ClientPasskey) -> None:
        raise ClientPasskey.DoesNotExist

    monkeypatch.setattr(ClientPasskey, "refresh_from_db", gone)
    assert shown(bank.visitor(), key).status_code == 422


def test_challenges_are_not_made_without_end(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "passkey", "1/m/ip")
    challenge(bank.visitor(), "ask")
    answer = post(bank.visitor(), "/passkeys/ask")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-passkeys-asked")


def test_one_of_a_signs_nobody_in_at_b(
    bank: Organisation, insurer: Organisation, client: Client
) -> None:
    key = SecurityKey(HOST)
    added(client, key)
    told = challenge(bank.visitor(), "ask")
    assert shown(insurer.visitor(), key, told).status_code == 422
    key.host, key.origin = "chat.insurer.test", "https://chat.insurer.test"
    assert shown(insurer.visitor(), key).status_code == 422


def test_they_are_listed_and_removed(
    bank: Organisation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SecurityKey(HOST)
    added(client, key)
    (listed,) = client.get("/devices").json()["passkeys"]
    monkeypatch.setattr(passkeys, "MOST", 1)
    answer = post(client, "/passkeys/new")
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-passkeys")
    other = recognised(website_of_again(bank), "4712")
    assert post(other, "/passkeys/remove", {"passkey": listed["passkey"]}).status_code == 404
    assert post(client, "/passkeys/remove", {"passkey": listed["passkey"]}).status_code == 204
    assert client.get("/devices").json()["passkeys"] == []
    assert shown(bank.visitor(), key).status_code == 422
    for path in ("new", "keep", "remove"):
        assert post(bank.visitor(), f"/passkeys/{path}").status_code == 404
    with serving(bank.tenant):
        assert TrailEntry.objects.filter(action="client.passkey-removed").count() == 1
