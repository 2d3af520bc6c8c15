"""The load: the same small client for both sides, so that it costs both the same."""

import asyncio
import base64
import http.client
import json
import os
import re
import uuid
from dataclasses import dataclass
from typing import Any

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A


class RawSocket:
    """A WebSocket client (RFC 6455) reduced to short text frames; masked with zeros."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int, host: str, path: str, cookie: str = "") -> "RawSocket":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n"
        )
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise ConnectionError(answer.decode())
        return cls(reader, writer)

    def say(self, frame: dict[str, Any]) -> None:
        body = json.dumps(frame).encode()
        size = len(body)
        head = bytes([TEXT, 0x80 | size]) if size < 126 else bytes([TEXT, 0xFE]) + size.to_bytes(2)
        self._writer.write(head + b"\0\0\0\0" + body)

    async def hear(self) -> dict[str, Any]:
        first, size = await self._reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8))
        body = await self._reader.readexactly(size)
        if first == PING:
            self._writer.write(bytes([PONG, 0x80 | size]) + b"\0\0\0\0" + body)
            return await self.hear()
        if first == CLOSE:
            raise ConnectionError(f"closed with {int.from_bytes(body[:2])}")
        frame: dict[str, Any] = json.loads(body)
        return frame

    async def hear_of(self, kind: str) -> dict[str, Any]:
        while (frame := await self.hear())["type"] != kind:
            if frame["type"] == "refused":
                raise ConnectionError(frame["code"])
        return frame

    def close(self) -> None:
        self._writer.close()


class RawHttp:
    """A keep-alive HTTP/1.1 client for one JSON endpoint."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> "RawHttp":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, message: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(message).encode()
        self._writer.write(
            b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(size))
        return answer

    def close(self) -> None:
        self._writer.close()


@dataclass(frozen=True)
class Visitor:
    """A browser that has begun a conversation."""

    port: int
    host: str
    cookie: str
    conversation: str

    async def socket(self) -> RawSocket:
        status, _, answer = fetch(self.port, self.host, "GET", "/visit", cookie=self.cookie)
        assert status == 200, answer
        made = await RawSocket.connect(self.port, self.host, "/live", self.cookie)
        made.say({"type": "hello", "ticket": json.loads(answer)["ticket"]})
        await made.hear_of("ready")
        return made

    def message(self, body: str) -> dict[str, Any]:
        return {
            "type": "send", "conversation": self.conversation, "key": str(uuid.uuid4()),
            "body": body,
        }  # fmt: skip


def begin(facts: dict[str, Any], slug: str = "nordwind") -> Visitor:
    """Begin a conversation as a new browser."""
    tenant = next(tenant for tenant in facts["tenants"] if tenant["slug"] == slug)
    host = f"chat.{tenant['host']}"
    status, headers, answer = fetch(
        facts["port"], host, "POST", "/visit", body=b'{"language": "de"}', headers={"X-Siegel": "1"}
    )
    assert status == 201, answer
    cookie = str(headers["Set-Cookie"]).split(";", maxsplit=1)[0]
    return Visitor(facts["port"], host, cookie, json.loads(answer)["conversation"])


def adviser_cookie(facts: dict[str, Any], slug: str = "nordwind") -> str:
    """Sign in as the first adviser."""
    tenant = next(tenant for tenant in facts["tenants"] if tenant["slug"] == slug)
    port, host, person = facts["port"], tenant["host"], tenant["people"][0]
    _, headers, page = fetch(port, host, "GET", "/sign-in/")
    cookie = str(headers["Set-Cookie"]).split(";", maxsplit=1)[0]
    token = _token(page, rb'name="csrfmiddlewaretoken" value="([^"]+)"')
    form = f"login={person['email']}&password={person['password']}&csrfmiddlewaretoken={token}"
    origin = {"Origin": f"http://{host}", "Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = fetch(
        port, host, "POST", "/sign-in/", cookie=cookie, body=form.encode(), headers=origin
    )
    assert status == 302
    return str(headers["Set-Cookie"]).split(";", maxsplit=1)[0]


async def adviser_socket(facts: dict[str, Any], slug: str = "nordwind") -> RawSocket:
    """Sign in as the first adviser, and open the desk's socket."""
    tenant = next(tenant for tenant in facts["tenants"] if tenant["slug"] == slug)
    port, host = facts["port"], tenant["host"]
    cookie = adviser_cookie(facts, slug)
    _, _, page = fetch(port, host, "GET", "/inbox/", cookie=cookie)
    token = _token(page, rb'name="csrf-token" content="([^"]+)"')
    _, _, answer = fetch(
        port, host, "POST", "/socket-ticket/", cookie=cookie,
        headers={"X-CSRFToken": token, "Origin": f"http://{host}"},
    )  # fmt: skip
    made = await RawSocket.connect(port, host, "/live", cookie)
    made.say({"type": "hello", "ticket": json.loads(answer)["ticket"]})
    await made.hear_of("ready")
    return made


def _token(page: bytes, pattern: bytes) -> str:
    found = re.search(pattern, page)
    assert found, "no token in the page"
    return found[1].decode()


def fetch(
    port: int, host: str, method: str, path: str, *, cookie: str = "", body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:  # fmt: skip
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Host": host, "Cookie": cookie, **(headers or {})})
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found
