"""A scanner that is absent, hangs, dies or talks nonsense blocks the file, and its reason is told.

Against servers of our own, so it also runs where no clamd is installed.
"""

import io
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from siegel.files import clamd
from siegel.files.clamd import ScannerUnavailable, is_configured, scan, scanner_version
from tests.fake_clamd import VERSION, answers, fake_clamd, read_stream

SECRET = b"IBAN DE02 1203 0000 0000 2020 51 "
CONTENT = SECRET * 40_000  # 1.3 MB: more than the buffers of a socket hold.
FAMILIES = pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET], ids=["unix", "tcp"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "CONNECT_SECONDS", 0.1)
    # Enough for a server that works, on a machine that has much to do.
    monkeypatch.setattr(clamd, "SILENCE_SECONDS", 1)


@pytest.fixture
def end_of_test() -> Iterator[threading.Event]:
    """Lets servers hang until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def refusal(content: bytes = CONTENT) -> str:
    """Why a scan was impossible; neither this nor what led to it holds anything of the file."""
    started = time.monotonic()
    with pytest.raises(ScannerUnavailable) as raised:
        scan(io.BytesIO(content))
    assert time.monotonic() - started < 5
    assert "IBAN" not in "".join(traceback.format_exception(raised.value, chain=True))
    return str(raised.value)


@FAMILIES
def test_what_is_streamed_is_the_file(family: int) -> None:
    streamed = []

    def keep(connection: socket.socket) -> None:
        streamed.append(read_stream(connection))
        connection.sendall(b"stream: OK\0")

    with fake_clamd(keep, family=family):
        verdict = scan(io.BytesIO(CONTENT))
    assert streamed == [CONTENT]
    assert (verdict.infected, verdict.scanner) == (False, VERSION.decode())


def test_an_answer_may_come_in_pieces() -> None:
    def behave(connection: socket.socket) -> None:
        read_stream(connection)
        for piece in (b"stream", b": Virus FO", b"UND", b"\0"):
            connection.sendall(piece)
            time.sleep(0.02)

    with fake_clamd(behave):
        assert scan(io.BytesIO(CONTENT)).signature == "Virus"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (b"Win.Test-1(44d88612:68)", "Win.Test-1(44d88612:68)"),
        (b"<b>\x1b[31mVir\xc3\xbcs\r\n</b>", "<b>[31mVirs</b>"),
        (b"V" * 500, "V" * 100),
        (b"\xff", ""),
        (b"OK", "OK"),
    ],
)
def test_a_name_of_a_virus_is_short_and_printable(named: bytes, shown: str) -> None:
    with fake_clamd(answers(b"stream: " + named + b" FOUND\0")):
        verdict = scan(io.BytesIO(CONTENT))
    assert (verdict.infected, verdict.signature) == (True, shown)


def test_without_a_scanner_nothing_is_scanned() -> None:
    with override_settings(SIEGEL_CLAMD=""):
        assert not is_configured()
        assert "SIEGEL_CLAMD is empty" in refusal()


def test_a_missing_socket(tmp_path: Path) -> None:
    with override_settings(SIEGEL_CLAMD=f"unix:{tmp_path}/gone"):
        assert is_configured()
        assert f"{tmp_path}/gone: No such file or directory" in refusal()


def test_a_refused_connection() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{deaf.getsockname()[1]}"
        with override_settings(SIEGEL_CLAMD=address):
            assert f"{address}: Connection refused" in refusal()


@pytest.mark.parametrize("host", ["a..b", "a" * 64])
def test_a_host_name_that_cannot_be_one(host: str) -> None:
    with override_settings(SIEGEL_CLAMD=f"tcp:{host}:3310"):
        assert f"clamd cannot be reached at tcp:{host}:3310" in refusal()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_accepts_nobody() -> None:
    with fake_clamd() as address, socket.socket(socket.AF_UNIX) as full:
        path = address.removeprefix("unix:") + "-full"
        full.bind(path)
        full.listen(0)
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.connect(path)
            with override_settings(SIEGEL_CLAMD=f"unix:{path}"):
                assert "clamd cannot be reached" in refusal()


@FAMILIES
@pytest.mark.usefixtures("impatient")
def test_a_server_that_hangs_before_it_has_read(family: int, end_of_test: threading.Event) -> None:
    with fake_clamd(lambda _: end_of_test.wait(20), family=family):
        # More than all buffers between the two hold.
        reason = refusal(SECRET * 1_000_000)
        end_of_test.set()
    assert reason == "clamd stopped taking the file for 1 seconds."


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_answers(end_of_test: threading.Event) -> None:
    def behave(connection: socket.socket) -> None:
        read_stream(connection)
        end_of_test.wait(20)

    with fake_clamd(behave):
        reason = refusal()
        end_of_test.set()
    assert "did not answer within 1 seconds" in reason


@pytest.mark.usefixtures("impatient")
def test_a_server_that_answers_in_drops() -> None:
    def behave(connection: socket.socket) -> None:
        read_stream(connection)
        for drop in b"stream: OK":
            connection.sendall(bytes([drop]))
            time.sleep(0.3)

    with fake_clamd(behave):
        assert "did not answer within 1 seconds" in refusal()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_reads_in_drops(end_of_test: threading.Event) -> None:
    def behave(connection: socket.socket) -> None:
        while not end_of_test.wait(0.02):
            connection.recv(100)

    with fake_clamd(behave):
        reason = refusal()
        end_of_test.set()
    assert "stopped taking the file" in reason


@FAMILIES
@pytest.mark.parametrize("taken", [0, 1, 300_000])
def test_a_server_that_dies_while_it_reads(family: int, taken: int) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(taken)

    with fake_clamd(behave, family=family):
        assert refusal() == "clamd hung up before it had answered."


def test_a_server_that_dies_before_it_answers() -> None:
    with fake_clamd(read_stream):
        assert refusal() == "clamd hung up before it had answered."


@pytest.mark.parametrize("said", [b"stream: OK\0", b"stream: Virus FOUND\0", b"stream: OK"])
def test_no_verdict_counts_before_the_end_of_the_file(said: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with fake_clamd(behave):
        assert refusal() in {
            "clamd could not scan the file. Its log says why.",
            "clamd hung up before it had answered.",
        }


def test_a_file_that_is_too_long_names_the_setting() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")

    with fake_clamd(behave):
        assert "Raise StreamMaxLength in clamd.conf" in refusal()


@pytest.mark.parametrize(
    "said",
    [
        b"\0",
        b"OK\0",
        b"stream: ok\0",
        b"stream: OK \0",
        b" stream: OK\0",
        b"stream: OK\n\0",
        b"stream: OK\0stream: OK\0",
        b"stream: FOUND\0",
        b"stream:  FOUND\0",
        b"stream: Virus FOUND \0",
        b"1: stream: OK\0",
        b"stream: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"HTTP/1.1 200 OK\r\n\r\n\0",
        "strëam: OK\0".encode(),
        "stream: OK\0".encode("utf-16"),
        bytes(range(255, -1, -1)),
        SECRET + b"\0",  # It repeats what it was sent.
    ],
)
def test_nonsense_is_no_verdict(said: bytes) -> None:
    with fake_clamd(answers(said)):
        assert refusal() == "clamd could not scan the file. Its log says why."


@pytest.mark.parametrize("said", [b"", b"stream: OK", b"stream: OK\0 and"])
def test_half_an_answer_is_no_verdict(said: bytes) -> None:
    with fake_clamd(answers(said)):
        assert refusal() == "clamd hung up before it had answered."


@pytest.mark.parametrize(
    "said", [b"stream: OK" * 1_000_000, b"stream: " + b"V" * 1100 + b" FOUND\0"]
)
def test_an_endless_answer_is_not_read_to_its_end(said: bytes) -> None:
    with fake_clamd(answers(said)):
        assert "says too much" in refusal()


@pytest.mark.parametrize(
    "said",
    [
        b"\0",
        b"ClamAV\0",
        b"COMMAND UNAVAILABLE\0",
        b"ClamAV 1.4.6\n\0",
        "ClamAV 1.4.6/ü\0".encode(),
        b"SSH-2.0-OpenSSH_9.2\0",
    ],
)
def test_a_version_that_is_none(said: bytes) -> None:
    with fake_clamd(version=lambda connection: connection.sendall(said)):
        assert "does not tell its version" in refusal()
        with pytest.raises(ScannerUnavailable, match="EnableVersionCommand"):
            scanner_version()


def test_a_server_that_hangs_up_on_every_question() -> None:
    with (
        fake_clamd(version=lambda connection: None),
        pytest.raises(ScannerUnavailable, match="hung up"),
    ):
        scanner_version()


def test_signatures_that_change_during_a_scan_make_the_verdict_outdated() -> None:
    said = [b"ClamAV 1.4.6/1/today\0", b"ClamAV 1.4.6/2/today\0"]
    with fake_clamd(version=lambda connection: connection.sendall(said.pop(0))):
        assert scan(io.BytesIO(CONTENT)).scanner != scanner_version()


def test_what_clamd_has_not_looked_into_is_neither_clean_nor_infected() -> None:
    with fake_clamd(answers(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0")):
        assert "MaxFileSize" in refusal()
