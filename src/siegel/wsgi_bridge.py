"""A WSGI application behind an ASGI server, so that slow clients hold no thread (PEP 3333, ASGI 3).

A request body is read to its end before a thread of the pool is taken; a body that is cut off
never reaches the application. Response bodies are pulled by the pool and sent by the event loop.
"""

import asyncio
import contextvars
import io
import logging
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApplication = Callable[..., Iterable[bytes]]

IN_MEMORY_BYTES = 64 * 1024
REASONS = {
    400: "Die Anfrage ist fehlerhaft. / The request is malformed.",
    408: "Die Anfrage kam nicht rechtzeitig an. / The request did not arrive in time.",
    413: "Die Anfrage ist zu groß. / The request is too large.",
    500: "Ein Fehler ist aufgetreten. / An error has occurred.",
    503: "Zu viele Anfragen. Bitte gleich noch einmal. / Too many requests. Please try again.",
}


class Refused(Exception):
    """The request is answered without the application; `status` is the HTTP status code."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gone(Exception):
    """The client left before its request was complete."""


class WsgiBridge:
    """An ASGI application (scope type `http`) that calls a WSGI application in threads.

    `workers` threads; at most `queue` requests at a time, more get 503; bodies up to `body_limit`
    bytes, more get 413; a body that takes longer than `body_timeout` seconds gets 408.
    """

    def __init__(
        self,
        app: WsgiApplication,
        *,
        workers: int = 4,
        queue: int = 200,
        body_limit: int = 1024 * 1024,
        body_timeout: float = 60.0,
    ) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="wsgi")
        self._queue = queue
        self._body_limit = body_limit
        self._body_timeout = body_timeout
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            length = _checked_length(scope["headers"], self._body_limit)
            if self._in_flight >= self._queue:
                raise Refused(503)
        except Refused as refusal:
            await _refuse(send, refusal.status)
            return
        self._in_flight += 1
        self._idle.clear()
        try:
            with tempfile.SpooledTemporaryFile(max(IN_MEMORY_BYTES, 1)) as body:
                await self._serve(scope, receive, send, body, length)
        except Gone:
            return
        except Refused as refusal:
            await _refuse(send, refusal.status)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for requests in flight, then end the threads."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d requests were cut off at the end", self._in_flight)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _serve(
        self, scope: Message, receive: Receive, send: Send, body: IO[bytes], length: int | None
    ) -> None:
        try:
            async with asyncio.timeout(self._body_timeout):
                size = await self._spool(receive, body)
        except TimeoutError:
            raise Refused(408) from None
        if length is not None and size != length:
            raise Refused(400)
        body.seek(0)
        answer = _Answer(self._app, _environ(scope, body, size))
        chunk = await self._in_pool(answer.begin)
        watcher = asyncio.create_task(_watch(receive, answer.client_left))
        try:
            await send(answer.start())
            while chunk is not None and not answer.client_left.is_set():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = None if answer.is_complete else await self._in_pool(answer.next_chunk)
            if not answer.client_left.is_set():
                await send({"type": "http.response.body", "body": b""})
        finally:
            watcher.cancel()
            if not answer.is_complete:
                await asyncio.shield(self._in_pool(answer.close))

    async def _spool(self, receive: Receive, body: IO[bytes]) -> int:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._body_limit:
                raise Refused(413)
            if size <= IN_MEMORY_BYTES:
                body.write(chunk)
            else:  # It goes to the disk now, which the event loop must not wait for.
                await asyncio.to_thread(body.write, chunk)
            if not message.get("more_body", False):
                return size

    async def _in_pool(self, function: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)


class _Answer:
    """One call of the application; every method but `start` runs in the pool."""

    def __init__(self, app: WsgiApplication, environ: dict[str, Any]) -> None:
        self.is_complete = False
        self.client_left = threading.Event()
        self._app = app
        self._environ = environ
        # Views leave nothing behind for the next request in this thread.
        self._context = contextvars.Context()
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def begin(self) -> bytes | None:
        """Call the application; the whole body, or the first chunk if the response streams."""
        return self._context.run(self._begin)

    def _begin(self) -> bytes | None:
        try:
            self._body = self._app(self._environ, self._start_response)
            if getattr(self._body, "streaming", False):
                self._chunks = iter(self._body)
                return next(self._chunks, None)
            whole = b"".join(self._body)
        except Exception:
            log.exception("the application failed")
            self._close()
            raise Refused(500) from None
        self._close()
        return whole

    def next_chunk(self) -> bytes | None:
        """The next chunk of a streaming response, None at its end."""
        return self._context.run(next, self._chunks, None)

    def close(self) -> None:
        """Close the response, once."""
        self._context.run(self._close)

    def _close(self) -> None:
        self.is_complete = True
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

    def start(self) -> Message:
        """The head of the response."""
        return {
            "type": "http.response.start",
            "status": self._status,
            "headers": self._headers,
        }

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        del exc_info  # Nothing has been sent before `begin` returns, so this may replace the head.
        self._status = int(status.split(" ", 1)[0])
        self._headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return io.BytesIO().write


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
    length = int(lengths[0])
    if length > limit:
        raise Refused(413)
    return length


def _environ(scope: Message, body: IO[bytes], size: int) -> dict[str, Any]:
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
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


async def _watch(receive: Receive, client_left: threading.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client_left.set()


async def _refuse(send: Send, status: int) -> None:
    body = REASONS[status].encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
