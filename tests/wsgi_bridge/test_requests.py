"""What the WSGI application is given, and what it is never given."""

import asyncio
from typing import Any

import pytest

from siegel.wsgi_bridge import IN_MEMORY_BYTES, WsgiBridge

Message = dict[str, Any]


class Recorder:
    """A WSGI application that keeps what it was called with."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        start_response(
            "200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
        )
        return [b"one ", b"two"]


def scope(**changes: Any) -> Message:
    base: Message = {
        "type": "http",
        "method": "POST",
        "path": "/päge",
        "query_string": b"a=1",
        "http_version": "1.1",
        "scheme": "https",
        "server": ("127.0.0.1", 8000),
        "client": ("198.51.100.7", 5000),
        "headers": [(b"host", b"bank.test")],
    }
    return base | changes


def ask(bridge: WsgiBridge, asked: Message, *received: Message) -> list[Message]:
    """Drive the bridge as an ASGI server would; returns what it sent."""

    async def drive() -> list[Message]:
        sent: list[Message] = []
        waiting = list(received)

        async def receive() -> Message:
            if waiting:
                return waiting.pop(0)
            await asyncio.sleep(3600)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        await bridge(asked, receive, send)
        return sent

    return asyncio.run(drive())


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.fixture
def app() -> Recorder:
    return Recorder()


def test_the_environment_is_what_pep_3333_says(app: Recorder) -> None:
    headers = [
        (b"host", b"bank.test"),
        (b"content-type", b"text/plain"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"accept", b"x"),
        (b"accept", b"y"),
        (b"transfer-encoding", b"chunked"),
    ]
    sent = ask(WsgiBridge(app), scope(headers=headers), part(b"he", more=True), part(b"llo"))
    environ = app.environs[0]
    assert app.bodies == [b"hello"]
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "x,y"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/päge"
    assert environ["REMOTE_ADDR"] == "198.51.100.7"
    assert environ["wsgi.url_scheme"] == "https"
    assert sent[0]["status"] == 200
    assert [value for name, value in sent[0]["headers"] if name == b"set-cookie"] == [b"a", b"b"]
    assert sent[1]["body"] == b"one two"


def test_a_cut_off_upload_never_reaches_the_application(app: Recorder) -> None:
    sent = ask(WsgiBridge(app), scope(), part(b"half", more=True), {"type": "http.disconnect"})
    assert sent == []
    assert app.environs == []


def test_a_body_shorter_than_announced_never_reaches_the_application(app: Recorder) -> None:
    headers = [(b"host", b"bank.test"), (b"content-length", b"10")]
    sent = ask(WsgiBridge(app), scope(headers=headers), part(b"short"))
    assert sent[0]["status"] == 400
    assert app.environs == []


def test_a_large_body_goes_through_a_file(app: Recorder) -> None:
    body = b"x" * (IN_MEMORY_BYTES + 1)
    ask(WsgiBridge(app), scope(), part(body[:10], more=True), part(body[10:]))
    assert app.bodies == [body]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"a"), (b"host", b"b")],
        [(b"host", b"a"), (b"remote_user", b"root")],
        [(b"host", b"a"), (b"content-length", b"1"), (b"content-length", b"2")],
        [(b"host", b"a"), (b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
        [(b"host", b"a"), (b"content-length", b"-1")],
        [(b"host", b"a"), (b"content-length", b"+1")],
    ],
)
def test_what_two_programs_could_read_differently_is_refused(
    app: Recorder, headers: list[tuple[bytes, bytes]]
) -> None:
    sent = ask(WsgiBridge(app), scope(headers=headers), part(b"x"))
    assert sent[0]["status"] == 400
    assert "fehlerhaft" in sent[1]["body"].decode()
    assert app.environs == []


def test_too_large_is_refused_announced_or_not(app: Recorder) -> None:
    bridge = WsgiBridge(app, body_limit=4)
    headers = [(b"host", b"a"), (b"content-length", b"5")]
    assert ask(bridge, scope(headers=headers))[0]["status"] == 413
    assert ask(bridge, scope(), part(b"abc", more=True), part(b"de"))[0]["status"] == 413
    assert app.environs == []


def test_a_body_that_comes_too_slowly_is_refused(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, body_timeout=0.05), scope(), part(b"a", more=True))
    assert sent[0]["status"] == 408
    assert app.environs == []


def test_too_many_at_once_are_told_to_come_back(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, queue=0), scope(), part(b""))
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]
