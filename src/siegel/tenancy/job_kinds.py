"""What can be run later or regularly: functions with a name that rows in the database keep."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVarTuple

ATTEMPTS = 5
LEASE = dt.timedelta(minutes=10)
_NAMES = uuid.UUID("5f0c2b3e-6d0e-4a5c-9f0b-7a3d1c9e8b24")

Arguments = TypeVarTuple("Arguments")


@dataclass(frozen=True, slots=True)
class JobKind(Generic[*Arguments]):
    """A function that `jobs.enqueue` takes. Calling it runs it here and now."""

    name: str
    function: Callable[[*Arguments], None]
    attempts: int
    lease: dt.timedelta

    def __call__(self, *arguments: *Arguments) -> None:
        self.function(*arguments)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A kind that is run again and again; all its runs share one row."""

    kind: JobKind[()]
    every: dt.timedelta

    @property
    def row(self) -> uuid.UUID:
        """The same in every process and every version."""
        return uuid.uuid5(_NAMES, self.kind.name)


_kinds: dict[str, JobKind[*tuple[Any, ...]]] = {}
_periodic: list[Periodic] = []


def job(
    *, name: str, attempts: int = ATTEMPTS, lease: dt.timedelta = LEASE
) -> Callable[[Callable[[*Arguments], None]], JobKind[*Arguments]]:
    """Make a function one that is run later; it must be harmless to run it twice.

    `name` (like `files.rescan`) stays as it is while rows with it exist. `attempts` counts
    every start. `lease` is longer than the function ever takes: after it the process is taken
    for dead, and another one starts the job anew.
    """

    def register(function: Callable[[*Arguments], None]) -> JobKind[*Arguments]:
        if name in _kinds:
            raise ValueError(f"There is a job {name} already.")
        kind = JobKind(name, function, attempts, lease)
        _kinds[name] = kind
        return kind

    return register


def periodic(
    *, name: str, every: dt.timedelta, attempts: int = ATTEMPTS, lease: dt.timedelta = LEASE
) -> Callable[[Callable[[], None]], JobKind[()]]:
    """Make a function one that is run regularly, in one process of the installation at a time.

    It serves no tenant: it enters those it looks after, or enqueues a job for each. The first run
    is one interval after the installation has met it; a run that is still at work is not joined
    by another one.
    """

    def register(function: Callable[[], None]) -> JobKind[()]:
        kind = job(name=name, attempts=attempts, lease=lease)(function)
        _periodic.append(Periodic(kind, every))
        return kind

    return register


def kind_named(name: str) -> JobKind[*tuple[Any, ...]] | None:
    """The kind of a row, or None if this version does not know it."""
    return _kinds.get(name)


def all_periodic() -> list[Periodic]:
    """Everything that is run regularly."""
    return list(_periodic)
