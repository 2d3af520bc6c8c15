"""Every address of both hosts, asked by everybody of both tenants; and that none is missing."""

import asyncio
import importlib
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from siegel.conversations.file_requests import ROUTES
from tests.cast import Organisation
from tests.conversations.conversing import ticket_for
from tests.conversations.file_client import FileClient, digest_of, send
from tests.security.addresses import (
    ANONYMOUS,
    ANSWERS_EVERY_METHOD,
    CHAT,
    DESK,
    FILES,
    KEPT,
    NOTED_IN_THE_TRAIL,
    REFUSALS_ARE_NOTED,
    SOCKET,
    Chat,
    Desk,
)
from tests.security.askers import Scene
from tests.security.closed import assert_closed
from tests.security.shared import shared_bank, shared_insurer, tenants_remain  # noqa: F401 - fixtures
from tests.security.things import CLIENT, body_of, name_of, noted, path_of, sent_with
from tests.server import Running, socket

WITHDRAWN = "administration/invitations/<uuid:invitation>/withdraw/"
# In forms, what only one tenant has.
THINGS = ("<adviser>", "<contact>", "<label>", "<reset>", "<team>", "<token>")
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
Line = Desk | Chat


@pytest.fixture(scope="module")
def once(bank: Organisation, insurer: Organisation) -> Scene:
    return Scene(bank, insurer)


@pytest.fixture
def everybody(once: Scene) -> Scene:
    once.begin()
    return once


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


def names_a_thing(line: Desk, field: str) -> bool:
    return any(thing in str(line.form[field]) for thing in THINGS)


def test_no_address_is_missing() -> None:
    desk = {line.address for line in DESK + ANONYMOUS}
    assert set(patterns("siegel.urls")) == desk
    assert set(patterns("siegel.widget.urls")) == {line.address for line in CHAT}
    for table in (DESK + ANONYMOUS, CHAT):
        names = [name_of(line) for line in table]
        assert len(names) == len(set(names))


def test_no_address_of_files_is_missing() -> None:
    for method, pattern, name in ROUTES:
        found = [line for line in FILES if line[0] == method and fits(pattern, line[1])]
        assert len(found) == 1, name
    assert len(FILES) == len(ROUTES)


def fits(pattern: re.Pattern[str], address: str) -> bool:
    uuid = "0b7f3c1e-6f5e-4a58-9b84-3f8f6a2f3b01"
    return pattern.fullmatch("/files/" + re.sub(r"<[^>]+>", uuid, address)) is not None


def test_the_anonymous_ones_are_these() -> None:
    for module, expected in {
        "siegel.urls": {line.address for line in ANONYMOUS},
        "siegel.widget.urls": {line.address for line in CHAT},
    }.items():
        found = patterns(module)
        anonymous = {a for a, view in found.items() if not getattr(view, "login_required", True)}
        assert anonymous == expected


@pytest.mark.parametrize("line", DESK + ANONYMOUS, ids=name_of)
def test_the_desk(everybody: Scene, line: Desk) -> None:
    bank, conversation = everybody.bank, everybody.conversation
    path = path_of(line, bank, conversation)
    columns = {
        name: everybody.desk[name] for name in ("nobody", "administrator", "auditor", "other")
    }
    columns |= {"colleague": [everybody.colleague], "adviser": everybody.desk["adviser"]}
    for column, cookies in columns.items():
        for cookie in cookies:
            body, kind = body_of(line, sent_with(line, bank, conversation))
            before = noted(bank)
            asker = everybody.client(bank.host, cookie)
            answer = asker.generic(line.method, path, body, kind)
            who = f"{column} with {cookie.split('=')[0]}"
            assert answer.status_code == (getattr(line, column) or line.adviser), who
            assert_closed(answer)
            if line.address not in KEPT:
                assert "no-store" in answer.headers["Cache-Control"]
            if column == "nobody" and line in DESK:
                # Nobody learns more than the way to the sign-in, whatever is behind the address.
                assert answer.headers["Location"].startswith("/sign-in/")
                assert answer.content == b""
            if column not in {"colleague", "adviser"}:
                assert CLIENT[0].encode() not in answer.content, who
                assert CLIENT[1].encode() not in answer.content, who
            if may_not_change(line, column, answer.status_code):
                assert noted(bank) == before, who
    if line.address == "sign-out/":
        everybody.sign_in()


def may_not_change(line: Desk, column: str, status: int) -> bool:
    """Who reads, and whoever is refused, leaves nothing behind; an auditor never does."""
    if (line.method, line.address) in NOTED_IN_THE_TRAIL:
        return status >= 400
    if (line.method, line.address) in REFUSALS_ARE_NOTED:
        return status < 400
    return line.method == "GET" or status >= 400 or column in {"nobody", "auditor"}


@pytest.mark.parametrize(
    "line", [line for line in DESK + ANONYMOUS if line.method != "GET"], ids=name_of
)
def test_a_foreign_page_changes_nothing(everybody: Scene, line: Desk) -> None:
    bank, conversation = everybody.bank, everybody.conversation
    column = "adviser" if line.adviser < 400 else "administrator"
    (cookie,) = everybody.desk[column]
    browser = Client(enforce_csrf_checks=True, headers={"host": bank.host})
    name, _, value = cookie.partition("=")
    browser.cookies[name] = value
    path = path_of(line, bank, conversation)
    body, kind = body_of(line, sent_with(line, bank, conversation))
    before = noted(bank)
    for headers in ({}, {"X-CSRFToken": "x" * 64}):
        answer = browser.generic(line.method, path, body, kind, headers=headers)
        assert answer.status_code == 403
        assert noted(bank) == before


@pytest.mark.parametrize("line", [line for line in DESK if "<" in line.address], ids=name_of)
def test_what_is_of_another_tenant_is_absent(everybody: Scene, line: Desk) -> None:
    bank, insurer = everybody.bank, everybody.insurer
    path = path_of(line, insurer, everybody.foreign)
    body, kind = body_of(line, sent_with(line, bank, everybody.conversation))
    before = noted(bank)
    asker = everybody.client(bank.host, everybody.all_roles)
    answer = asker.generic(line.method, path, body, kind)
    assert noted(bank) == before
    if line.address == WITHDRAWN:
        # Gone like one that was accepted meanwhile, which is the answer of its page.
        assert answer.headers["Location"].endswith("?done=invitation-ended")
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("line", "field"),
    [(line, name) for line in DESK + ANONYMOUS for name in line.form if names_a_thing(line, name)],
    ids=lambda of: of if isinstance(of, str) else name_of(of),
)
def test_a_form_names_nothing_of_another_tenant(everybody: Scene, line: Desk, field: str) -> None:
    bank = everybody.bank
    path = path_of(line, bank, everybody.conversation)
    sent = sent_with(line, bank, everybody.conversation)
    sent[field] = sent_with(line, everybody.insurer, everybody.foreign)[field]
    before = noted(bank)
    asker = everybody.client(bank.host, everybody.all_roles)
    answer = asker.generic(line.method, path, *body_of(line, sent))
    assert answer.status_code in {404, 422}
    assert noted(bank) == before


@pytest.mark.parametrize("line", CHAT, ids=name_of)
def test_the_chat(everybody: Scene, line: Chat) -> None:
    bank, conversation = everybody.bank, everybody.conversation
    path = path_of(line, bank, conversation)
    body, kind = body_of(line, sent_with(line, bank, conversation))
    for column, cookies in everybody.chat.items():
        for cookie in cookies:
            asker = everybody.client(bank.chat_host, cookie)
            answer = asker.generic(line.method, f"{path}?lang=en", body, kind)
            expected = getattr(line, column)
            assert answer.status_code == expected, f"{column} with {cookie.split('=')[0]}"
            assert_closed(answer)
            if column != "visitor":
                assert CLIENT[0].encode() not in answer.content


@pytest.mark.parametrize("address", sorted({line.address for line in DESK + ANONYMOUS}))
def test_other_methods_at_the_desk(everybody: Scene, address: str) -> None:
    lines = [line for line in DESK + ANONYMOUS if line.address == address]
    if address in ANSWERS_EVERY_METHOD:
        return
    path = path_of(lines[0], everybody.bank, everybody.conversation)
    for column in ("administrator", "adviser"):
        (cookie,) = everybody.desk[column]
        asker = everybody.client(everybody.bank.host, cookie)
        for method in METHODS - {line.method for line in lines}:
            answer = asker.generic(method, path)
            assert answer.status_code == 405, method
            assert "Nothing was changed" in answer.content.decode()


@pytest.mark.parametrize("address", sorted({line.address for line in CHAT}))
def test_other_methods_at_the_chat(everybody: Scene, address: str) -> None:
    taken = {line.method for line in CHAT if line.address == address}
    (cookie,) = everybody.chat["visitor"]
    asker = everybody.client(everybody.bank.chat_host, cookie)
    for method in METHODS - taken:
        answer = asker.generic(method, f"/{address}", headers={"X-Siegel": "1"})
        assert answer.status_code == 405, method


@pytest.mark.parametrize("line", FILES, ids=lambda line: f"{line[0]} {line[1]}")
@pytest.mark.parametrize("host", ["desk", "chat"])
def test_files(server: Running, everybody: Scene, host: str, line: Any) -> None:
    method, address, desk, chat = line
    columns, expected = (everybody.desk, desk) if host == "desk" else (everybody.chat, chat)
    bank, conversation = everybody.bank, everybody.conversation
    at = bank.host if host == "desk" else bank.chat_host
    (own_cookie,) = list(columns.values())[-1]
    own = FileClient(server, at, own_cookie)
    (client_cookie,) = everybody.chat["visitor"]
    file = FileClient(server, bank.chat_host, client_cookie).file(conversation, b"Police")
    send(bank, conversation, file)
    upload = own.begin(conversation, "a.txt", 3).facts["upload"]
    path = f"/files/{address}".replace("<file>", str(file)).replace("<upload>", upload)
    body = {
        ("POST", "uploads"): json.dumps(
            {"conversation": str(conversation.pk), "name": "b.txt", "size": 3}
        ).encode(),
        ("PUT", "uploads/<upload>/1"): b"abc",
    }.get((method, address), b"" if method != "GET" else None)
    for (column, cookies), wanted in zip(columns.items(), expected, strict=True):
        for cookie in cookies:
            asker = FileClient(server, at, cookie)
            answer = asker.ask(method, path, body, Content_Digest=digest_of(b"abc"))
            assert answer.status == wanted, f"{column} with {cookie.split('=')[0]}"


@pytest.mark.parametrize("host", ["desk", "chat"])
def test_the_socket(server: Running, everybody: Scene, insurer: Organisation, host: str) -> None:
    columns = everybody.desk if host == "desk" else everybody.chat
    bank = everybody.bank
    at = bank.host if host == "desk" else bank.chat_host
    tickets = {
        # With a ticket that is right for the cookie, so that the cookie alone decides.
        cookie: ticket_for(bank, cookie.partition("=")[2])
        for cookies in columns.values()
        for cookie in cookies
    }

    async def closes(cookie: str) -> int:
        async with socket(server.port, at, cookie, ticket=tickets[cookie]) as connection:
            first = asyncio.create_task(connection.hear("ready", 5))
            await asyncio.wait({first}, timeout=5)
            return 0 if first.exception() is None else connection.connection.close_code or -1

    for (column, cookies), wanted in zip(columns.items(), SOCKET[host], strict=True):
        for cookie in cookies:
            assert asyncio.run(closes(cookie)) == wanted, f"{column} with {cookie.split('=')[0]}"


@pytest.mark.parametrize("path", ["/loader.js", "/static/seal.svg", "/static/nothing"])
def test_what_is_public_is_the_same_for_everybody(
    server: Running, everybody: Scene, path: str
) -> None:
    bank = everybody.bank
    for host, columns in {bank.host: everybody.desk, bank.chat_host: everybody.chat}.items():
        answers = {
            server.request("GET", host, path, Cookie=cookie)[::2]
            for cookies in columns.values()
            for cookie in cookies
        }
        assert len(answers) == 1
        assert answers.pop()[0] == (404 if "nothing" in path else 200)


def test_the_chat_host_knows_nothing_of_the_desk(everybody: Scene) -> None:
    bank, conversation = everybody.bank, everybody.conversation
    known = {f"/{line.address}" for line in CHAT}
    paths = {path_of(line, bank, conversation) for line in DESK + ANONYMOUS} - known
    assert len(paths) > 70
    for path in [*paths, "/nothing", "/admin/", "/../etc/passwd"]:
        for cookie in (everybody.all_roles, *everybody.chat["visitor"]):
            answer = everybody.client(bank.chat_host, cookie).get(path)
            assert answer.status_code == 404, path


def test_the_desk_knows_nothing_of_the_chat(everybody: Scene) -> None:
    known = {line.address for line in DESK + ANONYMOUS}
    for path in {line.address for line in CHAT} - known:
        answer = everybody.client(everybody.bank.host, everybody.all_roles).get(f"/{path}")
        assert answer.status_code == (301 if f"{path}/" in known else 404), path
