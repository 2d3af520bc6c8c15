"""A real clamd with a few signatures of our own; nothing is downloaded, no other clamd is touched.

with real_clamd() as scanner:  # SIEGEL_CLAMD names it while the block lasts
    ...
"""

import contextlib
import hashlib
import io
import random
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import override_settings

# The test virus of EICAR in two halves, so that no scanner takes this file away.
EICAR = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"))
EICAR_FILE, EICAR_ANYWHERE = "Siegel.Test.EicarFile", "Siegel.Test.Eicar"

needs_clamd = [
    pytest.mark.clamd,
    pytest.mark.skipif(shutil.which("clamd") is None, reason="needs clamav-daemon"),
]


class Clamd:
    """A running clamd. `unix` and `tcp` are addresses as SIEGEL_CLAMD takes them."""

    def __init__(self, folder: Path, stream_max: str) -> None:
        self.folder = folder
        self.socket = folder / "clamd.ctl"
        self.stream_max = stream_max
        self.signatures_version = 0
        self.bodies = {EICAR_ANYWHERE: EICAR}
        (folder / "signatures").mkdir()
        self._write_signatures()
        self.start()

    @property
    def unix(self) -> str:
        return f"unix:{self.socket}"

    @property
    def tcp(self) -> str:
        return f"tcp:127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, also after stop(); on another port, if somebody else took ours."""
        for _ in range(5):
            # Below those that the system gives to others.
            self.port = random.randint(20_000, 30_000)  # noqa: S311 - nobody has to guess it
            self._configure()
            self.process = subprocess.Popen(
                ["clamd", "--config-file", self.folder / "clamd.conf"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            with contextlib.suppress(TimeoutError):
                return self._wait_for(lambda: b"ClamAV" in self.ask("VERSION"))
            self.stop()
        raise RuntimeError((self.folder / "clamd.log").read_text())

    def stop(self) -> None:
        """End it like a machine that loses its power."""
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)

    def add_signature(self, name: str, body: bytes) -> None:
        """Find files with this body from now on; the line of versions becomes another."""
        self.bodies[name] = body
        self._write_signatures()
        self.ask("RELOAD")
        self._wait_for(lambda: f"/{self.signatures_version}/".encode() in self.ask("VERSION"))

    def ask(self, command: str) -> bytes:
        """The answer to a command without arguments."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.socket))
            connection.sendall(f"z{command}\0".encode())
            return connection.recv(1024)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if condition():
                    return
            time.sleep(0.01)
        raise TimeoutError

    def _configure(self) -> None:
        lines = {
            "DatabaseDirectory": self.folder / "signatures",
            "LocalSocket": self.socket,
            "TCPSocket": self.port,
            "TCPAddr": "127.0.0.1",
            "TemporaryDirectory": self.folder,
            "LogFile": self.folder / "clamd.log",
            "StreamMaxLength": self.stream_max,
            "MaxThreads": 2,
            "Foreground": "yes",
        }
        text = "".join(f"{key} {value}\n" for key, value in lines.items())
        (self.folder / "clamd.conf").write_text(text)

    def _write_signatures(self) -> None:
        """Write `daily.cud`: only a database of that name has a version that clamd tells.

        A header of 512 bytes, then a tar archive whose first member repeats the header and names
        the others with their hashes. The ending .cud says that nobody signed it.
        """
        self.signatures_version += 1
        now = int(time.time())
        header = f"ClamAV-VDB:now:{self.signatures_version}:{len(self.bodies)}:90:X:X:tests:{now}"
        members = {
            "daily.hdb": f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:{EICAR_FILE}\n",  # noqa: S324 - clamd's format
            "daily.ndb": "".join(
                f"{name}:0:*:{body.hex()}\n" for name, body in self.bodies.items()
            ),
        }
        listed = "".join(
            f"{name}:{len(text)}:{hashlib.sha256(text.encode()).hexdigest()}\n"
            for name, text in members.items()
        )
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, text in [("daily.info", f"{header}\n{listed}"), *members.items()]:
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        # clamd may be looking: it sees the old one or the new one.
        written = self.folder / "daily.new"
        written.write_bytes(header.encode().ljust(512) + packed.getvalue())
        written.rename(self.folder / "signatures" / "daily.cud")


@contextmanager
def real_clamd(stream_max: str = "200M") -> Iterator[Clamd]:
    """Start clamd, which takes a tenth of a second, and name it in SIEGEL_CLAMD."""
    # The path of a socket has at most 107 bytes, fewer than pytest's folders may have.
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        scanner = Clamd(Path(folder), stream_max)
        try:
            with override_settings(SIEGEL_CLAMD=scanner.unix):
                yield scanner
        finally:
            scanner.stop()
