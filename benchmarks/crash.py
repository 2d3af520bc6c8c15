"""kill -9 under load, again and again: nothing acknowledged is lost, doubled, or out of number.

The ledger is written by the client, and only after the acknowledgement.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clients import RawSocket, Visitor, begin
from benchmarks.processes import siegel, untouched_environment

SENDERS = 8


@dataclass(frozen=True)
class Count:
    """What was found after the last kill."""

    acknowledged: int
    lost: int
    twice: int
    gaps: int
    trail_holds: bool

    def is_sound(self) -> bool:
        return not (self.lost or self.twice or self.gaps) and self.trail_holds


def crash(folder: Path, *, rounds: int, acknowledged: int) -> Count:
    """Kill a server so many times under load, until so many messages are acknowledged in all."""
    ledger: set[str] = set()
    for number in range(rounds):
        wanted = acknowledged * (number + 1) // rounds
        with siegel(folder / "data") as facts:
            asyncio.run(_load_until(facts, ledger, wanted))
        print(f"  round {number + 1}/{rounds}: {len(ledger)} acknowledged, killed", flush=True)
    return _count(folder, ledger)


async def _load_until(facts: dict[str, Any], ledger: set[str], wanted: int) -> None:
    """Send from eight sockets without pause; kill the process while they do."""
    visitors = [begin(facts) for _ in range(SENDERS)]
    sockets = [await visitor.socket() for visitor in visitors]
    senders = [
        asyncio.create_task(_send(socket, visitor, ledger))
        for socket, visitor in zip(sockets, visitors, strict=True)
    ]
    while len(ledger) < wanted:  # noqa: ASYNC110 - the senders do not know each other
        await asyncio.sleep(0.01)
    await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - when exactly is left to chance
    os.kill(facts["pid"], 9)
    for sender in senders:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await sender
    for socket in sockets:
        socket.close()


async def _send(socket: RawSocket, visitor: Visitor, ledger: set[str]) -> None:
    while True:
        frame = visitor.message(f"message {uuid.uuid4()}")
        socket.say(frame)
        sent = await socket.hear_of("sent")
        ledger.add(sent["key"])


def _count(folder: Path, ledger: set[str]) -> Count:
    """Look into the database in a process of its own, as the next start would."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.crash_count"],
        input=json.dumps(sorted(ledger)),
        env=untouched_environment()
        | {"SIEGEL_DATA": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "siegel.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return Count(**json.loads(answer.stdout))
