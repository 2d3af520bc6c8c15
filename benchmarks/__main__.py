"""`make bench`: every promised number; arguments choose, by the names in ALL."""

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from benchmarks import (
    controls,
    desk,
    evidence,
    files,
    identity,
    keys_rotation,
    live_desks,
    messages,
    tenants,
)
from benchmarks.pairs import Result, Verdict

ALL: dict[str, Callable[[], list[Result]]] = {
    "messages": messages.run,
    "tenants": tenants.run,
    "files": files.run,
    "evidence": evidence.run,
    "controls": controls.run,
    "keys-rotation": keys_rotation.run,
    "desk": desk.run,
    "live-desks": live_desks.run,
    "identity": identity.run,
}


def main() -> None:
    """Run each in a process of its own; exit 1 if a target is missed, 2 if it is too noisy."""
    chosen = sys.argv[1:] or list(ALL)
    results: list[Result] = []
    for name in chosen:
        print(f"\n{name}", flush=True)
        # Not a multiprocessing.Pool: what it runs may not start processes of its own.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            results += pool.submit(ALL[name]).result()
    print("\nSummary")
    for result in results:
        print(result.told())
    verdicts = {Verdict[result.verdict.upper()] for result in results}
    sys.exit(1 if Verdict.MISSED in verdicts else max(verdicts))


if __name__ == "__main__":
    main()
