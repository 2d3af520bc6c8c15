"""The websites of the demo's organisations: another site than the product, a few static files."""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from demo.organisations import TENANTS, DemoTenant

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
ROOT = Path(__file__).parent / "pages"


def with_client_pages(app: Application) -> Application:
    """The product, and beside it the clients' pages on their own host names."""
    sites = {described.client_host: described for described in TENANTS}

    async def both(scope: Message, receive: Any, send: Any) -> None:
        name = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
        host, _, port = name.partition(":")
        if scope["type"] == "http" and host in sites:
            status, kind, body = await asyncio.to_thread(_file, sites[host], scope["path"], port)
            headers = [
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"content-security-policy", _policy(sites[host], port).encode()),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await app(scope, receive, send)

    return both


def _policy(site: DemoTenant, port: str) -> str:
    chat = f"http://chat.{site.host}:{port}"
    return (
        f"default-src 'self'; script-src 'self' {chat}; frame-src {chat}; "
        "style-src 'self'; img-src 'self' data:"
    )


def _file(site: DemoTenant, path: str, port: str) -> tuple[int, str, bytes]:
    folder = (ROOT / site.pages).resolve()
    wanted = (folder / path.lstrip("/")).resolve()
    if wanted.is_dir():
        wanted /= "index.html"
    if not wanted.is_relative_to(folder) or not wanted.is_file():
        return 404, "text/plain", b"Not found"
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    body = wanted.read_bytes()
    if kind == "text/html":
        body = body.replace(b"{{CHAT_ORIGIN}}", f"http://chat.{site.host}:{port}".encode())
    return 200, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, body
