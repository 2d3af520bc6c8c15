"""The real process in a thread: uvicorn, the bridge, sockets, everything but the browser."""

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from siegel.serving import Server, listen, server_config


@dataclass
class Running:
    """A server that answers on a port of the loopback interface."""

    port: int
    server: Server

    def request(
        self, method: str, host: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One HTTP request with a Host header of the tests' own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, {"Host": host, **named})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


@contextmanager
def running(app: Any) -> Iterator[Running]:
    """Run an ASGI application under the product's own server settings."""
    listener = listen("127.0.0.1", 0)
    ready = threading.Event()
    port = listener.getsockname()[1]
    server = Server(server_config(app, "127.0.0.1", port), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert ready.wait(20)
    try:
        yield Running(port, server)
    finally:
        server.should_exit = True
        thread.join(20)


class Socket:
    """A client of the live protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self, kind: str = "", seconds: float = 10) -> dict[str, Any]:
        """The next frame, or the next of a kind; others are dropped."""
        async with asyncio.timeout(seconds):
            while True:
                frame: dict[str, Any] = json.loads(await self.connection.recv())
                if kind in ("", frame["type"]):
                    return frame

    async def ask(self, kind: str, **frame: Any) -> dict[str, Any]:
        await self.say(**frame)
        return await self.hear(kind)

    async def end(self, seconds: float = 10) -> int:
        """Wait for the server to close, and return the close code."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(seconds):
                while True:
                    await self.connection.recv()
        return self.connection.close_code or 0


@asynccontextmanager
async def socket(
    port: int, host: str, cookie: str = "", *, origin: str | None = None, ticket: str | None = None
) -> AsyncIterator[Socket]:
    """Connect to /live of a host; with a ticket, say hello."""
    async with connect(
        f"ws://{host}:{port}/live",
        host="127.0.0.1",
        port=port,
        origin=origin or f"http://{host}:{port}",  # type: ignore[arg-type] # a plain string will do
        additional_headers={"Cookie": cookie} if cookie else {},
        compression=None,
        proxy=None,
        ping_interval=None,
    ) as connection:
        made = Socket(connection)
        if ticket is not None:
            await made.say(type="hello", ticket=ticket, language="en")
        yield made
