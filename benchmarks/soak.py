"""`make soak`: the long forms. The last result is kept in docs/measured/soak.md."""

import multiprocessing
import os
import random
import resource
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
PEOPLE, LISTED, LIST_MB = 100_000, 10_000_000, 200


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


def taken_over() -> dict[str, float]:
    """A hundred thousand people imported, and a list of ten million passwords made searchable."""
    with installation(connections_per_thread=KEPT) as folder:
        from benchmarks.identity import line_of
        from siegel.identity.blocklist_file import build, holds
        from siegel.identity.people_import import import_people
        from siegel.tenancy.context import serving

        (tenant,), _ = create_tenants(1)
        began = time.monotonic()
        with serving(tenant):  # type: ignore[arg-type] # of the harness
            outcome = import_people(map(line_of, range(PEOPLE)), is_rehearsal=False)
        took = time.monotonic() - began
        listed = folder / "list.txt"
        with listed.open("w") as lines:
            lines.writelines(f"password number {number}\n" for number in range(LISTED))
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        build(listed)
        built = time.monotonic() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        is_found = holds(listed, f"password number {LISTED - 1}")
        return {
            "created": outcome.created,
            "seconds": took,
            "built": built,
            "grown": grown,
            "found": is_found,
        }


def main() -> None:
    """Run all, write what was found, and exit 1 if anything is not as promised."""
    print("kill -9 under load", flush=True)
    count = killed()
    print("open files over 1,000 tenants", flush=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        files = pool.apply(open_files)
    print("100,000 people, ten million passwords", flush=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        taken = pool.apply(taken_over)
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
    people = (
        f"- {taken['created']:,.0f} people imported in {taken['seconds']:.0f} s; a list of "
        f"{LISTED:,} passwords indexed in {taken['built']:.0f} s with {taken['grown']:.0f} MB more "
        "memory."
    )
    is_taken = taken["created"] == PEOPLE and bool(taken["found"]) and taken["grown"] < LIST_MB
    lines = ["# Soak", "", f"Last run: {when}, by `make soak`.", "", crashes, visits, people, ""]
    MEASURED.mkdir(parents=True, exist_ok=True)
    (MEASURED / "soak.md").write_text("\n".join(lines))
    print("\n".join(lines))
    is_bounded = files["most_open"] <= files["bound"]
    sys.exit(0 if count.is_sound() and is_bounded and is_taken else 1)


if __name__ == "__main__":
    main()
