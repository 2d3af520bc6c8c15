"""The process: pages through the bridge, sockets natively, and an orderly end."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
django.setup(set_prefix=False)

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http.cookie import parse_cookie

from siegel import health
from siegel.access_log import logged
from siegel.continuity.staging import remove_all_left
from siegel.conversations.access import Participant
from siegel.conversations.file_answers import FileExchange
from siegel.conversations.file_requests import FileRequest, ParticipantNow
from siegel.conversations.indexer import indexers
from siegel.conversations.live import Connection, GrantFor
from siegel.conversations.models import Side
from siegel.conversations.writer import writers
from siegel.desk.live import adviser_grant, adviser_now
from siegel.log_lines import request_facts
from siegel.refusals import UNKNOWN_HOST, too_large
from siegel.security_headers import is_own_page
from siegel.tenancy import jobs, registry
from siegel.tenancy.context import ServedTenant
from siegel.widget.live import visitor_grant, visitor_now
from siegel.wsgi_bridge import WsgiBridge

log = logging.getLogger("siegel")
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
DRAIN_SECONDS = 10.0

GRANTS: dict[str, GrantFor] = {"desk": adviser_grant, "chat": visitor_grant}
# Who somebody without a credential is: on the chat's host a client to be.
STRANGERS = {"chat": Participant(Side.CLIENT)}
PARTICIPANTS: dict[str, ParticipantNow] = {"desk": adviser_now, "chat": visitor_now}
bridge = WsgiBridge(
    WSGIHandler(),
    workers=settings.SIEGEL_THREADS,
    body_limit=settings.SIEGEL_BODY_LIMIT,
    pages={413: too_large()},
)


@logged
async def app(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application of an installation."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    if scope["type"] == "http" and scope["path"] in {health.LIVES, health.READY}:
        _note_request(scope["path"])
        await health.answer(scope, send)
        return
    host = _header(scope, b"host")
    if (known := registry.fresh()) is not None:
        found = known.by_host(host)
    else:
        found = await asyncio.to_thread(registry.by_host, host)
    if found is not None:
        _note_request(tenant=found[0].id)
    if scope["type"] == "websocket":
        await _socket(scope, receive, send, found)
    elif found is None:
        await _unknown_host(send)
    elif scope["path"].startswith("/files/"):
        tenant, surface = found
        _note_request("/files/")
        if tenant.is_suspended:
            await FileExchange(scope, receive, send).refuse("paused")
            return
        request = FileRequest(
            tenant, scope, receive, send, PARTICIPANTS[surface], stranger=STRANGERS.get(surface)
        )
        await request.answer()
    else:
        await bridge(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            writers.reopen()
            indexers.reopen()
            await asyncio.to_thread(remove_all_left)
            await asyncio.to_thread(jobs.start)
            await send({"type": "lifespan.startup.complete"})
        else:
            await bridge.drain(DRAIN_SECONDS)
            await asyncio.to_thread(jobs.stop, DRAIN_SECONDS)
            await asyncio.to_thread(writers.drain, close=True)
            await asyncio.to_thread(indexers.drain, close=True)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _socket(
    scope: Message, receive: Receive, send: Send, found: tuple[ServedTenant, str] | None
) -> None:
    await receive()  # websocket.connect
    own_page = is_own_page(_header(scope, b"origin"), _header(scope, b"host"))
    if found is None or found[0].is_suspended or scope["path"] != "/live" or not own_page:
        # Closing before accepting answers 403 to the handshake.
        await send({"type": "websocket.close", "code": 1008})
        return
    tenant, surface = found
    _note_request("/live")
    connection = Connection(tenant, receive, send)
    await connection.run(parse_cookie(_header(scope, b"cookie")), GRANTS[surface])


def _note_request(route: str = "", *, tenant: str = "") -> None:
    """For the line of the log."""
    facts = request_facts.get()
    if facts is not None:
        facts.route, facts.tenant = route or facts.route, tenant or facts.tenant


def _header(scope: Message, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


async def _unknown_host(send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(UNKNOWN_HOST)).encode()),
    ]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": UNKNOWN_HOST})
