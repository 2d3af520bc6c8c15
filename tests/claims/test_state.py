"""No faulty machinery is ever green."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from siegel.claims.control import Finding
from siegel.claims.state import Run, State, state_of

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
GOOD = Run(NOW, 0.1, "1", Finding(3, "things"))
SEEN = Run(NOW, 0.1, "1", Finding(3, "things", ("planted",)))


def state(check: Run | None, canary: Run | None) -> State:
    return state_of(check, canary, now=NOW, max_age=HOUR, version="1")


def test_green_needs_a_passing_check_and_a_canary_that_was_seen() -> None:
    assert state(GOOD, SEEN) == State.PASS


def test_faults_are_red_whatever_the_canary_says() -> None:
    assert state(SEEN, None) == state(SEEN, SEEN) == state(SEEN, GOOD) == State.FAIL


def test_a_canary_that_was_not_seen_is_said() -> None:
    assert state(GOOD, GOOD) == State.CANARY_FAILED


def test_nothing_run_is_unknown() -> None:
    assert state(None, SEEN) == state(GOOD, None) == State.UNKNOWN


findings = st.one_of(
    st.none(),
    st.builds(
        Finding,
        examined=st.integers(0, 3),
        what=st.just("things"),
        faults=st.sampled_from([(), ("fault",)]),
    ),
)
runs = st.one_of(
    st.none(),
    st.builds(
        Run,
        at=st.datetimes(
            NOW.replace(tzinfo=None) - 24 * HOUR,
            NOW.replace(tzinfo=None) + 12 * HOUR,
            timezones=st.just(dt.UTC),
        ),
        seconds=st.just(0.1),
        version=st.sampled_from(["1", "2"]),
        finding=findings,
    ),
)


@settings(max_examples=1000)
@given(check=runs, canary=runs)
def test_green_only_if_everything_holds(check: Run | None, canary: Run | None) -> None:
    def sound(run: Run | None) -> bool:
        return (
            run is not None
            and run.finding is not None
            and run.finding.examined > 0
            and run.version == "1"
            and NOW - HOUR <= run.at <= NOW
        )

    holds = (
        sound(check)
        and sound(canary)
        and check is not None
        and canary is not None
        and not check.saw_faults
        and canary.saw_faults
    )
    assert (state(check, canary) == State.PASS) == holds
