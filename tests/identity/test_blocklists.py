"""Lists of passwords that are not accepted: an installation's own, and those that were stolen."""

import hashlib
import json
import logging
import resource
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

from siegel import settings as module
from siegel.identity import blocklist_file, breaches, passwords
from siegel.identity.blocklist_file import build, holds
from siegel.identity.breaches import is_breached
from siegel.identity.common_passwords import common_passwords
from siegel.identity.jobs import index_blocklist
from siegel.tenancy.context import serving
from tests.cast import Organisation

STOLEN = "seventeen quiet herons by the mill"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A list in use, whose index is removed afterwards."""
    made = tmp_path / "list.txt"
    made.write_text("Zebra Regen Haus Laterne\r\nüber alle Berge weit weg\n\n")
    monkeypatch.setattr(settings, "SIEGEL_PASSWORD_BLOCKLIST", str(made))
    yield made
    for left in settings.SIEGEL_DATA.glob("password-blocklist*"):
        left.unlink()


def test_what_the_installation_lists_is_refused(bank: Organisation, file: Path) -> None:
    with serving(bank.tenant):
        for password in ("zebra regen haus LATERNE", "u\u0308ber alle Berge weit weg"):
            with pytest.raises(ValidationError, match="Too many people"):
                passwords.check(password, bank.ada)
        passwords.check(STOLEN, bank.ada)
    assert "123456" in common_passwords()
    assert not holds(file, "7")


def test_a_list_that_changed_is_read_anew_by_the_job(file: Path) -> None:
    assert "zebra regen haus laterne" in common_passwords()
    assert not build(file)
    file.write_text("another line altogether\n")
    # Until then the earlier one is asked, and nobody waits.
    assert "zebra regen haus laterne" in common_passwords()
    index_blocklist.function()
    assert "zebra regen haus laterne" not in common_passwords()
    assert "another line altogether" in common_passwords()
    settings.SIEGEL_PASSWORD_BLOCKLIST = ""
    index_blocklist.function()


def test_an_empty_list_lists_nothing(file: Path) -> None:
    file.write_bytes(b"")
    assert not holds(file, "anything")


def test_a_list_that_is_not_there_is_told(file: Path) -> None:
    file.unlink()
    with pytest.raises(FileNotFoundError):
        holds(file, "anything")


def test_strange_lines_are_lines_like_others(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\n" + b"x" * 100_000 + b"\nlast without an end")
    assert holds(file, "last without an end")
    assert holds(file, "x" * blocklist_file.LONGEST_LINE)
    assert not holds(file, "\ud800")


def test_a_long_list_is_sorted_in_pieces_and_takes_little_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocklist_file, "PIECE", 5_000)
    with file.open("w") as lines:
        lines.writelines(f"password number {number % 60_000}\n" for number in range(70_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert build(file)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30 * 1024
    index = settings.SIEGEL_DATA / "password-blocklist.index"
    # Each once.
    assert index.stat().st_size == blocklist_file.HEAD + 60_000 * blocklist_file.SIZE
    for number in (0, 1, 29_999, 59_999):
        assert holds(file, f"password number {number}")
    assert not holds(file, "password number 60000")


class Service(BaseHTTPRequestHandler):
    """A range service that knows one password."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []
    answers: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        if self.answers == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "/range/other")
            self.end_headers()
            return
        if self.answers == "busy":
            self.send_error(503)
            return
        body = self.answers.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/range/"
    monkeypatch.setattr(settings, "SIEGEL_BREACH_SERVICE", address)
    monkeypatch.setattr(breaches, "_told_at", [])
    monkeypatch.setattr(Service, "asked", [])
    digest = hashlib.sha1(STOLEN.encode()).hexdigest().upper()  # noqa: S324 - the published format
    answers = f"{'0' * 35}:3\r\n{digest[5:]}:42\r\n{'F' * 35}:0\r\n"
    monkeypatch.setattr(Service, "answers", answers)
    yield Service
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stolen_password_is_refused_and_five_digits_are_told(
    bank: Organisation, service: type[Service]
) -> None:
    with serving(bank.tenant):
        with pytest.raises(ValidationError, match="collection of stolen ones") as refusal:
            passwords.check(STOLEN, bank.ada)
        assert refusal.value.code == "breached"
        passwords.check("another sentence that nobody has stolen", bank.ada)
        # Neither what is refused anyway, nor what somebody is typing, is asked about.
        with pytest.raises(ValidationError):
            passwords.check("short", bank.ada)
        passwords.check(STOLEN, bank.ada, with_earlier=False)
    digest = hashlib.sha1(STOLEN.encode()).hexdigest().upper()  # noqa: S324 - as above
    assert service.asked[0][0] == f"/range/{digest[:5]}"
    assert len(service.asked) == 2
    told = json.dumps(service.asked)
    assert digest[5:] not in told
    assert STOLEN not in told
    assert service.asked[0][1]["Add-Padding"] == "true"


def test_padding_is_no_find(service: type[Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "answers", service.answers.replace(":42", ":0"))
    assert not is_breached(STOLEN)


@pytest.mark.parametrize("answers", ["busy", "elsewhere", "ÿ", "x" * (1024 * 1024 + 1)])
def test_a_service_that_fails_is_told_once_an_hour_and_nobody_waits(
    service: type[Service],
    answers: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "answers", answers)
    with caplog.at_level(logging.WARNING):
        assert not is_breached(STOLEN)
        assert not is_breached(STOLEN)
    (record,) = caplog.records
    assert "does not answer" in record.getMessage()
    assert STOLEN not in record.getMessage()
    monkeypatch.setattr(breaches, "TOLD_EVERY", 0.0)
    is_breached(STOLEN)
    assert len(caplog.records) == 2


def test_a_service_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_BREACH_SERVICE", "http://127.0.0.1:9/")
    monkeypatch.setattr(breaches, "_told_at", [])
    assert not is_breached(STOLEN)


def test_without_a_service_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(breaches, "_ask")
    assert not is_breached(STOLEN)


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [
        ("", True),
        ("https://api.pwnedpasswords.com/range/", True),
        ("http://127.0.0.1:8080/range/", True),
        ("http://api.pwnedpasswords.com/range/", False),
        ("https://api.pwnedpasswords.com/range", False),
        ("https://a.example/?q=", False),
        ("file:///etc/passwd/", False),
    ],
)
def test_the_service_is_asked_over_an_encrypted_line(
    value: str, is_taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIEGEL_BREACH_SERVICE", value)
    if is_taken:
        assert module._service("SIEGEL_BREACH_SERVICE") == value
    else:
        with pytest.raises(ImproperlyConfigured, match="https://…/"):
            module._service("SIEGEL_BREACH_SERVICE")
