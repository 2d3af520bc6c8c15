"""Somebody outside verifies the running demo: what holds, and what was changed behind its back."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.processes import untouched_environment
from tests.journeys.demo_process import Demo

CONTROL = "x-security-headers"


def siegel(demo: Demo, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = untouched_environment() | {"SIEGEL_DATA": demo.facts["data"]}
    command = [sys.executable, "-m", "siegel.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def looked_at(demo: Demo, code: int) -> dict[str, Any]:
    """The report of `siegel verify`, which has to end with that exit code."""
    done = siegel(demo, "verify", f"http://{demo.tenant('nordwind')['host']}", "--json")
    assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_demo_holds_and_a_changed_row_does_not(demo: Demo) -> None:
    ran = siegel(demo, "controls", "run", CONTROL)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert looked_at(demo, 0)["verified"]["claims"]["pass"] >= 1
    with closing(sqlite3.connect(Path(demo.facts["data"]) / "control.sqlite3")) as control:
        change = (
            "UPDATE trust_evidenceentry SET detail = json_set(detail, '$.faults', 9)"
            " WHERE subject = ?"
        )
        assert control.execute(change, [CONTROL]).rowcount >= 1
        control.commit()
    # What was recorded since, by the demo's own sweep, holds on.
    assert "was changed" in json.dumps(looked_at(demo, 1)["faults"])
