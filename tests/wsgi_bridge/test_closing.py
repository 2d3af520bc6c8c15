"""Whatever happens, the body an application returns is closed exactly once, and not too early."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from siegel.wsgi_bridge import WsgiBridge
from tests.wsgi_bridge.driving import (
    Body,
    Message,
    Streaming,
    answering,
    ask,
    part,
    receiving,
    scope,
)


async def _ignore(message: Message) -> None:
    pass


def _requested(bridge: WsgiBridge, send: Any = _ignore) -> "asyncio.Task[None]":
    return asyncio.ensure_future(bridge(scope(), receiving(part(b"")), send))


class Slow(Streaming):
    """Takes its time for each chunk, and notices when it is closed meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work = threading.Event()
        self.released = threading.Event()
        self.closed_at_work = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"first"
        self.at_work.set()
        self.released.wait(5)
        self.closed_at_work = self.closed > 0
        yield b"second"


@pytest.mark.parametrize("kind", [Body, Streaming])
def test_a_body_that_fails_is_closed(kind: type[Body], caplog: pytest.LogCaptureFixture) -> None:
    body = kind(int(letter).to_bytes() for letter in "x")
    assert ask(WsgiBridge(answering(body)), scope(), part(b""))[0]["status"] == 500
    assert body.closed == 1


@pytest.mark.parametrize(
    ("raised", "seen"), [(ValueError("no"), ValueError), (SystemExit(3), RuntimeError)]
)
def test_a_stream_that_fails_later_is_closed_and_not_completed(
    raised: BaseException, seen: type[Exception]
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"a"
        raise raised

    body = Streaming(chunks())
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def drive() -> None:
        with pytest.raises(seen):
            await _requested(WsgiBridge(answering(body)), send)

    asyncio.run(drive())
    assert sent[-1]["more_body"]
    assert body.closed == 1


def test_an_answer_stays_valid_when_closing_fails(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Body):
        def close(self) -> None:
            raise ValueError("no")

    sent = ask(WsgiBridge(answering(Failing([b"a"]))), scope(), part(b""))
    assert sent[1]["body"] == b"a"
    assert "while its response was closed" in caplog.text


def test_a_client_that_leaves_ends_the_stream() -> None:
    class Endless(Streaming):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.005)
                yield b"x"

    body = Endless()
    leaving: tuple[Message, ...] = (part(b""), part(b""), {"type": "http.disconnect"})
    sent = ask(WsgiBridge(answering(body)), scope(), *leaving)
    assert sent[-1].get("more_body", True)
    assert body.closed == 1


@pytest.mark.parametrize("error", [BrokenPipeError, None])
def test_a_client_that_takes_nothing_is_given_up(error: type[OSError] | None) -> None:
    async def send(message: Message) -> None:
        if "body" in message:
            if error is not None:
                raise error
            await asyncio.Event().wait()

    async def drive() -> None:
        await _requested(WsgiBridge(answering(body), send_timeout=0.05), send)

    body = Streaming([b"a"])
    asyncio.run(drive())
    assert body.closed == 1


@pytest.mark.parametrize("cancelled", [1, 2])
def test_a_cancelled_stream_is_closed_after_the_chunk_at_work(cancelled: int) -> None:
    async def drive() -> None:
        request = _requested(WsgiBridge(answering(body)))
        await asyncio.to_thread(body.at_work.wait, 5)
        for _ in range(cancelled):
            request.cancel()
            await asyncio.sleep(0.02)
        assert body.closed == 0
        body.released.set()
        with pytest.raises(asyncio.CancelledError):
            await request
        await asyncio.to_thread(body.was_closed.wait, 5)

    body = Slow()
    asyncio.run(drive())
    assert body.closed == 1
    assert not body.closed_at_work


@pytest.mark.parametrize("kind", [Body, Streaming])
def test_a_call_that_is_cancelled_at_work_is_closed_afterwards(kind: type[Body]) -> None:
    at_work, released = threading.Event(), threading.Event()
    bodies: list[bytes] = []
    answer = kind([b"a"])

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        at_work.set()
        released.wait(5)
        bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return answer

    async def drive() -> None:
        request = _requested(WsgiBridge(app))
        await asyncio.to_thread(at_work.wait, 5)
        request.cancel()
        await asyncio.sleep(0.02)
        released.set()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(drive())
    assert bodies == [b""]
    assert answer.closed == 1


def test_a_call_that_is_cancelled_in_the_queue_never_happens() -> None:
    at_work, released = threading.Event(), threading.Event()
    calls: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        calls.append("call")
        at_work.set()
        released.wait(5)
        start_response("200 OK", [])
        return []

    async def drive() -> None:
        bridge = WsgiBridge(app, workers=1)
        first = _requested(bridge)
        await asyncio.to_thread(at_work.wait, 5)
        second = _requested(bridge)
        await asyncio.sleep(0.02)
        second.cancel()
        await asyncio.sleep(0.02)
        released.set()
        await first
        with pytest.raises(asyncio.CancelledError):
            await second
        await bridge.drain(5)

    asyncio.run(drive())
    assert calls == ["call"]


def test_draining_waits_and_then_refuses() -> None:
    async def drive() -> None:
        bridge = WsgiBridge(answering(body))
        request = _requested(bridge)
        await asyncio.to_thread(body.at_work.wait, 5)
        draining = asyncio.create_task(bridge.drain(5))
        await asyncio.sleep(0.02)
        assert not draining.done()
        body.released.set()
        await draining
        await request
        heads: list[Message] = []

        async def send(message: Message) -> None:
            heads.append(message)

        await _requested(bridge, send)
        assert heads[0]["status"] == 503

    body = Slow()
    asyncio.run(drive())
    assert body.closed == 1


def test_draining_does_not_wait_for_ever_and_what_is_late_is_still_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def drive() -> None:
        bridge = WsgiBridge(answering(body))
        request = _requested(bridge)
        await asyncio.to_thread(body.at_work.wait, 5)
        await bridge.drain(0.02)
        assert "still in flight at the end: 1" in caplog.text
        body.released.set()
        await request
        await bridge.drain(0)

    body = Slow()
    before = set(threading.enumerate())
    asyncio.run(drive())
    assert body.closed == 1
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before
