"""Whatever is changed, removed, inserted or moved in the trail is found."""

import copy
import csv
import datetime as dt
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siegel.audit import trail
from siegel.audit.export import COLUMNS, Format, lines
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
    assert trail.verify(entries) == trail.Head(6, entries[-1].digest)
    assert trail.verify([]) == trail.Head(0, trail.GENESIS)
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


def test_a_kept_head_finds_a_cut_tail(entries: list[TrailEntry]) -> None:
    kept = trail.Head(6, entries[-1].digest)
    assert trail.verify(entries, kept=kept) == kept
    assert trail.verify(entries, kept=trail.Head(3, entries[2].digest)) == kept
    assert trail.verify(entries, kept=trail.Head(0, trail.GENESIS)) == kept
    with pytest.raises(trail.BrokenChain, match="ends before sequence number 6"):
        trail.verify(entries[:5], kept=kept)
    # Cut, then written on: the number is there again, the row is another one.
    with pytest.raises(trail.BrokenChain, match="another row at sequence number 3"):
        trail.verify(entries, kept=trail.Head(3, entries[3].digest))


def test_the_head_as_it_is_stored(bank: Organisation, entries: list[TrailEntry]) -> None:
    with serving(bank.tenant):
        assert trail.head() == trail.verify(entries)
        TrailEntry.objects.all().delete()
        assert trail.head() == trail.Head(0, trail.GENESIS)


def test_a_head_as_text(entries: list[TrailEntry]) -> None:
    head = trail.verify(entries)
    assert trail.Head.parse(str(head)) == head
    for text in ("", "6", f"six:{head.digest}", f"6:{head.digest[:-1]}", f"{head}\n"):
        with pytest.raises(trail.NotAHead):
            trail.Head.parse(text)


def test_what_is_exported_can_be_verified(entries: list[TrailEntry]) -> None:
    read = [json.loads(line) for line in lines(entries, Format.JSONL)]
    again = [TrailEntry(**row | {"at": dt.datetime.fromisoformat(row["at"])}) for row in read]
    assert trail.verify(again) == trail.verify(entries)
    entries[1].detail = {"name": 'Grün, "GmbH"'}
    first, *rows = list(csv.reader(lines(entries, Format.CSV)))
    assert first == list(COLUMNS)
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert json.loads(rows[1][5]) == {"name": 'Grün, "GmbH"'}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "a;=1+1",
        "a\t@x",
        "a\n=1",
        "\uff1d1",
        "a|=cmd",
    ],
)
def test_no_cell_is_a_formula(bank: Organisation, text: str) -> None:
    with serving(bank.tenant):
        with write_transaction():
            trail.append([trail.Event(text, text, text, {"name": text, text: ";=1"})])
        entry = TrailEntry.objects.get()
    _, line = lines([entry], Format.CSV)
    for separator in (",", ";", "\t"):
        for row in csv.reader(line.splitlines(), delimiter=separator):
            for cell in row:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), (
                    separator,
                    cell,
                )
    # What it says is not lost: JSON in a cell is the same JSON, and JSON lines are exact.
    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert json.loads(cells[5]) == entry.detail
    (exact,) = lines([entry], Format.JSONL)
    assert json.loads(exact)["actor"] == text
