"""All of the evidence is recomputed: every changed bit is found at its number."""

import hashlib
import json
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siegel.audit import trail
from siegel.audit.trail import GENESIS, BrokenChain, Fault, Head
from siegel.claims.control import Text
from siegel.claims.state import Part
from siegel.trust import rows
from siegel.trust.models import EvidenceEntry, EvidenceHead
from siegel.trust.verifying import BrokenHead, Verified, verify_evidence
from tests.trust.histories import (
    NOW,
    ROWS,
    StoredRow,
    both,
    changed,
    execute,
    outcome,
    recorded,
    rewritten,
    stored,
    undone,
    write,
)

SHAPE = outcome(Part.CHECK).event("scheduler").detail
ANY_TEXT = Text('Schlüssel \u00fc\u00e9\u2028 \U0001f511 \x00\x1f\x7f " \\ /', "keys\n\t\b")


def five_rows() -> None:
    recorded(*both())
    recorded(outcome(Part.CHECK, what=ANY_TEXT), *both("x-other"))


def test_an_empty_chain_holds() -> None:
    assert verify_evidence() == Verified(Head(0, GENESIS), 0)


def test_a_sound_chain_holds_to_its_head() -> None:
    five_rows()
    assert verify_evidence() == Verified(trail.head(EvidenceEntry), 2)
    assert trail.verify(EvidenceEntry.objects.order_by("seq")) == verify_evidence().head


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.trust.verifying._TOLD_EVERY", 2)
    five_rows()
    told: list[int] = []
    verify_evidence(seen=told.append)
    assert told == [2, 4]


def test_what_is_added_meanwhile_is_not_taken_for_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("siegel.trust.verifying._TOLD_EVERY", 2)
    monkeypatch.setattr("siegel.trust.rows._PIECE", 1)
    five_rows()
    before = trail.head(EvidenceEntry)
    assert verify_evidence(seen=lambda _: recorded(*both())) == Verified(before, 2)
    assert verify_evidence().heads == 4


COLUMNS = ("at", "actor", "action", "subject", "detail", "previous", "digest")


@pytest.mark.parametrize("seq", [1, 3, 5])
@pytest.mark.parametrize("column", COLUMNS)
def test_every_single_bit_is_located(column: str, seq: int) -> None:
    """Of every byte as it lies in the table, also where it is no text any more."""
    with undone():
        # So that the check of Django's JSON column lets anything pass, as another program would.
        execute("PRAGMA ignore_check_constraints = ON")
        five_rows()
        content = str(getattr(stored()[seq - 1], column)).encode()
        every = 1 if len(content) < 80 else 7
        for place in range(0, len(content) * 8, every):
            data = bytearray(content)
            data[place // 8] ^= 1 << place % 8
            execute(f"UPDATE {ROWS} SET {column} = CAST(%s AS TEXT) WHERE seq = %s", data, seq)
            with pytest.raises(BrokenChain) as found:
                verify_evidence()
            assert found.value.seq == seq, (place, bytes(data))
        execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize("bit", range(40))
def test_every_bit_of_a_number_is_located(bit: int) -> None:
    with undone():
        five_rows()
        other = 3 ^ 1 << bit
        taken = 1 <= other <= 5
        if taken:
            # Another row has that number, and the key admits one of each.
            execute(f"DELETE FROM {ROWS} WHERE seq = %s", other)
        execute(f"UPDATE {ROWS} SET seq = %s WHERE seq = 3", other)
        with pytest.raises(BrokenChain) as found:
            verify_evidence()
        assert found.value.seq == (min(3, other) if taken or other < 1 else 3) or other < 1


@pytest.mark.parametrize(
    "stored_as",
    [
        '{"examined":3}',
        "[]",
        "no json",
        "[" * 100_000,
        '{"examined": 1e400}',
        '{"examined": NaN}',
        '{"examined": 18446744073709551616000}',
    ],
)
def test_a_detail_of_another_form_is_located(stored_as: str) -> None:
    with undone():
        execute("PRAGMA ignore_check_constraints = ON")
        five_rows()
        execute(f"UPDATE {ROWS} SET detail = %s WHERE seq = 2", stored_as)
        with pytest.raises(BrokenChain) as found:
            verify_evidence()
        assert found.value.seq == 2
        execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize("value", [b"x-test", 7, 1.5])
def test_a_column_of_another_type_is_located(value: object) -> None:
    five_rows()
    execute(f"UPDATE {ROWS} SET subject = CAST(%s AS BLOB) WHERE seq = 4", value)
    with pytest.raises(BrokenChain) as found:
        verify_evidence()
    assert found.value.seq == 4


@pytest.mark.parametrize("other", ["\\u00FC", "\\u00fC", "\\u00Fc"])
def test_the_same_sign_written_in_another_way_is_located(other: str) -> None:
    """Nothing else differs, and what is read is the same: one bit that no digest knows."""
    five_rows()
    row = stored()[2]
    detail = row.detail.replace("\\u00fc", other)
    assert json.loads(detail) == json.loads(row.detail)
    assert detail != row.detail
    write(StoredRow(**(vars(row) | {"detail": detail})))
    with pytest.raises(BrokenChain) as found:
        verify_evidence()
    assert found.value.seq == 3


@pytest.mark.parametrize("seq", range(1, 6))
def test_a_row_that_is_gone_is_located(seq: int) -> None:
    five_rows()
    execute(f"DELETE FROM {ROWS} WHERE seq = %s", seq)
    with pytest.raises(BrokenChain) as found:
        verify_evidence()
    # The last one is missed by the head that was signed for it.
    assert found.value.seq == seq


def test_a_cut_tail_is_found_against_a_kept_head() -> None:
    five_rows()
    kept = trail.head(EvidenceEntry)
    recorded(*both())
    assert verify_evidence(kept).head.seq == 7
    execute(f"DELETE FROM {ROWS} WHERE seq > 2")
    EvidenceHead.objects.filter(seq__gt=2).delete()
    # Without it nobody can know.
    assert verify_evidence().head.seq == 2
    with pytest.raises(BrokenChain) as found:
        verify_evidence(kept)
    assert (found.value.fault, found.value.seq) == (Fault.ENDS_BEFORE, 5)
    recorded(*both(), *both())
    with pytest.raises(BrokenChain) as found:
        verify_evidence(kept)
    assert (found.value.fault, found.value.seq) == (Fault.OTHER_ROW, 5)


def test_a_chain_that_was_rewritten_has_no_head_that_fits() -> None:
    five_rows()
    rewritten([changed(row, detail={"faults": 0}) for row in stored()])
    with pytest.raises(BrokenHead) as found:
        verify_evidence()
    assert found.value.seq == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "9"},
        {"at": NOW.replace(year=2027)},
        {"previous": "1" * 64},
        {"signature": "AAAA"},
        {"key": "0" * 16},
        {"digest": "1" * 64},
    ],
)
@pytest.mark.parametrize("seq", [2, 5])
def test_every_change_of_a_head_is_found(changes: dict[str, Any], seq: int) -> None:
    five_rows()
    EvidenceHead.objects.filter(seq=seq).update(**changes)
    with pytest.raises(BrokenHead) as found:
        verify_evidence()
    assert found.value.seq == seq


def test_a_head_that_is_gone_is_missed() -> None:
    five_rows()
    EvidenceHead.objects.filter(seq=2).delete()
    with pytest.raises(BrokenHead) as found:
        verify_evidence()
    assert found.value.seq == 5
    EvidenceHead.objects.all().delete()
    with pytest.raises(BrokenHead):
        verify_evidence()


def test_rows_behind_the_last_head_were_signed_by_nobody() -> None:
    five_rows()
    EvidenceHead.objects.filter(seq=5).delete()
    with pytest.raises(BrokenHead) as found:
        verify_evidence()
    assert found.value.seq == 5


def test_a_database_that_does_not_answer_is_no_broken_chain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    five_rows()
    monkeypatch.setattr(rows, "_FORWARD", "SELECT nothing FROM nowhere WHERE %s < %s")
    with pytest.raises(OperationalError):
        verify_evidence()


# The fast encoder is the same as the trail's own, or does not count.

texts = st.text(st.characters(codec="utf-8"))
numbers = st.integers(0, 2**63)
shaped = st.fixed_dictionaries(
    {
        "tenant": texts, "version": texts, "source": texts, "examined": numbers,
        "expected": st.none() | numbers, "what": st.fixed_dictionaries({"de": texts, "en": texts}),
        "faults": numbers, "evidence": texts, "error": texts, "milliseconds": numbers,
    }
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(texts, shaped)
@example("".join(map(chr, range(256))) + "\u2028\u2029\ufeff\uffff\U0010ffff", {})
def test_both_encoders_say_the_same(text: str, detail: dict[str, Any]) -> None:
    whole = SHAPE | detail | {"what": detail.get("what", {"de": text, "en": text})}
    said = [7, "2026-11-24T12:00:00.000000+00:00", text, text, text]
    slow = json.dumps(
        [*said, whole, GENESIS], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    fast = rows.encode([*said, rows.decode(json.dumps(whole)), GENESIS])
    assert fast == slow.encode()


leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts
details = st.dictionaries(
    texts, st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))
)
# Also what only the trail's own way can say: larger numbers, fractions.
anything = (
    shaped
    | details
    | st.dictionaries(
        texts, st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=1
    )
)


@settings(max_examples=300, deadline=None)
@given(texts, anything, st.datetimes())
def test_whatever_the_trail_writes_follows(text: str, detail: dict[str, Any], at: Any) -> None:
    when = str(at)
    canonical = at.isoformat(timespec="microseconds") + "+00:00"
    event = trail.Event(text, text, text, detail)
    digest = trail._digest(1, canonical, event, GENESIS)
    row = (1, when, text, text, text, json.dumps(detail), GENESIS, digest)
    assert rows.follows(row, 1, GENESIS)
    assert not rows.follows((*row[:5], json.dumps({**detail, "!": 1}), *row[6:]), 1, GENESIS)


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-24T12:00:00", "2026-11-24 12:00:00.000000", "2026-11-24 12:00:00.1",
        "2026-11-24 25:00:00", "", "2026-11-24 12:00:00.12345x",
    ],
)  # fmt: skip
def test_a_time_of_another_form_does_not_follow(at: str) -> None:
    digest = hashlib.sha256(b"").hexdigest()
    assert not rows.follows((1, at, "a", "b", "c", "{}", GENESIS, digest), 1, GENESIS)


def test_a_time_that_is_written_in_another_way_does_not_follow() -> None:
    """Its digest would be right: only the form betrays it."""
    at = "2026-11-24T12:00:00.000000+00:00"
    digest = trail._digest(1, at, trail.Event("a", "b", "c", {"n": 1.5}), GENESIS)
    good = (1, "2026-11-24 12:00:00", "a", "b", "c", '{"n": 1.5}', GENESIS, digest)
    assert rows.follows(good, 1, GENESIS)
    assert not rows.follows((1, "2026-11-24 12:00:00.000000", *good[2:]), 1, GENESIS)
