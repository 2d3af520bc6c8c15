"""The newest runs, and what vouches for them; kept for a while and never for long."""

import datetime as dt

import pytest
from django.conf import settings

from siegel.claims.state import Part, Run
from siegel.trust import ledger as ledgers
from siegel.trust.heads import link_of, message_of
from siegel.trust.ledger import Ledger, ledger
from siegel.trust.models import EvidenceHead
from siegel.vault import signing_key
from tests.trust.histories import (
    CONTROL,
    NOW,
    OTHER,
    ROWS,
    both,
    changed,
    execute,
    outcome,
    recorded,
    stored,
    write,
)

DAY = dt.timedelta(days=1)


def covered(known: Ledger) -> set[int]:
    return {seq for seq, _ in known.head.covers} if known.head else set()


def newest(known: Ledger, control: str = CONTROL, tenant: str = "") -> Run | None:
    return known.run(control, tenant, Part.CHECK)


def test_nothing_is_known_of_an_empty_chain() -> None:
    known = ledger(fresh=True)
    assert (known.head, dict(known.runs)) == (None, {})


def test_the_newest_run_of_each_part_and_tenant_is_found() -> None:
    recorded(*both(), *both(OTHER), *both(tenant="t1"))
    recorded(outcome(Part.CHECK, examined=9), outcome(Part.CHECK, tenant="t2"))
    known = ledger()
    assert covered(known) == set(range(1, 9))
    found = {key: run.seq for key, run in known.runs.items()}
    assert found == {
        (CONTROL, "", Part.CHECK): 7,
        (CONTROL, "", Part.CANARY): 2,
        (OTHER, "", Part.CHECK): 3,
        (OTHER, "", Part.CANARY): 4,
        (CONTROL, "t1", Part.CHECK): 5,
        (CONTROL, "t1", Part.CANARY): 6,
        (CONTROL, "t2", Part.CHECK): 8,
    }
    run = newest(known)
    assert run is not None
    assert (run.examined, run.at, run.milliseconds, run.what.de) == (
        9, NOW, 120, "drei Dinge, geprüft",
    )  # fmt: skip


def test_a_new_head_is_noticed_at_once() -> None:
    recorded(*both())
    assert covered(ledger()) == {1, 2}
    recorded(*both())
    assert covered(ledger()) == {1, 2, 3, 4}


def test_it_is_kept_and_a_changed_row_is_noticed_within_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("siegel.trust.ledger.time.monotonic", lambda: clock[0])
    recorded(*both())
    before = ledger(fresh=True)
    write(changed(stored()[0], detail={"examined": 99}))
    clock[0] += 59
    assert ledger() is before
    clock[0] += 1
    assert covered(ledger()) == {2}
    write(changed(stored()[0], detail={"examined": 3}))
    assert covered(ledger(fresh=True)) == {1, 2}


def test_only_what_is_above_a_broken_row_is_shown() -> None:
    for _ in range(3):
        recorded(*both())
    write(changed(stored()[2], actor="somebody"))
    known = ledger(fresh=True)
    assert covered(known) == {4, 5, 6}
    execute(f"DELETE FROM {ROWS} WHERE seq = 5")
    assert covered(ledger(fresh=True)) == {6}


def test_what_the_driver_cannot_read_ends_the_walk() -> None:
    for _ in range(2):
        recorded(*both())
    execute(f"UPDATE {ROWS} SET actor = CAST(%s AS TEXT) WHERE seq = 2", b"\xff")
    known = ledger(fresh=True)
    assert covered(known) == {3, 4}
    execute(f"UPDATE {ROWS} SET actor = CAST(%s AS TEXT) WHERE seq = 4", b"\xff")
    assert ledger(fresh=True).head is None


def test_a_row_that_tells_of_no_run_is_passed_over() -> None:
    recorded(*both())
    write(changed(stored()[0], detail={"what": "no words"}))
    known = ledger(fresh=True)
    assert newest(known) is None
    assert covered(known) == {2}


@pytest.mark.parametrize("action", ["control.other", ""])
def test_another_action_is_no_run(action: str) -> None:
    recorded(*both())
    write(changed(stored()[0], action=action))
    assert newest(ledger(fresh=True)) is None


def test_heads_that_are_not_linked_show_nothing_below() -> None:
    for _ in range(3):
        recorded(*both())
    EvidenceHead.objects.filter(seq=2).update(version="9")
    assert covered(ledger(fresh=True)) == {5, 6}
    EvidenceHead.objects.filter(seq=2).delete()
    assert covered(ledger(fresh=True)) == {5, 6}


def test_a_tail_that_was_cut_off_shows_nothing() -> None:
    """The newest run was red; without it the one before it would be green."""
    recorded(*both())
    recorded(outcome(Part.CHECK, faults=1), outcome(Part.CANARY))
    execute(f"DELETE FROM {ROWS} WHERE seq > 2")
    assert ledger(fresh=True).head is None


def test_a_row_that_nobody_signed_lets_nothing_be_shown() -> None:
    for _ in range(2):
        recorded(*both())
    EvidenceHead.objects.filter(seq=4).delete()
    assert ledger(fresh=True).head is None


def test_a_head_below_that_names_another_row_shows_nothing_below() -> None:
    recorded(*both())
    recorded(*both())
    # Signed by us, in an order that cannot be: as if the rows had been another chain's.
    first, second = EvidenceHead.objects.all()
    first.digest = "1" * 64
    first.save()
    second.previous = link_of(first)
    second.signature = signing_key.sign(message_of(second)).text
    second.save()
    assert covered(ledger(fresh=True)) == {3, 4}


def test_without_keys_nothing_is_shown() -> None:
    recorded(*both())
    path = settings.SIEGEL_KEYS / signing_key.FILE
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        known = ledger(fresh=True)
        assert known.head is None
        assert newest(known) is not None
    finally:
        hidden.rename(path)
    assert covered(ledger(fresh=True)) == {1, 2}


def test_what_a_retired_key_signed_still_counts() -> None:
    recorded(*both())
    signing_key.rotate()
    assert covered(ledger(fresh=True)) == {1, 2}
    recorded(*both())
    # Row 3 tells of the key.
    assert covered(ledger(fresh=True)) == {1, 2, 4, 5}


def test_old_rows_end_the_walk_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(*both(OTHER))
    recorded(*both(OTHER), *both("x-more"), at=NOW - 9 * DAY)
    recorded(*both())
    # As a clock leaves them that was wrong for a while.
    assert covered(ledger(fresh=True)) == set(range(1, 9))
    monkeypatch.setattr(ledgers, "MOST_OLD", 2)
    assert covered(ledger(fresh=True)) == {4, 5, 6, 7, 8}


def test_one_look_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        recorded(*both())
    monkeypatch.setattr(ledgers, "MOST_ROWS", 3)
    assert covered(ledger(fresh=True)) == {4, 5, 6}
    monkeypatch.setattr(ledgers, "MOST_HEADS", 1)
    assert covered(ledger(fresh=True)) == {4, 5, 6}
