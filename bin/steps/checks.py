"""Every check of this checkout, one named step after the other; the first failure ends it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from frontend import FRONTEND, node_environment
from packages import VENV
from step import ROOT, Command, run, step
from system import missing_programs

BIN = VENV / "bin"
COVERAGE = ROOT / "var" / "coverage"


def main() -> None:
    """Run all checks; with arguments, only pytest with these."""
    started = time.monotonic()
    without = [program.marker for program in missing_programs()]
    selection = ["-m", " and ".join(f"not {marker}" for marker in without)] if without else []
    if len(sys.argv) > 1:
        sys.exit(subprocess.run([BIN / "pytest", *selection, *sys.argv[1:]], cwd=ROOT).returncode)
    try:
        _check_texts()
        _check_behaviour(selection)
    except subprocess.CalledProcessError as failed:
        told = " ".join(os.path.relpath(p, ROOT) if isinstance(p, Path) else p for p in failed.cmd)
        sys.exit(f"\nFailed: {told}\nWhat it said is above. Nothing after it was run.")
    left_out = f", without tests that need: {', '.join(without)}" if without else ""
    print(f"\nAll checks passed in {time.monotonic() - started:.0f} s{left_out}.")


def _check_texts() -> None:
    with step("Format"):
        run([BIN / "ruff", "format", "--check", "--quiet", "."])
    with step("Lint"):
        run([BIN / "ruff", "check", "--quiet", "."])
    with step("Types"):
        run([BIN / "mypy"])
    with step("Import contracts"):
        run([BIN / "lint-imports"])
    with step("Types of the front end"):
        run([FRONTEND / "node_modules/.bin/tsc", "--noEmit"], FRONTEND, node_environment())
    with step("Tests of the front end"):
        run(["npm", "test"], FRONTEND, node_environment())


def _check_behaviour(selection: list[str]) -> None:
    for old in COVERAGE.glob("data*"):
        old.unlink()
    COVERAGE.mkdir(parents=True, exist_ok=True)
    print("\nTests")
    tests: Command = [BIN / "coverage", "run", "-m", "pytest", "--numprocesses", "2", *selection]
    subprocess.run(tests, cwd=ROOT, check=True)
    print("\nCoverage", flush=True)
    run([BIN / "coverage", "combine", "--quiet"])
    subprocess.run([BIN / "coverage", "report"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
