"""Lines of the log: what they hold, and that content, secrets and addresses are not in them."""

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest

from siegel import asgi
from siegel.access_log import logged
from siegel.log_lines import (
    FRAMES,
    JsonLine,
    RequestFacts,
    TextLine,
    request_facts,
    tell_of_threads_without_content,
)
from siegel.vault.kek_versions import Wrapped
from tests.cast import Organisation
from tests.server import Running
from tests.tenancy.conftest import eventually

SECRET = "Geheimnis-4711-xyzzy"


class Lines:
    """What has been written to the log so far."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def access(self) -> dict[str, Any]:
        """The one line of a request; written when the answer is, by another thread."""
        eventually(lambda: '"siegel.access"' in self.text)
        (row,) = [row for row in self.rows() if row["logger"] == "siegel.access"]
        return row


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of the whole process, as JSON; also what does not reach the root."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield Lines(stream)
    for logger in loggers:
        logger.removeHandler(handler)


def record(message: str, *arguments: Any, name: str = "siegel.test", **more: Any) -> Any:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, None, "here")
    for field, value in more.items():
        setattr(made, field, value)
    return made


def line(made: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(JsonLine().format(made))
    return told


def raised(make: Callable[[], object]) -> Any:
    try:
        make()
    except (OSError, ValueError):
        return sys.exc_info()
    raise AssertionError


def test_a_page_leaves_one_line_without_ids_and_queries(
    bank: Organisation, server: Running, lines: Lines
) -> None:
    conversation = bank.conversation()
    client = bank.desk(bank.ada)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    code, _, _ = server.request(
        "GET", bank.host, f"/inbox/{conversation.pk}/?q={SECRET}",
        Cookie=cookie, User_Agent=SECRET, X_Forwarded_For="198.51.100.99", Referer=SECRET,
    )  # fmt: skip
    assert code == 200
    row = lines.access()
    assert row.pop("milliseconds") >= 0
    assert row.pop("time").endswith("+00:00")
    assert len(row.pop("request")) == 16
    assert row == {
        "level": "info", "logger": "siegel.access", "message": "answered",
        "tenant": bank.tenant.id, "method": "GET", "route": "/inbox/<uuid:identifier>/",
        "status": 200,
    }  # fmt: skip
    for planted in (
        SECRET,
        str(conversation.pk),
        "198.51.100.99",
        "127.0.0.1",
        "ada@",
        cookie[-20:],
    ):
        assert planted not in lines.text


@pytest.mark.parametrize(
    ("method", "host", "path", "route", "status"),
    [
        ("GET", "nobody.test", f"/{SECRET}", "-", 404),
        ("GET", "bank.test", f"/{SECRET}/", "-", 404),
        ("GET", "bank.test", "/sign-in/", "/sign-in/", 200),
        ("GET", "nobody.test", "/healthz", "/healthz", 200),
        ("GET", "bank.test", f"/files/{SECRET}", "/files/", 404),
        ("GET", "chat.bank.test", f"/files/{SECRET}", "/files/", 404),
    ],
)
def test_routes(
    method: str, host: str, path: str, route: str, status: int,
    bank: Organisation, server: Running, lines: Lines,
) -> None:  # fmt: skip
    code, _, _ = server.request(method, host, path)
    row = lines.access()
    assert (row["route"], row["status"]) == (route, code)
    assert code in {status, 302, 403, 405}
    assert SECRET not in lines.text


def test_a_method_that_somebody_makes_up(lines: Lines) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    exchange(silent, method=SECRET)
    assert lines.access()["method"] == "OTHER"


def test_what_is_posted_is_not_in_it(bank: Organisation, server: Running, lines: Lines) -> None:
    body = f"login=ada%40bank.example&password={SECRET}".encode()
    server.request(
        "POST", bank.host, "/sign-in/", body, Content_Type="application/x-www-form-urlencoded"
    )
    assert lines.access()["method"] == "POST"
    assert SECRET not in lines.text
    assert "bank.example" not in lines.text


def test_a_view_that_fails_tells_class_and_place(
    bank: Organisation, server: Running, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise RuntimeError(f"cannot show {SECRET}") from error

    monkeypatch.setattr("allauth.account.views.LoginView.get_context_data", fail)
    code, _, _ = server.request("GET", bank.host, f"/sign-in/?q={SECRET}")
    assert code == 500
    told = next(row for row in lines.rows() if "exception" in row)
    assert told["exception"] == ["RuntimeError", "KeyError"]
    assert told["request"] == lines.access()["request"]
    assert any(place.startswith("tests/process/test_log.py:") for place in told["at"])
    assert SECRET not in lines.text


def test_a_socket_leaves_one_line(bank: Organisation, server: Running, lines: Lines) -> None:
    server.request(
        "GET", "nobody.test", f"/live?ticket={SECRET}", Connection="Upgrade", Upgrade="websocket",
        Sec_WebSocket_Key="x" * 22 + "==", Sec_WebSocket_Version="13",
    )  # fmt: skip
    row = lines.access()
    assert (row["method"], row["status"]) == ("SOCKET", 403)
    assert SECRET not in lines.text


def exchange(app: Any, kind: str = "http", method: str = "GET") -> list[dict[str, Any]]:
    """Have an ASGI application answer one request or socket; what it has sent."""
    import asyncio

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        await logged(app)({"type": kind, "method": method}, receive, send)

    asyncio.run(ask())
    return sent


def test_an_accepted_socket_and_one_that_was_left(lines: Lines) -> None:
    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})

    assert len(exchange(accept, "websocket")) == 2
    assert lines.access()["status"] == 101
    # Outside of a request nothing is noted.
    assert request_facts.get() is None


def test_a_client_that_leaves_and_an_application_that_fails(lines: Lines) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(SECRET)

    exchange(silent)
    with pytest.raises(RuntimeError):
        exchange(fail)
    assert [row["status"] for row in lines.rows() if row["logger"] == "siegel.access"] == [499, 500]


def test_outside_of_a_server_no_route_is_noted(bank: Organisation) -> None:
    answered = bank.anonymous().get("/sign-in/")
    assert answered.status_code == 200


# What a record becomes.


def test_an_exception_among_the_arguments_is_its_class() -> None:
    told = line(record("%s was not deleted: %s", "an-id", ValueError(SECRET)))
    assert told["message"] == "an-id was not deleted: ValueError"
    full = line(record("not written: %s", OSError(28, SECRET)))
    assert full["message"] == "not written: OSError (errno 28)"
    assert line(record("%(a)s", {"a": 1}))["message"] == "1"


def test_an_exception_as_the_message_is_its_class() -> None:
    made = record("")
    made.msg = ValueError(SECRET)
    assert line(made)["message"] == "ValueError"


def test_words_of_other_libraries_are_those_of_their_source() -> None:
    told = line(record("Task failed\nfuture: <Task " + SECRET, name="asyncio"))
    assert told["message"] == "Task failed"
    assert line(record("%s is odd", SECRET, name="uvicorn.error"))["message"] == "%s is odd"
    unknown = line(record(f"read {SECRET}", name="PIL.Image"))
    assert unknown["message"] == "said at tests/process/test_log.py:1 here"


def test_djangos_line_of_a_request_has_no_path() -> None:
    path = f"/{SECRET}"
    django: dict[str, Any] = {
        "name": "django.request",
        "request": HttpRequest(),
        "status_code": 404,
    }
    told = line(record("%s: %s", "Not Found", path, **django))
    assert told["message"] == "answered with 404"
    assert line(record("x", request=HttpRequest()))["message"] == "a request failed"


def test_chains_and_places_are_bounded() -> None:
    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        raise ValueError(SECRET)

    def chained(left: int = 20) -> None:
        try:
            deeper(20) if not left else chained(left - 1)
        except ValueError as error:
            raise ValueError(SECRET) from error

    told = line(record("failed", exc_info=raised(chained)))
    assert len(told["exception"]) == FRAMES
    deep = line(record("failed", exc_info=raised(lambda: deeper(20))))
    assert [place.split()[-1] for place in deep["at"]] == ["deeper"] * FRAMES
    assert SECRET not in json.dumps(told)


def test_an_exception_that_hides_its_context() -> None:
    def hidden() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError:
            raise ValueError(SECRET) from None

    def beside() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError:
            raise ValueError(SECRET)  # noqa: B904 - what this is about

    assert line(record("failed", exc_info=raised(hidden)))["exception"] == ["ValueError"]
    assert line(record("failed", exc_info=raised(beside)))["exception"] == [
        "ValueError",
        "KeyError",
    ]
    assert "exception" not in line(record("failed", exc_info=(None, None, None)))


def test_text_for_eyes_is_one_line_with_the_same() -> None:
    token = request_facts.set(RequestFacts("0123", "tbank"))
    try:
        made = record("failed\nhere", exc_info=raised(lambda: int(SECRET)))
        told = TextLine().format(made)
    finally:
        request_facts.reset(token)
    assert "\n" not in told
    assert " error siegel.test failed here request=0123 tenant=tbank exception=ValueError" in told
    assert SECRET not in told


def test_a_thread_that_ends_is_told_without_its_text(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    tell_of_threads_without_content()
    thread = threading.Thread(target=lambda: int(SECRET))
    thread.start()
    thread.join()
    (row,) = lines.rows()
    assert (row["message"], row["exception"]) == ("a thread ended", ["ValueError"])
    assert SECRET not in lines.text + capsys.readouterr().err


def test_every_logger_of_the_server_writes_through_it() -> None:
    handlers: Any = settings.LOGGING["handlers"]
    assert handlers["stderr"]["formatter"] == "json"
    for name in ("uvicorn", "uvicorn.error", "asyncio", "siegel.access"):
        logger = logging.getLogger(name)
        assert logger.propagate
        assert logger.handlers == []


def test_a_place_in_our_own_code_is_told_from_its_package_on() -> None:
    (*_, innermost) = line(record("failed", exc_info=raised(lambda: Wrapped.parse(SECRET))))["at"]
    assert innermost.startswith("siegel/vault/kek_versions.py:")


def test_arguments_that_do_not_fit_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert line(record("%d letters", SECRET))["message"] == "%d letters"
    assert capsys.readouterr().err == ""


def test_outside_of_a_request_nothing_is_noted() -> None:
    asgi._note_request("/live", tenant="t0")
    assert request_facts.get() is None
