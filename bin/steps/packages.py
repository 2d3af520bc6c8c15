"""The virtual environment and what pip or uv installs into it, from the locks only."""

import os
import shutil
import subprocess
import sys

from step import ROOT, Command, fingerprint, is_fresh, mark_fresh, run, step

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"


def ensure_venv() -> None:
    """Create .venv; anew when it was interrupted, was moved, or its Python is another one now."""
    complete = VENV / "complete"
    if complete.is_file() and complete.read_text() == _identity():
        return
    with step("Python environment"):
        shutil.rmtree(VENV, ignore_errors=True)
        # When this runs on .venv's own Python, the one beneath it makes the new one.
        base = getattr(sys, "_base_executable", sys.executable)
        run([base, "-m", "venv", VENV])
        complete.write_text(_identity())


def _identity() -> str:
    """Where the environment is and which Python it runs; without a version when it runs none."""
    told: Command = [PYTHON, "-c", "import sys; print(sys.version_info[:2])"]
    try:
        version = subprocess.run(told, capture_output=True, text=True).stdout
    except OSError:
        version = ""
    return f"{VENV} {version}"


def install(lock: str) -> None:
    """Install requirements/LOCK.txt; each file must have the hash written there."""
    state = fingerprint([LOCKS / f"{lock}.txt"])
    if is_fresh(lock, state):
        return
    with step(f"Python packages ({lock})"):
        _install_locked(lock)
    mark_fresh(lock, state)


def install_project() -> None:
    """Make `import siegel` and the command `siegel` find this checkout."""
    state = fingerprint([ROOT / "pyproject.toml"])
    if is_fresh("project", state):
        return
    with step("Project in place"):
        # setuptools is in the lock: nothing is fetched for the build.
        run([*_pip(), "install", "--no-deps", "--no-build-isolation", "--editable", ROOT])
    mark_fresh("project", state)


def _install_locked(lock: str) -> None:
    chosen: Command = ["--require-hashes", "--requirement", LOCKS / f"{lock}.txt"]
    if _uv_may_be_used():
        uv: Command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
        try:
            run([*uv, *chosen], env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"})
        except subprocess.CalledProcessError:
            print("uv did not succeed; pip, which is slower, installs the same files.")
        else:
            return
    run([*_pip(), "install", *chosen])


def _uv_may_be_used() -> bool:
    """uv reads no configuration of pip: where that names an index of its own, pip it is."""
    configured = subprocess.run([*_pip(), "config", "list"], capture_output=True, text=True).stdout
    if any(name in configured for name in (".index-url", ".no-index")):
        return False
    try:
        run([*_pip(), "install", "--require-hashes", "--requirement", LOCKS / "installer.txt"])
    except subprocess.CalledProcessError:
        return False
    return True


def _pip() -> Command:
    return [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input"]
