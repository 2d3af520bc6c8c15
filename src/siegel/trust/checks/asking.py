"""Requests to the application of this process, as its server hands them over (ASGI 3)."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.module_loading import import_string

Message = dict[str, Any]

# By name, as Django finds its views: what listens stands above every room.
APPLICATION = "siegel.asgi.app"
SECONDS = 20.0
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The values of a header, joined as one (RFC 9110, 5.3); empty if it is not there."""
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_page(self) -> bool:
        """Whether a browser shows it as a page of its own."""
        return self.header("content-type").startswith("text/html")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, by name."""
        cookies: SimpleCookie = SimpleCookie()
        for name, value in self.headers:
            if name == "set-cookie":
                # The attribute is unknown to http.cookies before Python 3.14.
                cookies.load(value.replace("; Partitioned", ""))
        return {name: morsel.value for name, morsel in cookies.items()}


@dataclass(frozen=True)
class Browser:
    """Somebody at a host, with their cookies; encrypted, unless it is asked otherwise."""

    runner: asyncio.Runner
    host: str
    cookies: str = ""
    # Of nobody (RFC 5737): limits count by it.
    network: str = "192.0.2.1"

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        sent: object = None,
        scheme: str = "https",
    ) -> Answer:
        """One request; `form` is sent as a form, `sent` as JSON. `path` may have a query."""
        body, kind = b"", FORM
        if form is not None:
            body = urlencode(form).encode()
        elif sent is not None:
            body, kind = json.dumps(sent).encode(), JSON
        told = {"content-type": kind} if method != "GET" else {}
        scope = self._scope(path, told | (headers or {}), scheme, len(body))
        scope |= {"type": "http", "method": method}
        return self.runner.run(_answer(scope, body))

    def greets(self, ticket: str, origin: str = "") -> bool:
        """Whether the socket at /live lets somebody in who says hello with a ticket.

        `origin` is where the page is from that opens it, our own one if it is left out.
        """
        scope = self._scope("/live", {"origin": origin or self.origin}, "wss")
        hello = {"type": "hello", "ticket": ticket, "language": "en"}
        return self.runner.run(_is_let_in(scope | {"type": "websocket"}, json.dumps(hello)))

    def _scope(
        self, path: str, told: dict[str, str], scheme: str, length: int | None = None
    ) -> Message:
        headers = {"host": self.host} | ({"cookie": self.cookies} if self.cookies else {})
        headers |= {} if length is None else {"content-length": str(length)}
        path, _, query = path.partition("?")
        return {
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": scheme,
            "server": ("127.0.0.1", 443),
            "client": (self.network, 1),
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in (headers | told).items()],
        }


@contextmanager
def asking() -> Iterator[asyncio.Runner]:
    """An event loop for the length of the block, in which the application answers.

    Django's log stays silent about refusals meanwhile: they are what is looked for.
    """
    import_string(APPLICATION)  # It configures the logs when it is loaded.
    log = logging.getLogger("django")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with asyncio.Runner() as runner:
            yield runner
    finally:
        log.setLevel(level)


async def _answer(scope: Message, body: bytes) -> Answer:
    status, chunks = 0, list[bytes]()
    headers: tuple[tuple[str, str], ...] = ()
    is_read, is_answered = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal is_read
        if not is_read:
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}
        await is_answered.wait()
        return {"type": "http.disconnect"}  # pragma: no cover - only who waits for the end hears it

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = tuple((k.decode(), v.decode("latin-1")) for k, v in message["headers"])
        else:
            chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                is_answered.set()

    async with asyncio.timeout(SECONDS):
        await import_string(APPLICATION)(scope, receive, send)
    return Answer(status, headers, b"".join(chunks))


async def _is_let_in(scope: Message, hello: str) -> bool:
    is_let_in = False
    said: list[Message] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": hello},
    ]
    is_over = asyncio.Event()

    async def receive() -> Message:
        if said:
            return said.pop(0)
        await is_over.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        nonlocal is_let_in
        if message["type"] == "websocket.send":
            is_let_in = is_let_in or json.loads(message["text"])["type"] == "ready"
        if message["type"] != "websocket.accept":
            is_over.set()

    async with asyncio.timeout(SECONDS):
        await import_string(APPLICATION)(scope, receive, send)
    return is_let_in
