"""Running a control: the check, then its canary, and what follows from both."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from siegel import __version__
from siegel.claims.control import Control, Finding
from siegel.claims.state import Run, State, state_of


@dataclass(frozen=True)
class Result:
    """A control with its two runs and its state at the time of asking."""

    control: Control
    check: Run
    canary: Run
    at: dt.datetime

    @property
    def state(self) -> State:
        return state_of(
            self.check,
            self.canary,
            now=self.at,
            max_age=self.control.max_age,
            version=__version__,
        )

    def facts(self) -> dict[str, Any]:
        """What a program needs to know, as JSON types."""
        finding = self.check.finding
        return {
            "id": self.control.id,
            "state": self.state.value,
            "examined": finding.examined if finding else 0,
            "what": finding.what if finding else "",
            "faults": list(finding.faults) if finding else [],
            "error": self.check.error or self.canary.error,
            "canary_seen": self.canary.saw_faults,
            "seconds": round(self.check.seconds + self.canary.seconds, 3),
            "at": self.check.at.isoformat(),
            "version": self.check.version,
        }

    def told(self) -> str:
        """The same in lines for a person."""
        facts = self.facts()
        seen = "was seen" if facts["canary_seen"] else "WAS NOT SEEN"
        lines = [
            f"{facts['id']}: {facts['state']}",
            f"  {self.control.claim.en}",
            f"  examined {facts['examined']}: {facts['what']}",
            f"  planted failure {seen}; {facts['seconds']} s",
        ]
        lines += [f"  fault: {fault}" for fault in facts["faults"]]
        lines += [f"  error: {facts['error']}"] if facts["error"] else []
        return "\n".join(lines)


def run_control(control: Control) -> Result:
    """Run check and canary now. A crash is a run without finding, never a green one."""
    check = _run(control.check)
    canary = _run(control.canary)
    return Result(control, check, canary, timezone.now())


def _run(examine: Callable[[], Finding]) -> Run:
    at, began = timezone.now(), time.perf_counter()
    finding, error = None, ""
    try:
        finding = examine()
    except Exception as raised:  # noqa: BLE001 - a crash of any kind is a result
        # The class only: a message could quote what was examined.
        error = type(raised).__name__
    return Run(at, time.perf_counter() - began, __version__, finding, error)
