"""The mail server: what the doctor says of it, what is told of its refusals, how we sign in."""

import base64
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import override_settings

from siegel.identity.checks import NO_DELIVERY, NO_MAIL, mail_can_be_sent
from siegel.identity.mail_server import code_of, in_short_words
from tests.postfix import SENDER, Authority, needs_postfix, real_postfix

WITHHELD = b"550 no <ada@bank.example>: she reads 'Kredit'"


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, WITHHELD)}),
         "550 recipient refused", 550),
        (smtplib.SMTPSenderRefused(553, WITHHELD, SENDER), "553 sender refused", 553),
        (smtplib.SMTPAuthenticationError(535, WITHHELD), "535 sign-in refused", 535),
        (smtplib.SMTPDataError(554, WITHHELD), "554 refused", 554),
        (smtplib.SMTPNotSupportedError("STARTTLS"),
         "does not offer what is asked for (TLS, sign-in)", 0),
        (ssl.SSLCertVerificationError("x"), "certificate not accepted", 0),
        (ssl.SSLError("x"), "no encrypted connection", 0),
        (ConnectionRefusedError(), "no connection (ConnectionRefusedError)", 0),
        (smtplib.SMTPServerDisconnected("x"), "no connection (SMTPServerDisconnected)", 0),
        (TimeoutError(), "no connection (TimeoutError)", 0),
    ],
)  # fmt: skip
def test_a_refusal_is_told_without_what_the_server_says(
    error: Exception, words: str, code: int
) -> None:
    assert (in_short_words(error), code_of(error)) == (words, code)
    assert len(words) <= 80


def found() -> list[tuple[str | None, str]]:
    return [(one.id, one.msg) for one in mail_can_be_sent()]


def test_the_doctor_says_that_there_is_none() -> None:
    [(identifier, message)] = found()
    assert identifier == NO_MAIL
    assert message.startswith("There is no mail server")


@pytest.mark.postfix
@needs_postfix[1]
def test_the_doctor_connects() -> None:
    with real_postfix() as server:
        with server.used():
            assert found() == []
        with server.used(SIEGEL_SMTP_CA_FILE=None):
            assert found() == [
                (NO_DELIVERY, "The mail server cannot be used: certificate not accepted.")
            ]
        with server.used(SIEGEL_SMTP_PORT=server.port + 1):
            [(identifier, message)] = found()
            assert identifier == NO_DELIVERY
            assert "does not offer" in message


class Submission(threading.Thread):
    """A server with TLS from the start that lets one name in: Postfix alone knows no passwords.

    It speaks as RFC 5321 and RFC 4954 have it, as far as signing in goes.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.authority = Authority(folder, "submission")
        self.said: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.chain)
        self._listening = context.wrap_socket(
            socket.create_server(("127.0.0.1", 0)), server_side=True
        )
        self.port = self._listening.getsockname()[1]

    def run(self) -> None:
        connection, _ = self._listening.accept()
        with connection, self._listening, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 here\r\n")
            for line in lines:
                self.said.append(line.decode().strip())
                lines.write(self._answer(self.said[-1]))

    def _answer(self, said: str) -> bytes:
        if said.startswith("ehlo"):
            return b"250-here\r\n250 AUTH PLAIN\r\n"
        if said.startswith("AUTH PLAIN"):
            given = base64.b64decode(said.split()[2])
            return b"235 in\r\n" if given == b"\0siegel\0a secret" else b"535 not you\r\n"
        return b"221 bye\r\n"


@contextmanager
def submission(folder: Path, password: str) -> Iterator[Submission]:
    server = Submission(folder)
    server.start()
    (folder / "password").write_text(f"{password}\n")
    with override_settings(
        SIEGEL_SMTP_HOST="localhost",
        SIEGEL_SMTP_PORT=server.port,
        SIEGEL_SMTP_TLS="implicit",
        SIEGEL_SMTP_FROM=SENDER,
        SIEGEL_SMTP_CA_FILE=server.authority.file,
        SIEGEL_SMTP_USER="siegel",
        SIEGEL_SMTP_PASSWORD_FILE=folder / "password",
    ):
        yield server
    server.join(5)


def test_the_doctor_signs_in(tmp_path: Path) -> None:
    with submission(tmp_path, "a secret") as server:
        assert found() == []
    assert server.said[-1] == "quit"


def test_the_doctor_says_that_it_is_not_let_in(tmp_path: Path) -> None:
    with submission(tmp_path, "another") as server:
        assert found() == [(NO_DELIVERY, "The mail server cannot be used: 535 sign-in refused.")]
    assert "another" not in str(server.said)


def test_a_password_file_that_is_gone_is_no_crash(tmp_path: Path) -> None:
    with override_settings(
        SIEGEL_SMTP_HOST="localhost",
        SIEGEL_SMTP_USER="siegel",
        SIEGEL_SMTP_PASSWORD_FILE=tmp_path / "gone",
    ):
        assert found() == [
            (NO_DELIVERY, "The mail server cannot be used: no connection (FileNotFoundError).")
        ]
