"""One line per request: method, pattern of the address, status, milliseconds.

Neither the path (it has ids, and what somebody typed), nor the query, nor who asked: no address of
a network, no user agent, no person. What several lines of one request have in common is a random
id, which is answered in no header and means nothing elsewhere.
"""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siegel.log_lines import RequestFacts, request_facts

log = logging.getLogger("siegel.access")
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
# Others are made up by whoever asks.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CUT_OFF = 499  # As nginx says it: the client left before it was answered.


def logged(app: Application) -> Application:
    """An ASGI application of which every request and socket leaves one line."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        facts = RequestFacts(secrets.token_hex(8))
        token = request_facts.set(facts)
        began = time.perf_counter()
        status = CUT_OFF

        async def noted(message: Message) -> None:
            nonlocal status
            status = _status(message) or status
            await send(message)

        try:
            await app(scope, receive, noted)
        except Exception:
            # uvicorn answers in our place.
            status = 500
            raise
        finally:
            _write(scope, facts, status, time.perf_counter() - began)
            request_facts.reset(token)

    return answer


def note_route(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The middleware that knows the pattern of a page's address."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        facts = request_facts.get()
        if facts is not None and request.resolver_match is not None:
            facts.route = "/" + request.resolver_match.route
        return response

    return middleware


def _status(message: Message) -> int:
    kind = message["type"]
    if kind == "http.response.start":
        return int(message["status"])
    return {"websocket.accept": 101, "websocket.close": 0}.get(kind, 0)


def _write(scope: Message, facts: RequestFacts, status: int, seconds: float) -> None:
    is_socket = scope["type"] == "websocket"
    method = "SOCKET" if is_socket else scope["method"]
    line = {
        "method": method if is_socket or method in METHODS else "OTHER",
        "route": facts.route or "-",
        "status": 403 if is_socket and status == CUT_OFF else status,
        "milliseconds": round(seconds * 1000),
    }
    log.info("answered", extra={"facts": line})
