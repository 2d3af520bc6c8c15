"""One named step: a line with its seconds, progress while it runs, skipped when nothing changed."""

import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMPS = ROOT / ".venv" / "stamps"


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name and, at the end, how long it took; past two seconds a sign of life."""
    started = time.monotonic()
    done = threading.Event()
    alive = threading.Thread(target=_show_progress, args=(name, started, done), daemon=True)
    alive.start()
    outcome = "failed after"
    try:
        yield
        outcome = ""
    finally:
        done.set()
        alive.join()
        print(f"{name:<44} {outcome} {time.monotonic() - started:6.1f} s", flush=True)


def _show_progress(name: str, started: float, done: threading.Event) -> None:
    # A terminal gets a counting line, a log one line every ten seconds.
    on_terminal = sys.stdout.isatty()
    wait = 2.0
    while not done.wait(wait):
        spent = f"{time.monotonic() - started:.0f} s"
        if on_terminal:
            print(f"{name:<44}  ... {spent}", end="\r", flush=True)
        else:
            print(f"{name} ... {spent}", flush=True)
        wait = 1.0 if on_terminal else 10.0


Command = Sequence[str | Path]


def run(command: Command, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a program; what it prints is shown only when it fails, and ends everything."""
    with tempfile.TemporaryFile() as said:
        finished = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        if finished.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(finished.returncode, command)


def fingerprint(paths: Iterable[Path], *facts: object) -> str:
    """A digest over names and contents of files, folders walked in order, and further facts."""
    digest = hashlib.sha256(repr(facts).encode())
    for path in paths:
        for file in sorted(_files(path)):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for folder, inner, files in os.walk(path):
        inner[:] = [name for name in inner if name not in {"node_modules", "__pycache__"}]
        yield from (Path(folder, name) for name in files)


def is_fresh(name: str, state: str) -> bool:
    """Whether the step has been done with just these inputs."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == state


def mark_fresh(name: str, state: str) -> None:
    """Remember that the step has been done with these inputs."""
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(state)
