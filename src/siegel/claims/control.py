"""What a claim is, and what a control is: a claim that a program checks and knows how to break."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a claim is held: by the product, by its operation, or by somebody's document."""

    BUILT_IN = "built-in"
    OPERATIONAL = "operational"
    ATTESTED = "attested"


class Scope(StrEnum):
    """Whether a claim speaks of the installation or of each tenant."""

    INSTALLATION = "installation"
    TENANT = "tenant"


@dataclass(frozen=True)
class Text:
    """The same sentence in German and English, both originals."""

    de: str
    en: str


@dataclass(frozen=True)
class Finding:
    """What one check saw: how many things it examined of how many, and what contradicts the claim.

    `what` says in words what was counted, and names nobody: it is public. `faults` are for the
    operator only. A finding with `examined == 0`, or less than was `expected`, proves nothing,
    whatever `faults` says.
    """

    examined: int
    what: Text
    faults: tuple[str, ...] = ()
    expected: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be examined was."""
        return self.examined > 0 and (self.expected is None or self.examined >= self.expected)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence that somebody may rely on, and what would make it false.

    `meaning`, `checking`, `breaking` and `remedy` make its page in docs/controls: what it says
    and what it does not, how it is checked or will be, how to make it red, and what to do then.
    """

    id: str
    claim: Text
    falsifier: Text
    kind: Kind
    scope: Scope
    max_age: dt.timedelta
    meaning: str
    checking: str
    breaking: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Control(Claim):
    """A claim with the two programs that look.

    `check` examines the installation as it is; with the scope of a tenant it runs while that
    tenant is served. `canary` plants the failure that the falsifier tells of and runs the same
    examination, which must then report a fault. Both may raise: a crash is unknown, never green.
    Each is given up after `timeout`.
    """

    check: Callable[[], Finding]
    canary: Callable[[], Finding]
    timeout: dt.timedelta = dt.timedelta(seconds=60)
