"""Which processes of this machine hold files of a folder open (Linux's /proc)."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds something, and how many processes could not be looked into."""

    pids: tuple[int, ...]
    unseen: int


def holders_of(folder: Path) -> Holders:
    """All processes that have a file below a folder open, also one that was deleted since."""
    # As the kernel names it: the folder of the data may lie behind a link.
    folder = folder.resolve()
    pids, unseen = [], 0
    for process in PROCESSES.iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(_is_below(target, folder) for target in _targets(process)):
                pids.append(int(process.name))
        except PermissionError:
            unseen += 1
        except (FileNotFoundError, ProcessLookupError):  # Ended since it was listed.
            continue
    return Holders(tuple(sorted(pids)), unseen)


def wait_until_let_go(folder: Path, seconds: float) -> Holders:
    """Wait until nobody holds anything below a folder; who still does when the time is over."""
    deadline = time.monotonic() + seconds
    while (found := holders_of(folder)).pids and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found


def _targets(process: Path) -> Iterator[str]:
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield str(descriptor.readlink())


def _is_below(target: str, folder: Path) -> bool:
    return target.startswith(f"{folder}/")
