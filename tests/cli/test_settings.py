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
