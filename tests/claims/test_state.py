"""No faulty machinery is ever green: over the whole path of rows, chain, heads and keys."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siegel.claims.control import Text
from siegel.claims.state import Exemption, Part, Run, SignedHead, State, state_of
from siegel.trust.evidence import Outcome
from siegel.trust.ledger import Ledger, ledger
from siegel.trust.program import VERSION
from tests.trust.histories import CONTROL, NOW, OTHER, before, both, outcome, recorded, undone
from tests.trust.tampering import TAMPERINGS

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
WHOLE_PATH = settings(max_examples=1000, deadline=None)


def state_at(now: dt.datetime, known: Ledger, exemption: Exemption | None = None) -> State:
    check, canary = (known.run(CONTROL, "", part) for part in Part)
    return state_of(
        check, canary, now=now, head=known.head, version=VERSION, max_age=HOUR,
        exemption=exemption,
    )  # fmt: skip


def state(now: dt.datetime = NOW, exemption: Exemption | None = None) -> State:
    return state_at(now, ledger(fresh=True), exemption)


def exempt(
    kind: State, since: dt.datetime = NOW - HOUR, until: dt.datetime = NOW + HOUR
) -> Exemption:
    return Exemption(kind, Text("Grund", "reason"), since, until)


# Generated machinery. What each run is like is drawn as words, so that the oracle below reads
# the words and never what was recorded.


@dataclass(frozen=True)
class Drawn:
    """One execution: how it went, in which version, how many minutes before now (or after)."""

    part: Part
    went: str
    version: str = VERSION
    minutes: int = 10

    def outcome(self) -> Outcome:
        ways: dict[str, dict[str, Any]] = {
            "well": {},
            "crash": {"examined": 0, "faults": 0, "texts": (), "error": "OperationalError"},
            "crash with numbers": {"error": "OperationalError"},
            "timeout": {"examined": 0, "faults": 0, "texts": (), "error": "timeout"},
            "nothing": {"examined": 0},
            "too few": {"expected": 4},
            "just enough": {"expected": 3},
            "faults": {"faults": 2, "texts": ("one", "two")},
            "no faults": {"faults": 0, "texts": ()},
        }
        return outcome(self.part, **ways[self.went])


WAYS = [
    "well", "well", "crash", "crash with numbers", "timeout", "nothing", "too few", "just enough",
    "faults", "no faults",
]  # fmt: skip
MINUTES = [-600, -61, -1, 0, 10, 59, 60, 61, 600, 60 * 24 * 9]
drawn = st.builds(
    Drawn,
    part=st.sampled_from(list(Part)),
    went=st.sampled_from(WAYS),
    version=st.sampled_from([VERSION, VERSION, VERSION, "0.0.1"]),
    minutes=st.sampled_from(MINUTES),
)
near_green = st.tuples(
    *(
        st.builds(
            Drawn,
            part=st.just(part),
            went=st.sampled_from(["well", "just enough", *WAYS]),
            minutes=st.sampled_from([0, 10, 59, 60, 61, -1]),
        )
        for part in Part
    )
).map(list)


def expected_state(history: list[Drawn]) -> State:
    """What may be said, by the words of the issue: the oracle."""
    newest = {run.part: run for run in history}

    def counts(part: Part) -> bool:
        return (
            part in newest
            and newest[part].went in ("well", "just enough", "faults", "no faults")
            and newest[part].version == VERSION
            and 0 <= newest[part].minutes <= 60
            # The head carries the time of the last row: one that lies before a row, because the
            # clock was set back, or in the future, vouches for nothing.
            and 0 <= history[-1].minutes <= newest[part].minutes
        )

    if counts(Part.CHECK) and newest[Part.CHECK].went == "faults":
        return State.FAIL
    if not (counts(Part.CHECK) and counts(Part.CANARY)):
        return State.UNKNOWN
    return State.CANARY_FAILED if newest[Part.CANARY].went == "no faults" else State.PASS


@WHOLE_PATH
@given(st.one_of(near_green, st.lists(drawn, max_size=5)))
def test_every_history_has_the_state_that_its_words_say(history: list[Drawn]) -> None:
    with undone():
        for run in history:
            # Each its own sweep, at its own time: a clock that jumps both ways.
            recorded(run.outcome(), at=NOW - run.minutes * MINUTE, version=run.version)
        assert state() == expected_state(history)


@WHOLE_PATH
@given(
    kind=st.sampled_from(sorted(TAMPERINGS)),
    number=st.integers(0, 999),
    exemption=st.sampled_from(
        [None, exempt(State.ATTESTED, NOW - 3 * HOUR, NOW), exempt(State.WAIVED, NOW + HOUR)]
    ),
)
def test_no_evidence_that_was_tampered_with_is_green(
    kind: str, number: int, exemption: Exemption | None
) -> None:
    with undone():
        recorded(*before(), at=NOW - 3 * HOUR)
        recorded(*both(), at=NOW - 10 * MINUTE)
        assert state() == State.PASS
        TAMPERINGS[kind](number)
        assert state(exemption=exemption) != State.PASS


@pytest.mark.parametrize("kind", TAMPERINGS)
@pytest.mark.parametrize("number", range(4))
def test_each_way_to_tamper_is_noticed(kind: str, number: int) -> None:
    with undone():
        recorded(*before(), at=NOW - 3 * HOUR)
        recorded(*both(), at=NOW - 10 * MINUTE)
        TAMPERINGS[kind](number)
        assert state() in (State.UNKNOWN, State.CANARY_FAILED)


@given(minutes=st.integers(-10_000, 10_000))
def test_whatever_the_clock_says_green_ends_with_max_age(minutes: int) -> None:
    known = Ledger(HEAD, {(CONTROL, "", run.part): run for run in (CHECK, CANARY)})
    expected = State.PASS if 0 <= minutes <= 60 else State.UNKNOWN
    assert state_at(NOW + minutes * MINUTE, known) == expected


# The pure function by itself.

CHECK = Run(
    seq=1, control=CONTROL, tenant="", part=Part.CHECK, at=NOW, milliseconds=1,
    version=VERSION, source="5" * 64, examined=3, expected=None, what=Text("", ""), faults=0,
    error="", digest="1" * 64,
)  # fmt: skip
CANARY = replace(CHECK, seq=2, part=Part.CANARY, faults=1, digest="2" * 64)
RED = replace(CHECK, faults=1)
HEAD = SignedHead(2, NOW, VERSION, frozenset({(1, "1" * 64), (2, "2" * 64)}))


def said(
    check: Run | None,
    canary: Run | None,
    head: SignedHead | None = HEAD,
    exemption: Exemption | None = None,
) -> State:
    return state_of(
        check, canary, now=NOW, head=head, version=VERSION, max_age=HOUR, exemption=exemption
    )


def test_green_needs_both_parts_and_a_head() -> None:
    assert said(CHECK, CANARY) == State.PASS
    assert said(None, CANARY) == said(CHECK, None) == said(CHECK, CANARY, None) == State.UNKNOWN


def test_a_part_does_not_stand_for_the_other() -> None:
    assert said(CANARY, CANARY) == said(CHECK, CHECK) == State.UNKNOWN


@pytest.mark.parametrize("changes", [{"control": OTHER}, {"tenant": "t1"}])
def test_the_canary_of_something_else_proves_nothing(changes: dict[str, str]) -> None:
    assert said(CHECK, replace(CANARY, **changes)) == State.UNKNOWN  # type: ignore[arg-type] # texts


def test_red_is_red_whatever_the_canary_says() -> None:
    for canary in (None, CANARY, replace(CANARY, faults=0), replace(CANARY, error="timeout")):
        assert said(RED, canary) == State.FAIL


def test_a_canary_that_was_not_seen_is_said() -> None:
    assert said(CHECK, replace(CANARY, faults=0)) == State.CANARY_FAILED


@pytest.mark.parametrize("kind", [State.ATTESTED, State.WAIVED, State.NOT_APPLICABLE])
def test_an_exemption_holds_within_its_window_only(kind: State) -> None:
    assert said(None, None, exemption=exempt(kind)) == kind
    assert said(CHECK, CANARY, exemption=exempt(kind)) == kind
    assert said(None, None, exemption=exempt(kind, since=NOW)) == kind
    second = dt.timedelta(seconds=1)
    for since, until in ((NOW - HOUR, NOW), (NOW + second, NOW + HOUR)):
        assert said(None, None, exemption=exempt(kind, since, until)) == State.UNKNOWN


@pytest.mark.parametrize("kind", [State.ATTESTED, State.NOT_APPLICABLE])
def test_only_a_waiver_is_given_for_red(kind: State) -> None:
    assert said(RED, CANARY, exemption=exempt(kind)) == State.FAIL
    assert said(RED, CANARY, exemption=exempt(State.WAIVED)) == State.WAIVED
    assert said(RED, CANARY, exemption=exempt(State.WAIVED, until=NOW)) == State.FAIL
