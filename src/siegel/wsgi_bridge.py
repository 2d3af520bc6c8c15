"""A WSGI application behind an ASGI server, so that slow clients hold no thread (PEP 3333, ASGI 3).

A request body is read to its end before a thread of the pool is taken; a body that is cut off
never reaches the application. Response bodies are pulled by the pool and sent by the event loop.
"""

import asyncio
import contextlib
import contextvars
import io
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_to_bytes

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApplication = Callable[..., Iterable[bytes]]

LINGER_SECONDS = 5.0
REASONS = {
    400: "Die Anfrage ist fehlerhaft. / The request is malformed.",
    408: "Die Anfrage kam nicht rechtzeitig an. / The request did not arrive in time.",
    413: "Die Anfrage ist zu groß. / The request is too large.",
    500: "Ein Fehler ist aufgetreten. / An error has occurred.",
    503: "Zu viele Anfragen. Bitte gleich noch einmal. / Too many requests. Please try again.",
}


class Refused(Exception):
    """The request is answered without the application; `status` is the HTTP status code."""

    def __init__(self, status: int, *, is_read: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.is_read = is_read  # Nothing of the request is left on the connection.
        self.text = REASONS[status]
        self.kind = b"text/plain; charset=utf-8"


class Gone(Exception):
    """The client left before its request was complete, or no longer takes the response."""


class WsgiBridge:
    """An ASGI application (scope type `http`) that calls a WSGI application in threads.

    `workers` threads; at most `queue` requests at a time, more get 503; bodies up to `body_limit`
    bytes, more get 413; a body that takes longer than `body_timeout` seconds gets 408; a client
    that takes nothing of the response for `send_timeout` seconds is given up. What
    two programs could read differently gets 400 (RFC 9112, 6.3). A browser gets one of `pages`, by
    status, if there is one. Each request has its own contextvars; the body the application returns
    is closed exactly once, in the pool.
    """

    def __init__(
        self,
        app: WsgiApplication,
        *,
        workers: int = 4,
        queue: int = 200,
        body_limit: int = 1024 * 1024,
        body_timeout: float = 60.0,
        send_timeout: float = 60.0,
        pages: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._pages = pages
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="wsgi")
        self._queue = queue
        self._body_limit = body_limit
        self._body_timeout = body_timeout
        self._send_timeout = send_timeout
        self._in_flight = 0
        self._is_draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Only http is bridged, not {scope['type']}.")
        try:
            length = _checked_length(scope["headers"], self._body_limit)
            if self._is_draining or self._in_flight >= self._queue:
                raise Refused(503)
        except Refused as refusal:
            await self._refuse(scope, receive, send, refusal)
            return
        self._in_flight += 1
        self._idle.clear()
        try:
            await self._serve(scope, receive, send, length)
        except Gone:
            return
        except Refused as refusal:
            await self._refuse(scope, receive, send, refusal)
        finally:
            self._leave()

    async def _refuse(self, scope: Message, receive: Receive, send: Send, refusal: Refused) -> None:
        """As a page for a browser that navigates, in a line for all others."""
        page = self._pages.get(refusal.status)
        accepted = [value for name, value in scope["headers"] if name == b"accept"]
        if page is not None and any(b"text/html" in value for value in accepted):
            refusal.text, refusal.kind = page, b"text/html; charset=utf-8"
        await _refuse(scope, receive, send, refusal)

    async def drain(self, seconds: float) -> None:
        """Refuse what comes now, and wait up to `seconds` for requests in flight.

        The threads end with the last request, so that one which outlives the wait is still closed.
        """
        self._is_draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("requests still in flight at the end: %d", self._in_flight)
        else:
            self._pool.shutdown(wait=False)

    def _leave(self) -> None:
        self._in_flight -= 1
        if not self._in_flight:
            self._idle.set()
            if self._is_draining:
                self._pool.shutdown(wait=False)

    async def _serve(
        self, scope: Message, receive: Receive, send: Send, length: int | None
    ) -> None:
        body = await self._read(receive)
        if length is not None and len(body) != length:
            raise Refused(400, is_read=True)
        exchange = _Exchange(self._app, scope, body)
        try:
            chunk = await self._in_pool(exchange.begin)
            await self._deliver(exchange, chunk, receive, send)
        finally:
            if not exchange.is_closed:
                loop = asyncio.get_running_loop()
                await asyncio.shield(loop.run_in_executor(self._pool, exchange.close))

    async def _read(self, receive: Receive) -> bytearray:
        """The whole body. In memory: a file for it would hold unsealed what people wrote."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_timeout):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    body += message.get("body", b"")
                    is_last = not message.get("more_body", False)
                    if len(body) > self._body_limit:
                        raise Refused(413, is_read=is_last)
                    if is_last:
                        return body
        except TimeoutError:
            raise Refused(408) from None

    async def _deliver(
        self, exchange: "_Exchange", chunk: bytes | None, receive: Receive, send: Send
    ) -> None:
        async def deliver(message: Message) -> None:
            try:
                async with asyncio.timeout(self._send_timeout):
                    await send(message)
            except OSError:  # Also TimeoutError; a server may raise others when the client left.
                raise Gone from None

        await deliver(exchange.head)
        if exchange.is_closed:
            await deliver({"type": "http.response.body", "body": chunk})
            return
        leaving = asyncio.create_task(_client_leaves(receive))
        try:
            while chunk is not None and not leaving.done():
                await deliver({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self._in_pool(exchange.next_chunk)
            if not leaving.done():
                await deliver({"type": "http.response.body", "body": b""})
        finally:
            leaving.cancel()

    async def _in_pool(self, step: Callable[[], bytes | None]) -> bytes | None:
        return await asyncio.get_running_loop().run_in_executor(self._pool, step)


class _Exchange:
    """One request and its response. Its methods are called in threads, and wait for each other."""

    head: Message

    def __init__(self, app: WsgiApplication, scope: Message, body: bytearray) -> None:
        self.request_body = io.BytesIO(body)
        self.environ = _environ(scope, self.request_body, len(body))
        self.is_closed = False
        self._app = app
        # When the event loop gives a request up, a thread may still be at work on it.
        self._lock = threading.Lock()
        # Views leave nothing behind for the next request in this thread.
        self._context = contextvars.copy_context()
        self._start: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._has_head_left = False
        self._written: list[bytes] = []
        self._answer: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def begin(self) -> bytes | None:
        """Call the application; the whole body, or the first chunk if the response streams.

        A whole response is closed at once. Raises Refused if the application fails.
        """
        with self._lock:
            return None if self.is_closed else self._context.run(self._begin)

    def next_chunk(self) -> bytes | None:
        """The next chunk of a streaming response, None at its end."""
        with self._lock:
            try:
                return self._context.run(next, self._chunks, None)
            except Exception:
                raise
            except BaseException as end:  # SystemExit would otherwise end the event loop.
                raise RuntimeError("The application ended in the middle of a response.") from end

    def close(self) -> None:
        """Close the response and the request body, if that has not happened."""
        with self._lock:
            self._context.run(self._close)

    def _begin(self) -> bytes | None:
        try:
            self._answer = self._app(self.environ, self._start_response)
            is_whole = not getattr(self._answer, "streaming", False)
            self._chunks = iter(self._answer)
            chunk = b"".join(self._chunks) if is_whole else next(self._chunks, None)
            if self._written:
                chunk = b"".join([*self._written, chunk or b""])
            if self._start is None:
                raise RuntimeError("The application did not call start_response.")
        except BaseException:
            log.exception("the application failed")
            self._close()
            raise Refused(500, is_read=True) from None
        status, headers = self._start
        self._has_head_left = True
        if status < 200 or status in {204, 304}:
            # They end with their head, and must not announce a length (RFC 9110, 8.6).
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            is_whole, chunk = True, b""
        elif self.environ["REQUEST_METHOD"] == "HEAD":
            is_whole, chunk = True, b""
        elif is_whole and b"content-length" not in dict(headers):
            headers.append((b"content-length", str(len(chunk or b"")).encode()))
        self.head = {"type": "http.response.start", "status": status, "headers": headers}
        if is_whole:
            self._close()
        return chunk

    def _close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        except BaseException:
            # What was answered stays valid.
            log.exception("the application failed while its response was closed")
        finally:
            self.request_body.close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """PEP 3333: a second call needs exc_info, and raises that once the head has been sent."""
        if exc_info is not None and self._has_head_left:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._start is not None:
            raise RuntimeError("start_response was called twice.")
        self._start = (
            int(status.split(" ", 1)[0]),
            [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        )
        return self._written.append


def _checked_length(headers: list[tuple[bytes, bytes]], limit: int) -> int | None:
    """Refuse what two programs could read differently (RFC 9112, 6.3); the announced length."""
    names = [name.lower() for name, _ in headers]
    if names.count(b"host") != 1 or any(b"_" in name for name in names):
        raise Refused(400)
    lengths = [value for name, value in headers if name.lower() == b"content-length"]
    if not lengths:
        return None
    if len(lengths) > 1 or b"transfer-encoding" in names or not lengths[0].isdigit():
        raise Refused(400)
    digits = lengths[0].lstrip(b"0") or b"0"
    # Python refuses to convert thousands of digits.
    if len(digits) > len(str(limit)) or int(digits) > limit:
        raise Refused(413)
    return int(digits)


def _environ(scope: Message, body: Any, size: int) -> dict[str, Any]:
    host, port = scope.get("server") or ("localhost", None)
    scheme = scope.get("scheme", "http")
    root = scope.get("root_path", "").encode()
    # `path` has lost bytes that are not UTF-8; the application decides about them.
    raw_path = scope.get("raw_path")
    path = scope["path"].encode() if raw_path is None else unquote_to_bytes(raw_path)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.decode("latin-1"),
        "PATH_INFO": path.removeprefix(root).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or (443 if scheme == "https" else 80)),
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if name in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
            continue
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(scope: Message, receive: Receive, send: Send, refusal: Refused) -> None:
    body = refusal.text.encode()
    headers = [
        (b"content-type", refusal.kind),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if refusal.status == 503:
        headers.append((b"retry-after", b"1"))
    if not refusal.is_read:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    content = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": content, "more_body": True})
    if not refusal.is_read:
        # A connection closed with unread bytes is reset, and the client, still sending, would
        # never see the reason (RFC 9112, 9.6).
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while (await receive()).get("more_body", False):
                    pass
    await send({"type": "http.response.body", "body": b""})
