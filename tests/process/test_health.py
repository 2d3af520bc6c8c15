"""/healthz and /readyz, as a load balancer asks them."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from siegel import health
from siegel.conversations.indexer import indexers
from siegel.conversations.writer import writers
from siegel.health import Readiness
from siegel.tenancy import jobs, registry
from siegel.vault import kek
from tests.cast import Organisation
from tests.server import Running


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "readiness", Readiness())


def facts(body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(body)
    return told


@pytest.mark.parametrize("host", ["bank.test", "chat.bank.test", "nobody.test", "203.0.113.7:80"])
def test_both_answer_on_every_host(host: str, bank: Organisation, server: Running) -> None:
    for path, status in {"/healthz": "lives", "/readyz": "ready"}.items():
        code, headers, body = server.request("GET", host, path)
        assert (code, facts(body)) == (200, {"status": status})
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Set-Cookie"] is None
        code, headers, body = server.request("HEAD", host, path)
        assert (code, body) == (200, b"")
        assert int(headers["Content-Length"]) > 10


def test_without_a_host_header(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b" 200 " in connection.recv(1000).split(b"\r\n")[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_other_methods_are_refused(method: str, path: str, server: Running) -> None:
    code, headers, body = server.request(method, "nobody.test", path)
    assert (code, headers["Allow"]) == (405, "GET, HEAD")
    assert facts(body) == {"code": "method-refused"}


def test_what_only_looks_like_it_is_somebody_elses(bank: Organisation, server: Running) -> None:
    for path in ("/healthz/", "/readyz/x", "/Healthz"):
        assert server.request("GET", "nobody.test", path)[0] == 404


def test_life_needs_no_database(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(registry, "fresh", touched)
    monkeypatch.setattr(health, "look", touched)
    assert server.request("GET", "bank.test", "/healthz")[0] == 200


@pytest.fixture
def failing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One part of the process that does not work."""
    name: str = request.param
    if name == "database":
        monkeypatch.setattr(health, "connections", {})
    elif name == "keys":
        monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", Path("/secret/place/kek.json"))
    elif name == "writers":
        writers.drain(close=True)
    elif name == "jobs":
        monkeypatch.setitem(health.CHECKS, "jobs", lambda: False)
    else:
        monkeypatch.setattr(settings, "SIEGEL_DATA", Path("/secret/place"))
    yield name
    writers.reopen()


@pytest.mark.parametrize("failing", ["database", "keys", "writers", "jobs", "disk"], indirect=True)
def test_what_fails_is_named_and_nothing_else(
    bank: Organisation, server: Running, failing: str
) -> None:
    code, _, body = server.request("GET", "bank.test", "/readyz")
    assert (code, facts(body)) == (503, {"status": "not-ready", "failing": [failing]})
    assert b"secret" not in body
    assert b"bank" not in body
    assert server.request("GET", "bank.test", "/healthz")[0] == 200


def test_indexers_count_as_writers() -> None:
    jobs.start()
    assert indexers.are_open()
    indexers.drain(close=True)
    try:
        assert "writers" in health.look()
    finally:
        indexers.reopen()


def test_no_tenant_is_opened(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(type(connections), "_open", lambda self, alias: asked.append(alias))
    health.look()
    assert asked == []


def test_it_is_looked_at_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def look() -> list[str]:
        looked.append(1)
        return ["disk"]

    monkeypatch.setattr(health, "look", look)
    readiness = Readiness()

    async def ask() -> list[list[str]]:
        return list(await asyncio.gather(*(readiness.failing() for _ in range(20))))

    assert asyncio.run(ask()) == [["disk"]] * 20
    assert asyncio.run(ask()) == [["disk"]] * 20
    assert looked == [1]
    readiness._looked_at -= health.MAX_AGE_SECONDS + 1
    asyncio.run(ask())
    assert looked == [1, 1]


def test_a_look_that_takes_too_long_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()

    def look() -> list[str]:
        end.wait(10)
        return []

    monkeypatch.setattr(health, "look", look)
    monkeypatch.setattr(health, "LONGEST_SECONDS", 0.01)
    readiness = Readiness()

    async def ask() -> list[str]:
        first = await readiness.failing()
        # Nobody starts a second one behind it.
        assert await readiness.failing() == first
        end.set()
        return first

    assert asyncio.run(ask()) == ["timeout"]


def test_a_kek_that_does_not_open() -> None:
    assert health._works(health._kek_opens)

    def fail() -> bool:
        raise kek.KekUnavailable("with a path")

    assert not health._works(fail)
