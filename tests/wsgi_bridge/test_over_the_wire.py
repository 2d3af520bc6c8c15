"""The bridge under the product's own server; clients stall, leave, cut off and cheat."""

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from siegel.wsgi_bridge import WsgiBridge
from tests.server import Running, running
from tests.wsgi_bridge.driving import Body, Recorder, Streaming, answering, served

MIB = 1024 * 1024


@pytest.fixture
def app() -> Recorder:
    return Recorder()


@contextlib.contextmanager
def client(server: Running, sent: bytes) -> Iterator[socket.socket]:
    """A connection that has sent something, and has little room for what it receives."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(sent)
        yield connection


def everything(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def get(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: a", *headers, b"", b""])


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", *headers, b"", body])


def within(seconds: float, event: threading.Event) -> None:
    assert event.wait(seconds)


@pytest.mark.parametrize(
    "cut",
    [
        post(b"Host: a", b"Content-Length: 100", body=b"half"),
        post(b"Host: a", b"Content-Length: 300000", body=b"x" * 200_000),
        post(b"Host: a", b"Transfer-Encoding: chunked", body=b"4\r\nhalf\r\n"),
    ],
)
def test_a_cut_off_upload_never_reaches_the_application(app: Recorder, cut: bytes) -> None:
    with running(served(WsgiBridge(app, queue=1))) as server:
        with client(server, cut):
            time.sleep(0.1)
        deadline = time.monotonic() + 5
        while server.request("POST", "a", "/whole", b"whole")[0] == 503:
            assert time.monotonic() < deadline
    assert app.bodies == [b"whole"]


def test_slow_uploads_hold_no_thread(app: Recorder) -> None:
    with running(served(WsgiBridge(app, workers=1))) as server, contextlib.ExitStack() as stack:
        slow = [
            stack.enter_context(
                client(server, post(b"Host: a", b"Content-Length: 8", body=b"half"))
            )
            for _ in range(8)
        ]
        time.sleep(0.1)
        assert server.request("GET", "a", "/")[0] == 200
        assert app.bodies == [b""]
        slow[0].sendall(b"more")
        assert slow[0].recv(65536).startswith(b"HTTP/1.1 200 ")
        assert app.bodies == [b"", b"halfmore"]


def test_a_chunked_upload_has_a_length(app: Recorder) -> None:
    with running(served(WsgiBridge(app))) as server:
        sent = post(
            b"Host: a",
            b"Transfer-Encoding: chunked",
            b"Connection: close",
            body=b"4\r\nhalf\r\n4\r\nmore\r\n0\r\n\r\n",
        )
        with client(server, sent) as connection:
            assert everything(connection).startswith(b"HTTP/1.1 200 ")
    assert app.bodies == [b"halfmore"]
    assert app.environs[0]["CONTENT_LENGTH"] == "8"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b"Host: a", b"Host: b"],
        [b"Host: a", b"Remote_User: root"],
        [b"Host: a", b"Content-Length: 4", b"Content-Length: 4"],
        [b"Host: a", b"Content-Length: 4", b"Content-Length: 44"],
        [b"Host: a", b"Content-Length: 4", b"Transfer-Encoding: chunked"],
        [b"Host: a", b"Transfer-Encoding: chunked", b"Content-Length: 4"],
        [b"Host: a", b"Transfer-Encoding: chunked, identity"],
        [b"Host: a", b"Transfer-Encoding : chunked"],
        [b"Host: a", b"Transfer-Encoding: xchunked"],
        [b"Host: a", b"Content-Length: +4"],
        [b"Host: a", b"Content-Length: 0x4"],
    ],
)
def test_nothing_is_smuggled_past_the_server(app: Recorder, headers: list[bytes]) -> None:
    smuggled = b"0\r\n\r\n" + get(b"/smuggled")
    sent = post(*headers, body=smuggled)
    with running(served(WsgiBridge(app))) as server, client(server, sent) as connection:
        received = everything(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1
    assert app.environs == []


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_client_that_still_sends_learns_why_it_is_refused(
    app: Recorder, is_announced: bool
) -> None:
    with running(served(WsgiBridge(app))) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        body: Any = b"x" * 8 * MIB if is_announced else iter([b"x" * 65536] * 128)
        connection.request("POST", "/", body, {"Host": "a"}, encode_chunked=not is_announced)
        response = connection.getresponse()
        assert response.status == 413
        assert "too large" in response.read().decode()
        connection.close()
    assert app.environs == []


def test_nobody_is_asked_to_send_what_will_be_refused(app: Recorder) -> None:
    sent = post(b"Host: a", b"Content-Length: 9999999", b"Expect: 100-continue")
    with running(served(WsgiBridge(app))) as server, client(server, sent) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("kind", "mebibytes", "unfinished"),
    # The kernel may take a whole MiB off our hands; 16 MiB stall for certain.
    [(Body, 1, 0), (Streaming, 1, None), (Streaming, 16, 8)],
)
def test_eight_readers_that_stall_do_not_stop_the_others(
    kind: type[Body], mebibytes: int, unfinished: int | None
) -> None:
    bodies = [kind([b"x" * 65536] * 16 * mebibytes) for _ in range(8)]
    waiting = list(bodies)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return waiting.pop() if environ["PATH_INFO"] == "/large" else [b"small"]

    with running(served(WsgiBridge(app, workers=2))) as server, contextlib.ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(client(server, get(b"/large")))
            assert connection.recv(4) == b"HTTP"
        time.sleep(0.2)
        for _ in range(20):
            assert server.request("GET", "a", "/small")[2] == b"small"
        stalled = [body for body in bodies if not body.closed]
        assert unfinished in {None, len(stalled)}
        stack.close()
        for body in bodies:
            within(5, body.was_closed)
    assert [body.closed for body in bodies] == [1] * 8


@pytest.mark.parametrize("is_reset", [True, False])
def test_a_client_that_leaves_in_the_middle_ends_the_stream(is_reset: bool) -> None:
    class Endless(Streaming):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.005)
                yield b"x"

    body = Endless()
    with running(served(WsgiBridge(answering(body), workers=1))) as server:
        with client(server, get(b"/")) as connection:
            assert connection.recv(4) == b"HTTP"
            if is_reset:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        within(5, body.was_closed)
    assert body.closed == 1


def test_a_reader_that_stalls_for_too_long_is_given_up() -> None:
    body = Streaming([b"x" * 65536] * 256)
    bridge = WsgiBridge(answering(body), send_timeout=0.2)
    with running(served(bridge)) as server, client(server, get(b"/")):
        within(5, body.was_closed)
    assert body.closed == 1


def test_a_stream_that_fails_does_not_look_complete() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"begun"
        raise ValueError("no")

    body = Streaming(chunks())
    bridge = WsgiBridge(answering(body))
    with running(served(bridge)) as server, client(server, get(b"/")) as connection:
        received = everything(connection)
    assert received.endswith(b"5\r\nbegun\r\n")
    assert body.closed == 1


def test_the_next_request_on_a_connection_is_answered_too(app: Recorder) -> None:
    sent = (
        post(b"Host: a", b"Content-Length: 4", body=b"abcd")
        + get(b"/p%C3%A4ge/%FF")
        + get(b"/", b"Connection: close")
    )
    with running(served(WsgiBridge(app))) as server, client(server, sent) as connection:
        received = everything(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert app.bodies == [b"abcd", b"", b""]
    assert app.environs[1]["PATH_INFO"].encode("latin-1") == b"/p\xc3\xa4ge/\xff"


def test_what_was_accepted_is_answered_before_the_end() -> None:
    at_work = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        at_work.set()
        time.sleep(0.3)
        start_response("200 OK", [])
        return [b"answered"]

    with contextlib.ExitStack() as stack:
        with running(served(WsgiBridge(app))) as server:
            connection = stack.enter_context(client(server, get(b"/")))
            within(5, at_work)
        assert everything(connection).endswith(b"answered")
