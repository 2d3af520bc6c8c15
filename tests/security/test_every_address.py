"""Every address of both hosts, asked by everybody; and that none is missing."""

import importlib
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from tests.cast import Organisation

# Address -> (method, answer for a stranger, an administrator, a colleague, the adviser).
DESK: dict[str, tuple[str, int, int, int, int]] = {
    "": ("GET", 302, 302, 302, 302),
    "sign-in/": ("GET", 200, 302, 302, 302),
    "sign-out/": ("GET", 302, 200, 200, 200),
    "switched-off/": ("GET", 200, 200, 200, 200),
    "inbox/": ("GET", 302, 200, 200, 200),
    "inbox/list/": ("GET", 302, 200, 200, 200),
    "inbox/<uuid:identifier>/": ("GET", 302, 404, 404, 200),
    "inbox/<uuid:identifier>/header/": ("GET", 302, 404, 404, 200),
    "inbox/<uuid:identifier>/context/": ("GET", 302, 404, 404, 200),
    "inbox/<uuid:identifier>/assign/": ("POST", 302, 404, 404, 204),
    "inbox/<uuid:identifier>/resolve/": ("POST", 302, 404, 404, 204),
    "inbox/<uuid:identifier>/reopen/": ("POST", 302, 404, 404, 204),
    "inbox/<uuid:identifier>/transcript/": ("GET", 302, 404, 404, 200),
    "administration/": ("GET", 302, 200, 403, 403),
    "socket-ticket/": ("POST", 302, 200, 200, 200),
    "language/": ("POST", 302, 302, 302, 302),
}
# Address -> (method, answer for a stranger, for the visitor).
CHAT = {
    "": ("GET", 200, 200),
    "privacy/": ("GET", 200, 200),
    "imprint/": ("GET", 200, 200),
    "visit": ("GET", 200, 200),
    "contact": ("POST", 403, 403),
    "transcript": ("GET", 404, 200),
}
ANONYMOUS = {"sign-in/", "sign-out/", "switched-off/", "language/"} | set(CHAT)


def patterns(module: str) -> dict[str, Any]:
    def walk(entries: list[Any], prefix: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for entry in entries:
            address = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                found |= walk(entry.url_patterns, address)
            elif isinstance(entry, URLPattern):
                found[address] = entry.callback
        return found

    return walk(importlib.import_module(module).urlpatterns)


def test_no_address_is_missing() -> None:
    assert set(patterns("siegel.urls")) == set(DESK)
    assert set(patterns("siegel.widget.urls")) == set(CHAT)


def test_the_anonymous_ones_are_these() -> None:
    found = patterns("siegel.urls") | patterns("siegel.widget.urls")
    anonymous = {
        address for address, view in found.items() if not getattr(view, "login_required", True)
    }
    # The empty address of the desk needs a session, that of the chat does not.
    assert anonymous == ANONYMOUS


@pytest.mark.parametrize("address", DESK)
def test_the_desk(bank: Organisation, address: str) -> None:
    method, *expected = DESK[address]
    conversation = bank.conversation()
    path = "/" + address.replace("<uuid:identifier>", str(conversation.pk))
    adviser = bank.desk(bank.ada)
    adviser.post(f"/inbox/{conversation.pk}/assign/")
    askers = [bank.anonymous(), bank.desk(bank.mia), bank.desk(bank.ben), adviser]
    answers = [asker.generic(method, path) for asker in askers]
    assert [answer.status_code for answer in answers] == expected
    if expected[0] == 302 and address != "language/":
        assert answers[0].headers["Location"].startswith(("/sign-in/", "/inbox/"))
    other = "GET" if method == "POST" else "PUT"
    if address not in {"sign-in/", "sign-out/", "switched-off/"}:
        assert adviser.generic(other, path).status_code == 405


@pytest.mark.parametrize("address", CHAT)
def test_the_chat(bank: Organisation, address: str) -> None:
    method, *expected = CHAT[address]
    conversation = bank.conversation()
    askers: list[Client] = [bank.visitor(), bank.visitor(conversation)]
    answers = [asker.generic(method, f"/{address}?lang=en") for asker in askers]
    assert [answer.status_code for answer in answers] == expected


@pytest.mark.parametrize("path", ["/nothing", "/admin/", "/inbox/", "/sign-in/", "/../etc/passwd"])
def test_the_chat_host_knows_nothing_of_the_desk(bank: Organisation, path: str) -> None:
    assert bank.visitor().get(path).status_code in {302, 404}
    assert bank.visitor(bank.conversation()).get(path).status_code in {302, 404}
