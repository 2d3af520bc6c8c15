"""Viruses are looked for by clamd: the file is streamed to it (`INSTREAM`, see clamd(8)).

Only two answers count, "clean" and "found". Whatever else happens is ScannerUnavailable, so that
a file nobody has looked at is never taken for a clean one. What clamd says comes from outside: it
is read up to a limit and never becomes part of a reason.
"""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

CONNECT_SECONDS = 5.0
# For each chunk to be taken, and for the whole answer after the last one.
SILENCE_SECONDS = 30.0
CHUNK_BYTES = 256 * 1024
ANSWER_BYTES = 1024
SIGNATURE_CHARACTERS = 100

_FOUND = re.compile(rb"stream: (.+) FOUND", re.DOTALL)
# With AlertExceedsMax on, what clamd has not looked into is not called clean.
_LIMITS = re.compile(rb"stream: Heuristics\.Limits\.Exceeded")
_VERSION = re.compile(rb"ClamAV [ -~]+")
_TOO_LONG = b"INSTREAM size limit exceeded. ERROR"


class ScannerUnavailable(Exception):
    """The file was not scanned; the text says why, for the operator, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of a file; when `scanner` is no longer its version, it is outdated."""

    infected: bool
    signature: str
    scanner: str


def is_configured() -> bool:
    """Whether the installation names a scanner; without one, files are "not scanned"."""
    return bool(settings.SIEGEL_CLAMD)


def scanner_version() -> str:
    """The line with the versions of clamd and its signatures; raises ScannerUnavailable."""
    with _connected() as connection:
        _tell(connection, b"zVERSION\0")
        answer = _answer(connection)
    if not _VERSION.fullmatch(answer):
        raise ScannerUnavailable("clamd does not tell its version. Is EnableVersionCommand off?")
    return answer.decode("ascii")


def scan(file: BinaryIO) -> Verdict:
    """Stream a file to clamd from where it stands, in chunks of 256 KiB that are not kept.

    Raises ScannerUnavailable, and whatever reading the file raises.
    """
    # Asked before: signatures that change meanwhile make the verdict look older, never newer.
    scanner = scanner_version()
    sent = 0
    with _connected() as connection:
        _tell(connection, b"zINSTREAM\0")
        while chunk := file.read(CHUNK_BYTES):
            _tell(connection, len(chunk).to_bytes(4, "big") + chunk)
            sent += len(chunk)
        _tell(connection, bytes(4))
        answer = _answer(connection)
    if not sent:
        # Whoever read the file before has left it at its end, and nothing at all is clean.
        raise ScannerUnavailable("Nothing of the file was left to be scanned.")
    if answer == b"stream: OK":
        return Verdict(infected=False, signature="", scanner=scanner)
    if _LIMITS.match(answer):
        raise ScannerUnavailable(
            "clamd does not look into a file of this size: raise MaxFileSize and MaxScanSize."
        )
    if found := _FOUND.fullmatch(answer):
        return Verdict(infected=True, signature=_shown(found[1]), scanner=scanner)
    raise _not_scanned(answer)


@contextmanager
def _connected() -> Iterator[socket.socket]:
    """A new connection: a scanner that was restarted has forgotten the old ones."""
    if not is_configured():
        raise ScannerUnavailable("No scanner is configured: SIEGEL_CLAMD is empty.")
    try:
        connection = _connect(settings.SIEGEL_CLAMD)
    # A host name that cannot be encoded is no OSError.
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ScannerUnavailable(
            f"clamd cannot be reached at {settings.SIEGEL_CLAMD}: {why}."
        ) from error
    with connection:
        yield connection


def _connect(address: str) -> socket.socket:
    kind, _, place = address.partition(":")
    if kind == "tcp":
        host, _, port = place.rpartition(":")
        return socket.create_connection((host, int(port)), CONNECT_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _tell(connection: socket.socket, data: bytes) -> None:
    connection.settimeout(SILENCE_SECONDS)
    try:
        connection.sendall(data)
    except TimeoutError as error:
        raise ScannerUnavailable(
            f"clamd stopped taking the file for {SILENCE_SECONDS:g} seconds."
        ) from error
    except OSError as error:
        # It hangs up on a file that is too long, and has said so before. Nothing else that it may
        # have said is a verdict: it has not seen the end.
        raise _not_scanned(_answer(connection)) from error


def _answer(connection: socket.socket) -> bytes:
    """What clamd says up to the zero byte that ends it."""
    end = time.monotonic() + SILENCE_SECONDS
    said = b""
    try:
        while not said.endswith(b"\0"):
            # One deadline for all of it: an answer in drops would otherwise take hours.
            connection.settimeout(max(end - time.monotonic(), 0.001))
            part = connection.recv(ANSWER_BYTES)
            said += part
            if not part:
                raise ScannerUnavailable("clamd hung up before it had answered.")
            if len(said) > ANSWER_BYTES:
                raise ScannerUnavailable("What answers is not clamd: it says too much.")
    except TimeoutError as error:
        raise ScannerUnavailable(
            f"clamd did not answer within {SILENCE_SECONDS:g} seconds. Is its MaxScanTime longer?"
        ) from error
    except OSError as error:
        raise ScannerUnavailable("clamd hung up before it had answered.") from error
    return said[:-1]


def _not_scanned(answer: bytes) -> ScannerUnavailable:
    if answer == _TOO_LONG:
        return ScannerUnavailable(
            "The file is longer than clamd accepts. Raise StreamMaxLength in clamd.conf."
        )
    return ScannerUnavailable("clamd could not scan the file. Its log says why.")


def _shown(signature: bytes) -> str:
    """A name of a signature, reduced to printable ASCII of bounded length."""
    return re.sub(rb"[^ -~]", b"", signature)[:SIGNATURE_CHARACTERS].decode("ascii")
