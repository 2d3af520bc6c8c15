"""What the WSGI application is given, and what it is never given."""

import tempfile
from typing import Any

import pytest

from siegel.wsgi_bridge import WsgiBridge
from tests.wsgi_bridge.driving import Recorder, ask, part, scope


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
        (b"x-name", b"M\xfcller"),
        (b"transfer-encoding", b"chunked"),
    ]
    ask(WsgiBridge(app), scope(headers=headers), part(b"he", more=True), part(b"llo"))
    environ = app.environs[0]
    assert app.bodies == [b"hello"]
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["HTTP_HOST"] == "bank.test"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "x,y"
    assert environ["HTTP_X_NAME"] == "Müller"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/päge"
    assert environ["QUERY_STRING"] == "a=1"
    assert environ["REMOTE_ADDR"] == "198.51.100.7"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    ("changes", "script", "path"),
    [
        ({}, b"", b"/p\xc3\xa4ge"),
        ({"raw_path": b"/p%C3%A4ge/%FF%2F"}, b"", b"/p\xc3\xa4ge/\xff/"),
        ({"path": "/at/page", "root_path": "/at"}, b"/at", b"/page"),
        ({"raw_path": b"/at/%FF", "root_path": "/at"}, b"/at", b"/\xff"),
    ],
)
def test_the_path_keeps_every_byte(
    app: Recorder, changes: dict[str, Any], script: bytes, path: bytes
) -> None:
    ask(WsgiBridge(app), scope(**changes), part(b""))
    environ = app.environs[0]
    assert environ["SCRIPT_NAME"].encode("latin-1") == script
    assert environ["PATH_INFO"].encode("latin-1") == path


@pytest.mark.parametrize(("scheme", "port"), [("http", "80"), ("https", "443")])
def test_a_socket_without_port_and_client_has_the_port_of_its_scheme(
    app: Recorder, scheme: str, port: str
) -> None:
    asked = scope(scheme=scheme, server=("/run/siegel.sock", None), client=None)
    ask(WsgiBridge(app), asked, part(b""))
    assert app.environs[0]["SERVER_PORT"] == port
    assert app.environs[0]["REMOTE_ADDR"] == ""
    ask(WsgiBridge(app), scope(scheme=scheme, server=None), part(b""))
    assert app.environs[1]["SERVER_NAME"] == "localhost"


def test_the_largest_body_touches_no_disk(app: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []

    def refuse(*arguments: object, **_named: object) -> None:
        opened.append(arguments)
        raise OSError(13, "Permission denied")

    for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    body = bytes(range(256)) * 4096
    pieces = [part(body[:10], more=True), part(body[10:], more=True), part(b"")]
    ask(WsgiBridge(app, body_limit=len(body)), scope(), *pieces)
    assert app.bodies == [body]
    assert opened == []
    assert app.environs[0]["CONTENT_LENGTH"] == str(len(body))
    assert app.environs[0]["wsgi.input"].closed


def test_a_cut_off_upload_never_reaches_the_application(app: Recorder) -> None:
    bridge = WsgiBridge(app, queue=1)
    sent = ask(bridge, scope(), part(b"half", more=True), {"type": "http.disconnect"})
    assert sent == []
    assert app.environs == []
    assert ask(bridge, scope(), part(b""))[0]["status"] == 200


def test_only_http_is_bridged(app: Recorder) -> None:
    with pytest.raises(ValueError, match="not websocket"):
        ask(WsgiBridge(app), {"type": "websocket"})
