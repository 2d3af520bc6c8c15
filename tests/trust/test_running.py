"""Running a control: what is told of it, and that a crash is never green."""

import datetime as dt
import json

import pytest

from siegel.claims.control import Control, Finding, Kind, Scope, Text
from siegel.claims.state import State
from siegel.trust.discovery import all_controls
from siegel.trust.running import run_control


def broken() -> Finding:
    raise RuntimeError("the secret is xyz")


def control(**changes: object) -> Control:
    described: dict[str, object] = {
        "id": "x-test",
        "claim": Text("Es gilt.", "It holds."),
        "falsifier": Text("Es gilt nicht.", "It does not hold."),
        "kind": Kind.BUILT_IN,
        "scope": Scope.INSTALLATION,
        "max_age": dt.timedelta(hours=1),
        "check": lambda: Finding(2, "two things"),
        "canary": lambda: Finding(2, "two things", ("planted",)),
    }
    return Control(**(described | changes))  # type: ignore[arg-type] # the fields are above


def test_a_passing_control_tells_what_it_examined() -> None:
    result = run_control(control())
    assert result.state == State.PASS
    assert json.loads(json.dumps(result.facts()))["examined"] == 2
    assert "examined 2: two things" in result.told()
    assert "planted failure was seen" in result.told()


def test_a_failing_control_names_its_faults() -> None:
    result = run_control(control(check=lambda: Finding(2, "two", ("one is broken",))))
    assert result.state == State.FAIL
    assert "fault: one is broken" in result.told()


def test_a_crash_is_unknown_and_quotes_nothing() -> None:
    result = run_control(control(check=broken))
    assert result.state == State.UNKNOWN
    assert result.facts()["error"] == "RuntimeError"
    assert "xyz" not in result.told()


def test_a_canary_that_does_not_bite_is_said() -> None:
    result = run_control(control(canary=lambda: Finding(2, "two")))
    assert result.state == State.CANARY_FAILED
    assert "WAS NOT SEEN" in result.told()


@pytest.mark.parametrize("real", all_controls(), ids=lambda control: control.id)
def test_every_control_of_the_product_passes_and_its_canary_bites(real: Control) -> None:
    result = run_control(real)
    assert result.state == State.PASS, result.told()
    assert real.claim.de != real.claim.en
    assert real.falsifier.de != real.falsifier.en
