"""What a control is: a claim in two languages that a program checks and knows how to break."""

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
    """Whether a control speaks of the installation or of each tenant."""

    INSTALLATION = "installation"
    TENANT = "tenant"


@dataclass(frozen=True)
class Text:
    """The same sentence in German and English, both originals."""

    de: str
    en: str


@dataclass(frozen=True)
class Finding:
    """What one check saw: how many things it examined, in words, and what contradicts the claim.

    A finding with `examined == 0` proves nothing, whatever `faults` says.
    """

    examined: int
    what: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Control:
    """A claim, what would make it false, and the two programs that look.

    `check` examines the installation as it is. `canary` plants the failure that the falsifier
    tells of and runs the same examination, which must then report a fault. Both may raise: a
    crash is unknown, never green.
    """

    id: str
    claim: Text
    falsifier: Text
    kind: Kind
    scope: Scope
    max_age: dt.timedelta
    check: Callable[[], Finding]
    canary: Callable[[], Finding]
