"""How long every check of the demo takes, canaries included, and an outsider's look at the page."""

import json
import statistics
import subprocess
import sys
import time

from benchmarks.pairs import Result, absolute
from benchmarks.processes import ROOT, siegel, untouched_environment

TIMES = 5


def run() -> list[Result]:
    """The median of some runs of all controls beside the demo that is served, each all green."""
    checks, looks = [], []
    with siegel() as demo:
        environment = untouched_environment() | {"SIEGEL_DATA": demo["data"]}
        page = f"http://{demo['tenants'][0]['host']}"
        for _ in range(TIMES):
            began = time.perf_counter()
            told = _siegel(["controls", "run", "--json"], environment)
            checks.append(time.perf_counter() - began)
            states = [json.loads(line)["state"] for line in told.splitlines()]
            assert set(states) == {"pass"}, states
            began = time.perf_counter()
            _siegel(["verify", page], environment)
            looks.append(time.perf_counter() - began)
            print(
                f"  {len(states)} controls: {checks[-1]:.1f} s, verify: {looks[-1]:.1f} s",
                flush=True,
            )
    return [
        absolute(
            "all checks of the demo, canaries included, median",
            statistics.median(checks),
            unit="s",
            at_most=60,
        ),
        absolute(
            "siegel verify against it, median", statistics.median(looks), unit="s", at_most=10
        ),
    ]


def _siegel(arguments: list[str], environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "siegel.cli", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
