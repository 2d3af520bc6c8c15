"""Drives the bridge as an ASGI server would, and holds small WSGI applications for it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from siegel.wsgi_bridge import WsgiBridge

Message = MutableMapping[str, Any]


class Recorder:
    """A WSGI application that keeps what it was called with."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        self.environs.append(environ)
        start_response(
            "200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
        )
        return [b"one ", b"two"]


class Body:
    """A response body that counts how often it was closed."""

    streaming = False

    def __init__(self, chunks: Iterable[bytes] = ()) -> None:
        self.closed = 0
        self.was_closed = threading.Event()
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        self.closed += 1
        self.was_closed.set()


class Streaming(Body):
    """The same, to be sent chunk by chunk."""

    streaming = True


def answering(body: Any, status: str = "200 OK", *headers: tuple[str, str]) -> Any:
    """A WSGI application with one answer to everything."""

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, list(headers))
        return body

    return app


def scope(**changes: Any) -> Message:
    base: Message = {
        "type": "http",
        "method": "POST",
        "path": "/päge",
        "query_string": b"a=1",
        "http_version": "1.1",
        "scheme": "https",
        "server": ("127.0.0.1", 8000),
        "client": ("198.51.100.7", 5000),
        "headers": [(b"host", b"bank.test")],
    }
    return {**base, **changes}


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def receiving(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """What the client sends; then it stays, in silence."""
    waiting = list(messages)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return receive


def ask(bridge: WsgiBridge, asked: Message, *received: Message) -> list[Message]:
    """One request; returns what the bridge sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(bridge(asked, receiving(*received), send))
    return sent


def served(bridge: WsgiBridge) -> Any:
    """The bridge with a lifespan, which ends as the product's own: by draining."""

    async def app(asked: Message, receive: Any, send: Any) -> None:
        if asked["type"] != "lifespan":
            await bridge(asked, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await bridge.drain(5)
        await send({"type": "lifespan.shutdown.complete"})

    return app
