"""How answers reach the client, also a slow one, also one that leaves."""

import asyncio
import socket as sockets
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from siegel.wsgi_bridge import WsgiBridge
from tests.server import running
from tests.wsgi_bridge.test_requests import ask, part, scope


class Streaming:
    """A response body in chunks, which notes whether it was closed."""

    streaming = True

    def __init__(self, chunks: list[bytes]) -> None:
        self.closed = 0
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        self.closed += 1


def answering(body: Any, status: str = "200 OK") -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, [])
        return body

    return app


def test_a_stream_goes_out_chunk_by_chunk_and_is_closed_once() -> None:
    body = Streaming([b"a", b"b", b"c"])
    sent = ask(WsgiBridge(answering(body)), scope(), part(b""))
    assert [message["body"] for message in sent[1:]] == [b"a", b"b", b"c", b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, True, False]
    assert body.closed == 1


def test_an_empty_stream_is_an_empty_answer() -> None:
    body = Streaming([])
    sent = ask(WsgiBridge(answering(body, "204 No Content")), scope(), part(b""))
    assert sent[0]["status"] == 204
    assert [message["body"] for message in sent[1:]] == [b""]
    assert body.closed == 1


def test_an_application_that_fails_is_a_500_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        raise ValueError("no")

    sent = ask(WsgiBridge(app), scope(), part(b""))
    assert sent[0]["status"] == 500
    assert "the application failed" in caplog.text


def test_the_old_way_of_writing_does_not_fail() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(b"")
        return [b"x"]

    assert ask(WsgiBridge(app), scope(), part(b""))[1]["body"] == b"x"


def test_a_client_that_leaves_ends_the_stream() -> None:
    class Endless(Streaming):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.005)
                yield b"x"

    body = Endless([])
    sent = ask(
        WsgiBridge(answering(body)),
        scope(),
        part(b""),
        {"type": "http.request", "body": b""},
        {"type": "http.disconnect"},
    )
    assert sent[-1].get("more_body", True)
    assert body.closed == 1


def test_eight_readers_that_stall_do_not_stop_the_others() -> None:
    large = [b"x" * 65536] * 64

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return Streaming(large) if environ["PATH_INFO"] == "/large" else [b"small"]

    bridge = WsgiBridge(app, workers=2)

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await bridge.drain(0.2)
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await bridge(scope, receive, send)

    with running(asgi) as server:
        stalled = []
        for _ in range(8):
            client = sockets.create_connection(("127.0.0.1", server.port))
            client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            stalled.append(client)
        time.sleep(0.3)
        status, _, body = server.request("GET", "a", "/small")
        assert (status, body) == (200, b"small")
        for client in stalled:
            client.close()


def test_draining_waits_for_what_is_in_flight_but_not_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    release = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        release.wait(5)
        start_response("200 OK", [])
        return [b""]

    async def drive() -> None:
        bridge = WsgiBridge(app)
        waiting = [part(b"")]

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.sleep(3600)

        async def send(message: Any) -> None:
            pass

        request = asyncio.create_task(bridge(scope(), receive, send))
        await asyncio.sleep(0.05)
        await bridge.drain(0.05)
        assert "1 requests were cut off" in caplog.text
        release.set()
        await request
        await bridge.drain(1)

    asyncio.run(drive())
