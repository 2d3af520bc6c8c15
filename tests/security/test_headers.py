"""Security headers on every answer, and refusals that tell nothing."""

import socket

import pytest
from django.conf import settings
from django.db import connections

from siegel.tenancy import suspending
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from tests.cast import Organisation
from tests.security.closed import assert_closed, assert_nothing_inline
from tests.server import Running


@pytest.mark.parametrize(
    ("path", "status"),
    [("/sign-in/", 200), ("/inbox/", 302), ("/nothing", 404), ("/static/x", 404)],
)
def test_every_answer_is_closed_by_default(bank: Organisation, path: str, status: int) -> None:
    answer = bank.anonymous().get(path, headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == status
    assert_closed(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"
    # Nobody's word is taken for it that the connection is encrypted.
    assert "Strict-Transport-Security" not in answer.headers


def test_encrypted_connections_are_remembered(bank: Organisation) -> None:
    answer = bank.anonymous().get("/sign-in/", secure=True)
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]


def test_what_is_private_is_not_kept(bank: Organisation, server: Running) -> None:
    assert bank.desk(bank.ada).get("/inbox/").headers["Cache-Control"] == "no-store"
    status, headers, body = server.request("GET", bank.chat_host, "/loader.js")
    assert status == 200
    assert "javascript" in headers["Content-Type"]
    assert len(body) > 500


def test_no_page_holds_inline_script_or_style(bank: Organisation) -> None:
    # Those that have an address: tests/security/test_every_address.py.
    for page in [
        bank.desk(bank.ada).get("/nothing"),
        bank.desk(bank.mia).post("/inbox/"),
        bank.desk(bank.ada).get("/administration/"),
        bank.visitor().get("/nothing"),
    ]:
        assert page.status_code >= 400
        assert_nothing_inline(page.content.decode())


def test_an_unknown_host_is_404_before_any_tenant_opens(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        type(connections), "_open", lambda self, alias: opened.append(alias), raising=True
    )
    for host in ("unknown.test", "bank.test.evil.example", "", "chat.unknown.test"):
        status, _, body = server.request("GET", host, "/inbox/")
        assert status == 404
        assert "gehört zu keiner Organisation" in body.decode()
    assert opened == []


def test_an_unknown_host_is_404_for_django_too(bank: Organisation) -> None:
    from django.test import Client

    assert Client(headers={"host": "unknown.test"}).get("/").status_code == 404


def test_two_host_headers_are_refused(server: Running, bank: Organisation) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: bank.test\r\nHost: other\r\n\r\n")
        assert b" 404 " in raw.recv(4096).split(b"\r\n")[0]


def test_a_suspended_tenant_is_paused(bank: Organisation, insurer: Organisation) -> None:
    suspending.suspend("bank", "test")
    answer = bank.anonymous().get("/sign-in/")
    assert answer.status_code == 503
    assert "Gerade nicht erreichbar" in answer.content.decode()
    assert insurer.anonymous().get("/sign-in/").status_code == 200


def test_a_tenant_without_key_is_refused_by_name_and_the_other_goes_on(
    bank: Organisation, insurer: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    answer = bank.anonymous().get("/sign-in/")
    assert answer.status_code == 503
    assert "KeyUnavailable" in caplog.text
    assert insurer.anonymous().get("/sign-in/").status_code == 200


def test_a_form_that_has_expired_says_so(bank: Organisation) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True, headers={"host": bank.host})
    page = browser.post("/sign-in/", {"login": "x"})
    assert page.status_code == 403
    assert "Bitte noch einmal" in page.content.decode()
    answer = browser.post("/socket-ticket/", headers={"X-CSRFToken": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "session-ended")


def test_the_whole_process_answers(server: Running, bank: Organisation) -> None:
    status, headers, body = server.request("GET", bank.host, "/sign-in/")
    assert status == 200
    assert b"<form" in body
    assert "uvicorn" not in str(headers).lower()


def test_a_body_too_large_is_refused_when_it_is_announced(
    server: Running, bank: Organisation
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: bank.test\r\nContent-Length: 2000000\r\n\r\n")
        assert b" 413 " in raw.recv(4096).split(b"\r\n")[0]


def test_what_is_no_page_is_held_to_encryption_as_well() -> None:
    from siegel.security_headers import HSTS, headers_of_data

    assert (b"strict-transport-security", HSTS.encode()) in headers_of_data("https")
    assert b"strict-transport-security" not in dict(headers_of_data("http"))
