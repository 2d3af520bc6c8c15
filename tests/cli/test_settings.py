"""Settings come from the environment, strictly."""

import os
import subprocess
import sys

import pytest


def load(
    shown: str = "s.SIEGEL_THREADS, s.SIEGEL_KEYS", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import siegel.settings as s; print({shown})"],
        env={k: v for k, v in os.environ.items() if not k.startswith("SIEGEL_")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_keys_lie_beside_the_data_by_default() -> None:
    assert load(SIEGEL_DATA="/srv/siegel").stdout == "4 /srv/siegel-keys\n"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "٣"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    loaded = load(SIEGEL_THREADS=value)
    assert loaded.returncode != 0
    assert "SIEGEL_THREADS must be a whole number" in loaded.stderr


def test_a_number_is_taken() -> None:
    assert load(SIEGEL_THREADS="7").stdout.startswith("7 ")


@pytest.mark.parametrize(
    "value",
    [
        "clamd",
        "unix:",
        "unix:run/clamd.ctl",
        "unix:/run/clamd.ctl\n",
        "/run/clamd.ctl",
        "tcp:",
        "tcp:3310",
        "tcp::3310",
        "tcp:scanner:0",
        "tcp:scanner:65536",
        "tcp:scanner:٣",
        "tcp:scanner:3310 ",
        "tcp:scan ner:3310",
        "TCP:scanner:3310",
        "http://scanner:3310",
    ],
)
def test_a_scanner_that_is_none_is_refused(value: str) -> None:
    loaded = load(SIEGEL_CLAMD=value)
    assert loaded.returncode != 0
    assert "SIEGEL_CLAMD must be empty, unix:/absolute/path or tcp:host:port" in loaded.stderr


@pytest.mark.parametrize("value", ["", "unix:/run/clamav/clamd.ctl", "tcp:scanner.internal:65535"])
def test_a_scanner_is_taken(value: str) -> None:
    loaded = load("s.SIEGEL_CLAMD", SIEGEL_CLAMD=value)
    assert loaded.stdout == f"{value}\n", loaded.stderr


@pytest.mark.parametrize("value", ["JSON", "xml", "json "])
def test_a_form_of_the_log_that_is_none_is_refused(value: str) -> None:
    loaded = load(SIEGEL_LOG_FORMAT=value)
    assert loaded.returncode != 0
    assert "SIEGEL_LOG_FORMAT must be one of json, text" in loaded.stderr


@pytest.mark.parametrize(("value", "found"), [("", "json"), ("json", "json"), ("text", "text")])
def test_a_form_of_the_log_is_taken(value: str, found: str) -> None:
    assert load("s.SIEGEL_LOG_FORMAT", SIEGEL_LOG_FORMAT=value).stdout == f"{found}\n"


MAIL = "s.SIEGEL_SMTP_HOST, s.SIEGEL_SMTP_PORT, s.SIEGEL_SMTP_TLS, s.SIEGEL_SMTP_CA_FILE"
FROM = "siegel@bank.example"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, "587 starttls None"),
        ({"SIEGEL_SMTP_HOST": "mail.example", "SIEGEL_SMTP_FROM": FROM},
         "mail.example 587 starttls None"),
        ({"SIEGEL_SMTP_HOST": "mail.example", "SIEGEL_SMTP_FROM": FROM,
          "SIEGEL_SMTP_TLS": "implicit", "SIEGEL_SMTP_CA_FILE": "/etc/ca.pem"},
         "mail.example 465 implicit /etc/ca.pem"),
        ({"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": FROM, "SIEGEL_SMTP_TLS": "none"},
         "127.0.0.1 25 none None"),
    ],
)  # fmt: skip
def test_a_mail_server_is_taken(given: dict[str, str], taken: str) -> None:
    assert load(MAIL, **given).stdout.strip() == taken


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SIEGEL_SMTP_HOST": "mail.example"}, "SIEGEL_SMTP_HOST needs SIEGEL_SMTP_FROM"),
        ({"SIEGEL_SMTP_HOST": "mail example", "SIEGEL_SMTP_FROM": FROM}, "must be a host's name"),
        ({"SIEGEL_SMTP_HOST": "mail.example", "SIEGEL_SMTP_FROM": FROM, "SIEGEL_SMTP_TLS": "none"},
         "SIEGEL_SMTP_TLS=none is for a mail server on this machine only"),
        ({"SIEGEL_SMTP_HOST": "127.0.0.1.evil.example", "SIEGEL_SMTP_FROM": FROM,
          "SIEGEL_SMTP_TLS": "none"}, "SIEGEL_SMTP_TLS=none is for a mail server on this machine"),
        ({"SIEGEL_SMTP_TLS": "maybe"}, "SIEGEL_SMTP_TLS must be one of starttls, implicit, none"),
        ({"SIEGEL_SMTP_FROM": "siegel"}, "SIEGEL_SMTP_FROM must be an e-mail address"),
        ({"SIEGEL_SMTP_FROM": "a@b\nBcc: c@d"}, "SIEGEL_SMTP_FROM must be an e-mail address"),
    ],
)  # fmt: skip
def test_a_mail_server_that_is_none_or_not_safe_is_refused(
    given: dict[str, str], words: str
) -> None:
    loaded = load(**given)
    assert loaded.returncode != 0
    assert words in loaded.stderr
