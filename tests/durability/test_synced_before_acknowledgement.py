"""Between a message and its acknowledgement the tenant's log is synced: shown by system calls.

A kill -9 does not show it, because the page cache survives the process.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.clients import begin
from tests.journeys.demo_process import ROOT

MESSAGES = 5
SENT = re.compile(r'\\"type\\":\\"sent\\"')

pytestmark = [
    pytest.mark.strace,
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace"),
]


async def _talk(facts: dict[str, object]) -> None:
    visitor = begin(facts)
    socket = await visitor.socket()
    for number in range(MESSAGES):
        socket.say(visitor.message(f"message {number}"))
        await socket.hear_of("sent")
    socket.close()


def syncs_before_acknowledgements(folder: Path, synchronous: str) -> list[int]:
    """How many syncs of the tenant's log were completed before each acknowledgement was written.

    Counted from the acknowledgement before it; between two of them lies one message.
    """
    trace = folder / f"trace-{synchronous}"
    command: list[str | Path] = [
        "strace", "-f", "-y", "-s", "200", "-o", trace,
        "-e", "trace=fsync,fdatasync,write,writev,sendto,sendmsg",
        sys.executable, "-m", "tests.durability.launcher", synchronous,
        "--json", "--port", "0", "--data", folder / f"data-{synchronous}",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={k: v for k, v in os.environ.items() if not k.startswith(("SIEGEL_", "COVERAGE"))},
    )
    try:
        assert process.stdout is not None
        asyncio.run(_talk(json.loads(process.stdout.readline())))
    finally:
        # The whole group: strace alone would leave the traced process running.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    counts, syncs = [], 0
    waiting: set[str] = set()
    for line in trace.read_text(errors="replace").splitlines():
        thread = line.split(maxsplit=1)[0]
        is_log = "tenant.sqlite3-wal>" in line
        if is_log and "sync(" in line:
            if "unfinished" in line:
                waiting.add(thread)
            elif line.endswith("= 0"):
                syncs += 1
        elif "sync resumed" in line and thread in waiting:
            waiting.discard(thread)
            syncs += 1
        elif SENT.search(line):
            counts.append(syncs)
            syncs = 0
    return counts


def every_message_was_synced(counts: list[int]) -> bool:
    return len(counts) == MESSAGES and all(count >= 1 for count in counts)


def test_the_log_is_synced_before_each_acknowledgement(tmp_path: Path) -> None:
    counts = syncs_before_acknowledgements(tmp_path, "full")
    assert every_message_was_synced(counts), counts


def test_the_same_look_notices_commits_that_do_not_wait(tmp_path: Path) -> None:
    counts = syncs_before_acknowledgements(tmp_path, "off")
    assert len(counts) == MESSAGES
    assert not every_message_was_synced(counts), counts
