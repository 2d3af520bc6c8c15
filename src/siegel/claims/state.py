"""The state of a claim as a pure function of two runs, a clock, a signed head and a version."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from siegel.claims.control import Text

# What stands for an error in a run that did not crash by itself.
TIMEOUT, LATE = "timeout", "late"


class State(StrEnum):
    """What may be said of a claim now."""

    PASS = "pass"  # noqa: S105 - the word for a state, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    CANARY_FAILED = "canary-failed"
    ATTESTED = "attested"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"


class Objection(StrEnum):
    """Why a run counts as none."""

    NEVER_RUN = "never-run"
    OTHER_PART = "other-part"
    FROM_THE_FUTURE = "from-the-future"
    TOO_OLD = "too-old"
    OTHER_VERSION = "other-version"
    TIMED_OUT = "timed-out"
    RECORDED_LATE = "recorded-late"
    CRASHED = "crashed"
    NOTHING_EXAMINED = "nothing-examined"
    NOT_ALL_EXAMINED = "not-all-examined"
    NOT_COVERED = "not-covered"
    WRONG_CLOCK = "wrong-clock"


class Part(StrEnum):
    """Which of a control's two programs ran."""

    CHECK = "check"
    CANARY = "canary"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a check or a canary, as its row of the evidence tells it.

    `tenant` is empty for the installation. `source` is the SHA-256 of the program that ran, in
    hex. `error` is the class of an exception, `timeout`, `late` or empty; with it nothing was
    examined.
    """

    seq: int
    control: str
    tenant: str
    part: Part
    at: dt.datetime
    milliseconds: int
    version: str
    source: str
    examined: int
    expected: int | None
    what: Text
    faults: int
    error: str
    digest: str


@dataclass(frozen=True)
class SignedHead:
    """Where the evidence ended, when, and under which version; the signature has been verified.

    `covers` holds the (number, digest) of every row that was shown to lie on the chain below it.
    """

    seq: int
    at: dt.datetime
    version: str
    covers: frozenset[tuple[int, str]]


@dataclass(frozen=True)
class Exemption:
    """Why a claim needs no run: a document, a waiver or an absence, each with its end."""

    state: State
    reason: Text
    since: dt.datetime
    until: dt.datetime


def state_of(
    check: Run | None,
    canary: Run | None,
    *,
    now: dt.datetime,
    head: SignedHead | None,
    version: str,
    max_age: dt.timedelta,
    exemption: Exemption | None = None,
) -> State:
    """Green only with a fresh, signed, passing check whose planted failure was also seen fresh.

    `now` and all times are aware datetimes. A run from the future, of another version, older than
    `max_age`, crashed, incomplete, or on no chain below a signed head counts as no run. A red
    check is red whatever an exemption says, except a waiver, which is given for that.
    """

    against = {
        part: objection(run, part, now=now, head=head, version=version, max_age=max_age)
        for part, run in ((Part.CHECK, check), (Part.CANARY, canary))
    }
    exempt = None
    if exemption is not None and exemption.since <= now < exemption.until:
        exempt = exemption.state
    if exempt is State.WAIVED:
        return exempt
    is_red = check is not None and not against[Part.CHECK] and check.faults > 0
    if is_red:
        return State.FAIL
    if exempt is not None:
        return exempt
    if check is None or canary is None or any(against.values()):
        return State.UNKNOWN
    if (check.control, check.tenant) != (canary.control, canary.tenant):
        return State.UNKNOWN
    return State.PASS if canary.faults else State.CANARY_FAILED


def objection(
    run: Run | None,
    part: Part,
    *,
    now: dt.datetime,
    head: SignedHead | None,
    version: str,
    max_age: dt.timedelta,
) -> Objection | None:
    """Why a run counts as none, the plainest reason first; None if it counts."""
    if run is None:
        return Objection.NEVER_RUN
    objections = {
        Objection.OTHER_PART: run.part != part,
        Objection.FROM_THE_FUTURE: run.at > now,
        Objection.TOO_OLD: now - run.at > max_age,
        Objection.OTHER_VERSION: run.version != version,
        Objection.TIMED_OUT: run.error == TIMEOUT,
        Objection.RECORDED_LATE: run.error == LATE,
        Objection.CRASHED: run.error != "",
        Objection.NOTHING_EXAMINED: run.examined < 1,
        Objection.NOT_ALL_EXAMINED: run.expected is not None and run.examined < run.expected,
        Objection.NOT_COVERED: head is None
        or run.seq > head.seq
        or (run.seq, run.digest) not in head.covers,
        Objection.WRONG_CLOCK: head is not None and not run.at <= head.at <= now,
    }
    return next((found for found, holds in objections.items() if holds), None)
