"""Whatever is changed, removed, inserted or moved in the trail is found."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


@pytest.fixture
def entries(bank: Organisation) -> list[TrailEntry]:
    with serving(bank.tenant):
        with write_transaction():
            trail.append(trail.Event("system", f"thing.{n}", "x", {"n": n}) for n in range(5))
        with write_transaction():
            trail.append([trail.Event("person:1", "thing.last", "y")])
        return list(TrailEntry.objects.all())


def test_an_untouched_trail_holds(entries: list[TrailEntry]) -> None:
    assert trail.verify(entries) == 6
    assert str(entries[0]) == "1 thing.0"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_every_change_is_found(entries: list[TrailEntry], data: st.DataObject) -> None:
    changed = [copy.copy(entry) for entry in entries]
    at = data.draw(st.integers(0, len(changed) - 1))
    match data.draw(st.sampled_from(["text", "detail", "remove", "insert", "swap", "rehash"])):
        case "text":
            field = data.draw(st.sampled_from(["actor", "action", "subject", "previous", "digest"]))
            setattr(changed[at], field, getattr(changed[at], field) + "x")
        case "detail":
            changed[at].detail = {**changed[at].detail, "n": 99}
        case "remove":
            # A cut tail is found only by whoever kept a head.
            del changed[min(at, len(changed) - 2)]
        case "insert":
            changed.insert(at, copy.copy(changed[at]))
        case "swap":
            other = (at + 1) % len(changed)
            changed[at], changed[other] = changed[other], changed[at]
        case _:
            # A row rewritten with a fresh digest no longer fits the one behind it.
            at = min(at, len(changed) - 2)
            changed[at].subject = "somebody else"
            changed[at].digest = trail.digest_of(changed[at])
    with pytest.raises(trail.BrokenChain, match="sequence number"):
        trail.verify(changed)


def test_the_digest_does_not_depend_on_the_order_of_keys(entries: list[TrailEntry]) -> None:
    entry = entries[0]
    entry.detail = {"a": 1, "b": 2}
    first = trail.digest_of(entry)
    entry.detail = {"b": 2, "a": 1}
    assert trail.digest_of(entry) == first
