"""`make soak`: the long forms. The last result is kept in docs/measured/soak.md."""

import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.crash import SENDERS, Count, crash
from benchmarks.installations import create_tenants, installation
from benchmarks.pairs import MEASURED

TENANTS = 1000
THREADS = 8
KEPT = 64
SECONDS = 30


def open_files() -> dict[str, int]:
    """A thousand tenants visited at random by eight threads; the most files open at once."""
    with installation(connections_per_thread=KEPT):
        from django.db import connections

        from siegel.conversations.models import Contact
        from siegel.tenancy.context import serving

        tenants: list[Any] = create_tenants(TENANTS)[0]
        connections.close_all()  # This thread's, which has made them.
        end = time.monotonic() + SECONDS
        visits = [0] * THREADS

        def visit(number: int) -> None:
            while time.monotonic() < end:
                with serving(random.choice(tenants)):  # noqa: S311 - which one is left to chance
                    Contact.objects.count()
                visits[number] += 1
            connections.close_all()

        threads = [threading.Thread(target=visit, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        most = 0
        with click.progressbar(length=SECONDS, label="  visiting") as bar:
            while any(thread.is_alive() for thread in threads):
                most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - a number only
                time.sleep(0.5)
                bar.update(1)
        return {"visits": sum(visits), "most_open": most, "bound": THREADS * KEPT * 3 + 100}


def killed() -> Count:
    """Ten thousand acknowledged messages over five rounds of kill -9."""
    with tempfile.TemporaryDirectory() as folder:
        return crash(Path(folder), rounds=5, acknowledged=10_000)


def main() -> None:
    """Run both, write what was found, and exit 1 if anything is not as promised."""
    print("kill -9 under load", flush=True)
    count = killed()
    print("open files over 1,000 tenants", flush=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        files = pool.apply(open_files)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    holds = "holds" if count.trail_holds else "does NOT hold"
    crashes = (
        f"- kill -9 under load, 5 rounds, {SENDERS} senders: {count.acknowledged} acknowledged, "
        f"{count.lost} lost, {count.twice} twice, {count.gaps} conversations with gaps, "
        f"the trail {holds}."
    )
    visits = (
        f"- {TENANTS} tenants visited {files['visits']} times at random by {THREADS} threads that "
        f"keep {KEPT} connections each: at most {files['most_open']} open files "
        f"(bound {files['bound']})."
    )
    lines = ["# Soak", "", f"Last run: {when}, by `make soak`.", "", crashes, visits, ""]
    MEASURED.mkdir(parents=True, exist_ok=True)
    (MEASURED / "soak.md").write_text("\n".join(lines))
    print("\n".join(lines))
    sys.exit(0 if count.is_sound() and files["most_open"] <= files["bound"] else 1)


if __name__ == "__main__":
    main()
