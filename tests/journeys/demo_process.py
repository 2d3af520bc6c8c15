"""The demo as a process that can be killed and started again on the same data and port."""

import json
import selectors
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.processes import untouched_environment

READY_SECONDS = 60
ROOT = Path(__file__).parents[2]


class Demo:
    """`python -m demo --json`, as `bin/demo --json` runs it."""

    module = "demo"

    def __init__(self, data: Path, **settings: str) -> None:
        self._data = data
        self._settings = settings
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.facts: dict[str, Any] = {}

    def start(self) -> None:
        """Start and wait until everything answers; a second start finds the port it had."""
        command = [sys.executable, "-m", self.module, "--json", "--port", str(self._port)]
        with (self._data.with_name("demo.log")).open("a") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self._data)],
                cwd=ROOT,
                env=untouched_environment() | self._settings,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.facts = json.loads(self._first_line(self._process))
        self._port = self.facts["port"]

    def tenant(self, slug: str) -> dict[str, Any]:
        """What the demo printed about a tenant."""
        return next(tenant for tenant in self.facts["tenants"] if tenant["slug"] == slug)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        return self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def close(self) -> None:
        """End it, if it still runs."""
        if self._process is not None:
            self.kill()

    @staticmethod
    def _first_line(process: "subprocess.Popen[str]") -> str:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(READY_SECONDS):
                process.kill()
                raise TimeoutError("The demo did not say that it is ready.")
        return process.stdout.readline()
