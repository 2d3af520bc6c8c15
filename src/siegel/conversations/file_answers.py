"""Reading requests and answering them below /files/: refusals in words, and orderly ends."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from siegel.files.refusal_texts import refusal_text
from siegel.security_headers import headers_of_data

Message = MutableMapping[str, Any]

LARGEST_JSON = 8 * 1024
# For a body of a few hundred bytes.
BODY_SECONDS = 30.0
SEND_SECONDS = 60.0
LINGER_SECONDS = 2.0
STATUS = {
    "assigned-to-other": 409,
    "before-answer": 413,
    "blocked": 403,
    "file-blocked": 403,
    "file-lost": 410,
    "file-too-large": 413,
    "foreign-page": 403,
    "malformed": 400,
    "no-preview": 404,
    "not-found": 404,
    "on-hold": 409,
    "part-differs": 409,
    "part-too-large": 413,
    "paused": 503,
    "preview-later": 503,
    "quota-tenant": 507,
    "quota-visitor": 507,
    "scanner-unavailable": 403,
    "store-unavailable": 503,
    "too-many-opened": 503,
    "too-many-uploads": 503,
    "too-slow": 408,
    "upload-gone": 404,
}
RETRY_SECONDS = {"paused": 60, "preview-later": 60, "too-many-opened": 2, "too-many-uploads": 2}


class Refused(Exception):
    """The request is answered with a refusal; `more` goes into its JSON."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class FileExchange:
    """One request and its answer, as far as HTTP goes."""

    def __init__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._query = parse_qs(scope["query_string"].decode("latin-1"))
        # Only of a part is there so much that the client may still be sending when it is answered.
        self._is_read = scope["method"] != "PUT"
        self._is_stopping = False
        self._has_begun = False

    async def refuse(self, code: str, **more: Any) -> None:
        """Answer with a refusal. After the head only a broken connection tells of a problem, and
        the server breaks it when an answer is not finished."""
        if self._has_begun:
            return
        language = self._query.get("lang", ["de"])[0]
        status = STATUS.get(code, 422)
        facts = {"code": code, "message": refusal_text(code, language), **more}
        headers = []
        if status == 503:
            headers = [(b"retry-after", b"%d" % RETRY_SECONDS.get(code, 5))]
        await self._say(status, facts, headers)

    async def _body(self) -> bytes:
        body = b""
        self._is_read = False
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while not self._is_read:
                    message = await self._hear()
                    body += message.get("body", b"")
                    if len(body) > LARGEST_JSON or message["type"] == "http.disconnect":
                        raise Refused("malformed")
        except TimeoutError:
            raise Refused("too-slow") from None
        return body

    async def _hear(self) -> Message:
        message = await self._receive()
        self._is_read = not message.get("more_body", False)
        return message

    async def _client_leaves(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _header(self, name: bytes) -> str:
        values = [value for key, value in self._scope["headers"] if key == name]
        return values[0].decode("latin-1") if len(values) == 1 else ""

    async def _say(
        self,
        status: int,
        facts: dict[str, Any] | None = None,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        body = b"" if facts is None else json.dumps(facts).encode()
        more = [*(headers or []), *([] if self._is_read else [(b"connection", b"close")])]
        await self._start(status, "application/json", len(body), more)
        if not (self._is_read or self._is_stopping):
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            await self._linger()
            body = b""
        await self._finish(body)

    async def _linger(self) -> None:
        """A connection closed with unread bytes is reset, and the client, still sending, would
        never see the reason (RFC 9112, 9.6)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_read:
                    await self._hear()

    async def _start(
        self, status: int, kind: str, length: int, more: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        headers = [*headers_of_data(self._scope["scheme"]), *(more or [])]
        if status != 204:  # It must not announce a length (RFC 9110, 8.6).
            headers += [(b"content-type", kind.encode()), (b"content-length", b"%d" % length)]
        self._has_begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _drained(self) -> None:
        """Wait until the client has taken nearly all that was sent; raises TimeoutError."""
        async with asyncio.timeout(SEND_SECONDS):
            await self._send({"type": "http.response.body", "body": b"", "more_body": True})

    async def _give(self, block: bytes) -> None:
        await self._send({"type": "http.response.body", "body": block, "more_body": True})

    async def _finish(self, body: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            await self._send({"type": "http.response.body", "body": body})
