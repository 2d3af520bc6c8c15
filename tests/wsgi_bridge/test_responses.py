"""How answers leave the application: whole or in chunks, as PEP 3333 and RFC 9110 say."""

import contextvars
import sys
from typing import Any

import pytest

from siegel.wsgi_bridge import WsgiBridge
from tests.wsgi_bridge.driving import Body, Streaming, answering, ask, part, scope

LENGTH = ("Content-Length", "3")


def test_a_whole_response_is_one_message_and_is_closed_once() -> None:
    body = Body([b"a", b"b", b"c"])
    app = answering(body, "201 Created", ("Set-Cookie", "a"), ("Set-Cookie", "ü"))
    head, content = ask(WsgiBridge(app), scope(), part(b""))
    assert head["status"] == 201
    assert head["headers"] == [
        (b"set-cookie", b"a"),
        (b"set-cookie", b"\xfc"),
        (b"content-length", b"3"),
    ]
    assert content == {"type": "http.response.body", "body": b"abc"}
    assert body.closed == 1


def test_a_length_that_the_application_states_is_kept() -> None:
    head, _ = ask(WsgiBridge(answering([b"abc"], "200 OK", LENGTH)), scope(), part(b""))
    assert head["headers"] == [(b"content-length", b"3")]


def test_a_stream_goes_out_chunk_by_chunk_and_is_closed_once() -> None:
    body = Streaming([b"a", b"", b"c"])
    sent = ask(WsgiBridge(answering(body)), scope(), part(b""))
    assert sent[0]["headers"] == []
    assert [message["body"] for message in sent[1:]] == [b"a", b"", b"c", b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, True, False]
    assert body.closed == 1


def test_an_empty_stream_is_an_empty_answer() -> None:
    body = Streaming()
    sent = ask(WsgiBridge(answering(body)), scope(), part(b""))
    assert [message["body"] for message in sent[1:]] == [b""]
    assert body.closed == 1


@pytest.mark.parametrize("kind", [Body, Streaming])
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "103 Early Hints"])
def test_some_statuses_have_no_content_and_no_length(kind: type[Body], status: str) -> None:
    body = kind([b"abc"])
    app = answering(body, status, LENGTH, ("ETag", "x"))
    head, content = ask(WsgiBridge(app), scope(method="GET"), part(b""))
    assert head["headers"] == [(b"etag", b"x")]
    assert content == {"type": "http.response.body", "body": b""}
    assert body.closed == 1


@pytest.mark.parametrize("kind", [Body, Streaming])
def test_head_has_the_length_of_get_without_its_content(kind: type[Body]) -> None:
    body = kind([b"abc"])
    app = answering(body, "200 OK", LENGTH)
    head, content = ask(WsgiBridge(app), scope(method="HEAD"), part(b""))
    assert head["headers"] == [(b"content-length", b"3")]
    assert content["body"] == b""
    assert body.closed == 1


def test_the_old_way_of_writing_comes_before_the_body() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        write = start_response("200 OK", [])
        write(b"a")
        write(b"b")
        return Streaming([b"c"] if environ["REQUEST_METHOD"] == "GET" else [])

    for method, expected in (("GET", [b"abc", b""]), ("POST", [b"ab", b""])):
        sent = ask(WsgiBridge(app), scope(method=method), part(b""))
        assert [message["body"] for message in sent[1:]] == expected


def test_an_application_that_starts_late_is_waited_for() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        yield b"a"
        yield b"b"

    assert ask(WsgiBridge(app), scope(), part(b""))[1]["body"] == b"ab"


def test_a_page_may_still_become_an_error_page() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("X-Page", "1")])
        try:
            raise KeyError("page")
        except KeyError:
            start_response("500 Oh", [("X-Error", "1")], sys.exc_info())
        return [b"error"]

    head, content = ask(WsgiBridge(app), scope(), part(b""))
    assert head["status"] == 500
    assert head["headers"] == [(b"x-error", b"1"), (b"content-length", b"5")]
    assert content["body"] == b"error"


def test_an_error_after_the_head_ends_the_answer_early() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        def chunks() -> Any:
            yield b"a"
            try:
                raise KeyError("page")
            except KeyError:
                start_response("500 Oh", [], sys.exc_info())

        start_response("200 OK", [])
        body.append(Streaming(chunks()))
        return body[0]

    body: list[Streaming] = []
    with pytest.raises(KeyError):
        ask(WsgiBridge(app), scope(), part(b""))
    assert body[0].closed == 1


def _fails(environ: dict[str, Any], start_response: Any) -> Any:
    raise ValueError("no")


def _leaves(environ: dict[str, Any], start_response: Any) -> Any:
    raise SystemExit(3)


def _stops(environ: dict[str, Any], start_response: Any) -> Any:
    raise StopIteration


def _starts_twice(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [])
    start_response("200 OK", [])


def _has_a_header_beyond_latin_1(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [("X-Name", "Ł")])


def _never_starts(environ: dict[str, Any], start_response: Any) -> Any:
    return [b"a"]


@pytest.mark.parametrize(
    "app",
    [_fails, _leaves, _stops, _starts_twice, _has_a_header_beyond_latin_1, _never_starts],
)
def test_an_application_that_fails_is_a_500_and_is_logged(
    app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    head, content, _ = ask(WsgiBridge(app), scope(), part(b""))
    assert head["status"] == 500
    assert "Ein Fehler ist aufgetreten." in content["body"].decode()
    assert "the application failed" in caplog.text


def test_every_request_has_its_own_context_from_begin_to_close() -> None:
    variable = contextvars.ContextVar("variable", default="")
    seen: list[str] = []

    class Body(Streaming):
        def close(self) -> None:
            seen.append(variable.get())

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        def chunks() -> Any:
            for letter in "ab":
                seen.append(variable.get())
                variable.set(variable.get() + letter)
                yield letter.encode()

        seen.append(variable.get())
        variable.set("x")
        start_response("200 OK", [])
        return Body(chunks())

    bridge = WsgiBridge(app, workers=1)
    for _ in range(2):
        ask(bridge, scope(), part(b""))
    assert seen == ["", "x", "xa", "xab"] * 2
