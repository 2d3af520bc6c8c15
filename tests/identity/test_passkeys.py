"""Passkeys: the right key, for this host, for this challenge, once, with the person verified."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.test import RequestFactory

from siegel.identity import passkeys
from siegel.identity.models import Person
from siegel.identity.passkeys import (
    NotVerified,
    credential_from,
    options_to_add,
    options_to_prove,
    passkeys_of,
    store_passkey,
    verify,
)
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.authenticators import SecurityKey
from tests.identity.clocks import Clock

HOST = "bank.test"


@pytest.fixture
def request_of(bank: Organisation) -> Any:
    """A request at the bank; its session lasts as long as the test, and the bank is served."""
    made = RequestFactory(headers={"host": HOST}).get("/")
    made.session = {}  # type: ignore[assignment] # what is kept in it is all that matters
    with serving(bank.tenant):
        yield made


def enrolled(request: HttpRequest, person: Person, key: SecurityKey) -> Authenticator:
    answer = json.loads(key.make(options_to_add(request, person)))
    return store_passkey(person, "Key", *credential_from(request, answer))


def proved(request: HttpRequest, key: SecurityKey, person: Person | None = None) -> Authenticator:
    options = json.loads(json.dumps(options_to_prove(request, person)))
    return verify(request, json.loads(key.answer(options)), person)


def test_a_key_that_was_made_here_opens(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST)
    made = enrolled(request_of, bank.ada, key)
    assert proved(request_of, key, bank.ada) == made
    # Without a name: the key says whose it is.
    found = proved(request_of, key)
    assert (found, found.user) == (made, bank.ada)
    found.refresh_from_db()
    assert found.last_used_at is not None
    assert found.data["counter"] == 2


def test_what_a_browser_is_asked_for(bank: Organisation, request_of: HttpRequest) -> None:
    enrolled(request_of, bank.ada, SecurityKey(HOST))
    asked = options_to_add(request_of, bank.ada)["publicKey"]
    assert asked["rp"] == {"id": HOST, "name": "Bank"}
    assert asked["user"]["name"] == bank.ada.email
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    asked = options_to_prove(request_of)["publicKey"]
    assert asked["userVerification"] == "required"
    # Nobody learns from it who has one.
    assert not asked.get("allowCredentials")


def test_credentials_are_sealed(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST)
    made = enrolled(request_of, bank.ada, key)
    assert set(made.data) == {"id", "name", "credential", "counter"}
    assert key.credential.credential_id.hex() not in bytes(made.data["credential"], "utf8").hex()


def as_answered(key: SecurityKey, options: dict[str, Any]) -> Any:
    return json.loads(key.answer(options))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda key: setattr(key, "origin", "https://bank.test.example"),
        lambda key: setattr(key, "origin", "https://chat.bank.test"),
        lambda key: setattr(key, "host", "insurer.test"),
        lambda key: setattr(key, "verifies", False),
        lambda key: setattr(key, "_private", SecurityKey(HOST)._private),
        lambda key: setattr(key, "credential", SecurityKey(HOST).credential),
    ],
    ids=["another page", "the chat", "another host", "nobody verified", "forged", "unknown"],
)
def test_others_are_refused(
    bank: Organisation, request_of: HttpRequest, wrong: Callable[[SecurityKey], None]
) -> None:
    key = SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    wrong(key)
    with pytest.raises(NotVerified):
        proved(request_of, key, bank.ada)


@pytest.mark.parametrize("wrong", ["origin", "host", "verifies"])
def test_nor_is_one_made_by_another_page(
    bank: Organisation, request_of: HttpRequest, wrong: str
) -> None:
    key = SecurityKey(HOST)
    setattr(key, wrong, {"origin": "https://x.example", "host": "x.example"}.get(wrong, False))
    with pytest.raises(NotVerified):
        enrolled(request_of, bank.ada, key)
    assert passkeys_of(bank.ada) == []


def test_a_challenge_is_answered_once(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    options = options_to_prove(request_of, bank.ada)
    answer = as_answered(key, options)
    assert verify(request_of, answer, bank.ada)
    with pytest.raises(NotVerified):
        verify(request_of, answer, bank.ada)
    # Nor does an answer to an earlier challenge fit a later one.
    options_to_prove(request_of, bank.ada)
    with pytest.raises(NotVerified):
        verify(request_of, as_answered(key, options), bank.ada)


@pytest.mark.parametrize(("minutes", "is_taken"), [(4.9, True), (5.1, False)])
def test_a_challenge_is_answered_within_five_minutes(
    bank: Organisation,
    request_of: HttpRequest,
    monkeypatch: pytest.MonkeyPatch,
    minutes: float,
    is_taken: bool,
) -> None:
    clock, key = Clock(monkeypatch), SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    answer = as_answered(key, options_to_prove(request_of, bank.ada))
    clock.passes(minutes=minutes)
    if is_taken:
        assert verify(request_of, answer, bank.ada)
        return
    with pytest.raises(NotVerified):
        verify(request_of, answer, bank.ada)


def test_one_that_is_removed_meanwhile_opens_nothing(
    bank: Organisation, request_of: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    seen = passkeys.passkeys_of

    def slowly(person: Person) -> list[Authenticator]:
        found = seen(person)
        Authenticator.objects.filter(user=person).delete()
        return found

    answer = as_answered(key, options_to_prove(request_of, bank.ada))
    monkeypatch.setattr(passkeys, "passkeys_of", slowly)
    with pytest.raises(NotVerified):
        verify(request_of, answer, bank.ada)


def test_a_key_is_its_persons(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    with pytest.raises(NotVerified):
        proved(request_of, key, bank.ben)
    key.user_handle = bank.ben.pk.bytes
    with pytest.raises(NotVerified):
        proved(request_of, key)


def test_a_copy_is_found_by_its_counter(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST)
    enrolled(request_of, bank.ada, key)
    key.counter = 7
    assert proved(request_of, key, bank.ada)
    key.counter = 5
    with pytest.raises(NotVerified):
        proved(request_of, key, bank.ada)


def test_many_do_not_count(bank: Organisation, request_of: HttpRequest) -> None:
    key = SecurityKey(HOST, counts=False)
    enrolled(request_of, bank.ada, key)
    for _ in range(2):
        assert proved(request_of, key, bank.ada)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        "x",
        7,
        {"response": None},
        {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AAAA"}},
        {"id": {"a": []}, "rawId": [], "type": 0, "response": {"attestationObject": "oWNmbXQ"}},
    ],
)
def test_what_is_no_answer_is_refused(
    bank: Organisation, request_of: HttpRequest, answer: Any
) -> None:
    options_to_add(request_of, bank.ada)
    with pytest.raises(NotVerified):
        credential_from(request_of, answer)
    options_to_prove(request_of)
    with pytest.raises(NotVerified):
        verify(request_of, answer)


def test_a_key_of_another_tenant_names_nobody(
    bank: Organisation, insurer: Organisation, request_of: HttpRequest
) -> None:

    key = SecurityKey(HOST)
    key.user_handle = insurer.ada.pk.bytes
    with pytest.raises(NotVerified):
        proved(request_of, key)
