"""Requests that are answered without the application, and what their client is told."""

import asyncio

import pytest

from siegel import wsgi_bridge
from siegel.wsgi_bridge import WsgiBridge
from tests.wsgi_bridge.driving import Message, Recorder, ask, part, receiving, scope

HOST = (b"host", b"bank.test")


@pytest.fixture
def app() -> Recorder:
    return Recorder()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that stay silent after a refusal are not waited for."""
    monkeypatch.setattr(wsgi_bridge, "LINGER_SECONDS", 0.01)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [HOST, HOST],
        [HOST, (b"host", b"insurer.test")],
        [HOST, (b"remote_user", b"root")],
        [HOST, (b"content_length", b"1")],
        [HOST, (b"content-length", b"1"), (b"content-length", b"2")],
        [HOST, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
        [HOST, (b"content-length", b"")],
        [HOST, (b"content-length", b"-1")],
        [HOST, (b"content-length", b"+1")],
        [HOST, (b"content-length", b"1, 1")],
        [HOST, (b"content-length", b"0x1")],
        [HOST, (b"content-length", b"\xb2")],
    ],
)
def test_what_two_programs_could_read_differently_is_refused(
    app: Recorder, headers: list[tuple[bytes, bytes]]
) -> None:
    sent = ask(WsgiBridge(app), scope(headers=headers), part(b"x"))
    assert sent[0]["status"] == 400
    assert (b"connection", b"close") in sent[0]["headers"]
    assert app.environs == []


@pytest.mark.parametrize("length", [b"5", b"0005", b"9" * 5000])
def test_too_large_as_announced_is_refused(app: Recorder, length: bytes) -> None:
    headers = [HOST, (b"content-length", length)]
    assert ask(WsgiBridge(app, body_limit=4), scope(headers=headers), part(b""))[0]["status"] == 413
    assert app.environs == []


def test_too_large_without_announcement_is_refused(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, body_limit=4), scope(), part(b"abc", more=True), part(b"de"))
    assert sent[0]["status"] == 413
    assert app.environs == []


@pytest.mark.parametrize("length", [b"4", b"004"])
def test_as_large_as_allowed_is_accepted(app: Recorder, length: bytes) -> None:
    headers = [HOST, (b"content-length", length)]
    ask(WsgiBridge(app, body_limit=4), scope(headers=headers), part(b"abcd"))
    assert app.bodies == [b"abcd"]


def test_a_body_shorter_than_announced_never_reaches_the_application(app: Recorder) -> None:
    headers = [HOST, (b"content-length", b"10")]
    assert ask(WsgiBridge(app), scope(headers=headers), part(b"short"))[0]["status"] == 400
    assert app.environs == []


@pytest.mark.usefixtures("impatient")
def test_a_body_that_comes_too_slowly_is_refused(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, body_timeout=0.05), scope(), part(b"a", more=True))
    assert sent[0]["status"] == 408
    assert app.environs == []


def test_too_many_at_once_are_told_to_come_back(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, queue=0), scope(), part(b""))
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]


def test_a_refusal_speaks_german_and_english(app: Recorder) -> None:
    headers = [HOST, (b"content-length", b"5")]
    head, content, end = ask(WsgiBridge(app, body_limit=4), scope(headers=headers), part(b""))
    assert content["body"].decode() == "Die Anfrage ist zu groß. / The request is too large."
    assert dict(head["headers"])[b"content-length"] == str(len(content["body"])).encode()
    assert dict(head["headers"])[b"content-type"] == b"text/plain; charset=utf-8"
    assert end == {"type": "http.response.body", "body": b""}


def test_a_refused_head_request_has_no_content(app: Recorder) -> None:
    sent = ask(WsgiBridge(app, queue=0), scope(method="HEAD"), part(b""))
    assert b"".join(message["body"] for message in sent[1:]) == b""


def test_a_refusal_ends_only_when_the_client_has_stopped_sending(app: Recorder) -> None:
    async def drive() -> list[str]:
        order: list[str] = []
        client = receiving(part(b"a", more=True), part(b"b", more=True), part(b""))

        async def receive() -> Message:
            order.append("received")
            return await client()

        async def send(message: Message) -> None:
            order.append("content" if message.get("body") else "sent")

        await WsgiBridge(app, queue=0)(scope(), receive, send)
        return order

    assert asyncio.run(drive()) == [
        *("sent", "content"),
        *("received", "received", "received"),
        "sent",
    ]
