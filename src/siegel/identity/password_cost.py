"""How dear a password's hash is: measured once per installation, kept, and never lowered.

The memory is OWASP's (19 MiB, one lane); the number of passes is raised from two until a hash costs
about 50 ms of this machine's CPU.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2.low_level import Type, hash_secret_raw
from django.conf import settings

from siegel.vault.private_files import make_private_folder, open_lock_file, replace_private

MEMORY_KIB = 19456
FEWEST_PASSES = 2
MOST_PASSES = 16
WANTED_SECONDS = 0.05
# The quickest of so many counts: a machine that is busy makes a hash look dearer than it is.
ROUNDS = 3


def passes() -> int:
    """How many passes over the memory a new hash takes; measured if nobody has yet."""
    return _kept(_file())


def calibrate(cost: Callable[[int], float] | None = None) -> int:
    """Measure, and keep what was found unless more was kept already; returns what holds now.

    `cost` tells the seconds of CPU of a hash with so many passes.
    """
    measured = _wanted(cost or seconds_of)
    file = _file()
    make_private_folder(file.parent)
    with _alone(file):
        holds = max(measured, _read(file) or FEWEST_PASSES)
        replace_private({file: json.dumps({"memory_kib": MEMORY_KIB, "passes": holds}) + "\n"})
    _kept.cache_clear()
    return holds


def seconds_of(count: int) -> float:
    """What a hash with so many passes costs this thread of CPU."""
    began = time.thread_time()
    hash_secret_raw(b"measured", bytes(16), count, MEMORY_KIB, 1, 32, Type.ID)
    return time.thread_time() - began


@contextmanager
def room_for_a_hash() -> Iterator[None]:
    """Wait until a hash's memory fits into what all of them may take at once."""
    with _places(settings.SIEGEL_PASSWORD_MEMORY_MB):
        yield


def at_once(megabytes: int) -> int:
    """How many hashes fit into so much memory; one always does."""
    return max(1, megabytes * 1024 // MEMORY_KIB)


@lru_cache(maxsize=4)
def _places(megabytes: int) -> BoundedSemaphore:
    return BoundedSemaphore(at_once(megabytes))


@lru_cache(maxsize=4)
def _kept(file: Path) -> int:
    return _read(file) or calibrate()


def _wanted(cost: Callable[[int], float]) -> int:
    quickest = min(cost(FEWEST_PASSES) for _ in range(ROUNDS))
    each = max(quickest / FEWEST_PASSES, 1e-6)
    return min(MOST_PASSES, max(FEWEST_PASSES, int(WANTED_SECONDS / each)))


def _file() -> Path:
    data: Path = settings.SIEGEL_DATA
    return data / "password-cost.json"


def _read(file: Path) -> int | None:
    """What was kept; none if it is not there or says nothing that could be meant."""
    try:
        kept = json.loads(file.read_text())["passes"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return min(MOST_PASSES, max(FEWEST_PASSES, kept)) if isinstance(kept, int) else None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    descriptor = open_lock_file(file.with_suffix(".lock"))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
