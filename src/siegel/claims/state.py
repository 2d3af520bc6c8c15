"""The state of a claim as a pure function of two runs and a clock."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

from siegel.claims.control import Finding


class State(StrEnum):
    """What may be said of a claim now."""

    PASS = "pass"  # noqa: S105 - the word for a state, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    CANARY_FAILED = "canary failed"


@dataclass(frozen=True)
class Run:
    """One execution of a check or of a canary; `finding` is None when it crashed or timed out."""

    at: dt.datetime
    seconds: float
    version: str
    finding: Finding | None
    error: str = ""

    @property
    def saw_something(self) -> bool:
        return self.finding is not None and self.finding.examined > 0

    @property
    def saw_faults(self) -> bool:
        return self.finding is not None and bool(self.finding.faults)


def state_of(
    check: Run | None,
    canary: Run | None,
    *,
    now: dt.datetime,
    max_age: dt.timedelta,
    version: str,
) -> State:
    """Green only with a fresh passing check whose planted failure was also seen fresh.

    `now` and the times of runs are aware datetimes. A run from the future, of another version of
    the program, older than `max_age`, crashed, or with nothing examined counts as no run.
    """

    def usable(run: Run | None) -> TypeGuard[Run]:
        return (
            run is not None
            and run.version == version
            and run.saw_something
            and dt.timedelta(0) <= now - run.at <= max_age
        )

    if not usable(check):
        return State.UNKNOWN
    if check.saw_faults:
        return State.FAIL
    if not usable(canary):
        return State.UNKNOWN
    return State.PASS if canary.saw_faults else State.CANARY_FAILED
