"""Set up this checkout step by step; every step is skipped when its inputs did not change."""

import argparse
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import frontend
import packages
from step import ROOT, Command, fingerprint, is_fresh, mark_fresh, run, step

LOCALE = ROOT / "src" / "siegel" / "locale"
STATIC = ROOT / "src" / "siegel" / "static"


def main() -> None:
    """`bootstrap.py run` or `bootstrap.py test`."""
    parser = argparse.ArgumentParser(prog="bin/bootstrap", description=__doc__)
    parser.add_argument("lock", choices=["run", "test"], nargs="?", default="run")
    wished = parser.parse_args()
    # Tests start several demos at once: one sets up, the others wait and find it done.
    with (ROOT / "bin" / "bootstrap").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _set_up(wished.lock)
        except subprocess.CalledProcessError as failed:
            command = " ".join(str(part) for part in failed.cmd)
            sys.exit(f"The set-up stopped, because this failed: {command}")


def _set_up(lock: str) -> None:
    packages.ensure_venv()
    packages.install("run")
    if lock == "test":
        packages.install("test")
    packages.install_project()
    if (frontend.FRONTEND / "package.json").is_file():
        frontend.install_node_packages()
        frontend.build()
    _compile_translations()
    _collect_static_files()


def _compile_translations() -> None:
    sources = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    state = fingerprint(sources)
    if is_fresh("translations", state) and all(po.with_suffix(".mo").is_file() for po in sources):
        return
    with step("Translations"):
        babel: Command = [packages.PYTHON, "-m", "babel.messages.frontend", "compile"]
        for po in sources:
            run([*babel, "--input-file", po, "--output-file", po.with_suffix(".mo")])
    mark_fresh("translations", state)


def _collect_static_files() -> None:
    target = Path(os.environ.get("SIEGEL_STATIC") or ROOT / "var" / "static")
    state = fingerprint([STATIC], str(target))
    if is_fresh("static", state) and (target / "staticfiles.json").is_file():
        return
    with step("Static files"):
        django: Command = [packages.PYTHON, "-m", "django", "collectstatic", "--noinput"]
        run(django, env=os.environ | {"DJANGO_SETTINGS_MODULE": "siegel.settings"})
    mark_fresh("static", state)


if __name__ == "__main__":
    main()
