"""What a load balancer asks: does the process live, and can it serve.

On every host, also one that belongs to nobody, and by the bare address: before any tenant is looked
for. Nothing here names a tenant, a path or a reason; the log and `siegel doctor` do.
"""

import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connections

from siegel.conversations.indexer import indexers
from siegel.conversations.writer import writers
from siegel.security_headers import headers_of_data
from siegel.tenancy import jobs
from siegel.vault import kek

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
LIVES, READY = "/healthz", "/readyz"
# However often it is asked, it is looked at once in this time.
MAX_AGE_SECONDS = 1.0
LONGEST_SECONDS = 5.0
PROBE = b"?"


class Readiness:
    """Whether the process can serve, looked at in a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readiness")
        self._running: asyncio.Future[list[str]] | None = None
        self._failing: list[str] = []
        self._looked_at = float("-inf")

    async def failing(self) -> list[str]:
        """The names of what fails, at most a second old; `timeout` if looking takes too long."""
        if time.monotonic() - self._looked_at <= MAX_AGE_SECONDS:
            return self._failing
        loop = asyncio.get_running_loop()
        if self._running is None or self._running.done() or self._running.get_loop() is not loop:
            self._running = loop.run_in_executor(self._thread, look)
        try:
            # Shielded: whoever asks next waits for the same look.
            found = await asyncio.wait_for(asyncio.shield(self._running), LONGEST_SECONDS)
        except TimeoutError:
            return ["timeout"]
        self._failing, self._looked_at = found, time.monotonic()
        return found


readiness = Readiness()


def look() -> list[str]:
    """The names of what does not work: database, keys, writers, jobs, disk."""
    return [name for name, works in CHECKS.items() if not _works(works)]


async def answer(scope: Message, send: Send) -> None:
    """Answer /healthz or /readyz; GET and HEAD only."""
    if scope["method"] not in {"GET", "HEAD"}:
        await _send(scope, send, 405, {"code": "method-refused"}, (b"allow", b"GET, HEAD"))
    elif scope["path"] == LIVES:
        await _send(scope, send, 200, {"status": "lives"})
    elif failing := await readiness.failing():
        await _send(scope, send, 503, {"status": "not-ready", "failing": failing})
    else:
        await _send(scope, send, 200, {"status": "ready"})


def _works(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever it is, it does not work
        return False


def _database_answers() -> bool:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenancy_tenant LIMIT 1")
        return True
    finally:
        # The thread is idle for most of its life.
        connections.close_all()


def _kek_opens() -> bool:
    kek.wrapping_key()
    return True


def _disk_takes() -> bool:
    with tempfile.TemporaryFile(dir=settings.SIEGEL_DATA) as file:
        return os.write(file.fileno(), PROBE) == len(PROBE)


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "keys": _kek_opens,
    "writers": lambda: writers.are_open() and indexers.are_open(),
    "jobs": jobs.is_running,
    "disk": _disk_takes,
}


async def _send(
    scope: Message,
    send: Send,
    status: int,
    body: dict[str, Any],
    *more: tuple[bytes, bytes],
) -> None:
    content = json.dumps(body).encode() + b"\n"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *headers_of_data(scope.get("scheme", "http")),
        *more,
    ]
    # A client that has gone needs no answer.
    with contextlib.suppress(OSError):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        sent = b"" if scope["method"] == "HEAD" else content
        await send({"type": "http.response.body", "body": sent})
