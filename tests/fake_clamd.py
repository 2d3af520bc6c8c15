"""Something that speaks clamd's protocol, or breaks it, in a thread."""

import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings

VERSION = b"ClamAV 1.4.6/27000/Thu Jan  1 00:00:00 2026"
# Gets the connection after the command; whatever it leaves open is closed after it.
Behaviour = Callable[[socket.socket], object]


def read_stream(connection: socket.socket) -> bytes:
    """All chunks up to the empty one."""
    file = connection.makefile("rb")
    stream = b""
    while length := int.from_bytes(file.read(4), "big"):
        stream += file.read(length)
    return stream


def answers(text: bytes) -> Behaviour:
    """Read everything, then say this."""

    def behave(connection: socket.socket) -> None:
        read_stream(connection)
        connection.sendall(text)

    return behave


@contextmanager
def fake_clamd(
    scanning: Behaviour = answers(b"stream: OK\0"),  # noqa: B008 - a function without state
    version: Behaviour | None = None,
    family: int = socket.AF_UNIX,
) -> Iterator[str]:
    """Serve INSTREAM and VERSION with these behaviours, and name the server in SIEGEL_CLAMD."""
    tells = version or (lambda connection: connection.sendall(VERSION + b"\0"))
    with (
        tempfile.TemporaryDirectory(prefix="fake-clamd-") as folder,
        socket.socket(family) as server,
    ):
        if family == socket.AF_UNIX:
            path = Path(folder, "s")
            server.bind(os.fspath(path))
            address = f"unix:{path}"
        else:
            server.bind(("127.0.0.1", 0))
            address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        server.listen()
        thread = threading.Thread(target=_serve, args=(server, scanning, tells))
        thread.start()
        try:
            with override_settings(SIEGEL_CLAMD=address):
                yield address
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def _serve(server: socket.socket, scanning: Behaviour, version: Behaviour) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return  # shut down
        # The client may have left; that is what some tests are about.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            # No further than the command: the stream is for the behaviour.
            command = b""
            while byte := connection.recv(1).strip(b"\0"):
                command += byte
            {b"zINSTREAM": scanning, b"zVERSION": version}[command](connection)
