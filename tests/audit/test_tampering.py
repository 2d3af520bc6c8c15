"""Whatever is done to the trail past the product, in its real database, is found."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.tenancy.context import serving
from tests.audit.trails import many, raw
from tests.cast import Organisation

ROWS = 12
TABLE = "audit_trailentry"
TEXTS = ["actor", "action", "subject", "previous", "digest"]


@pytest.fixture
def kept(bank: Organisation) -> trail.Head:
    """A trail, and the head that somebody keeps elsewhere."""
    with serving(bank.tenant):
        for part in range(3):
            many(
                trail.Event(f"person:{n}", f"thing.{part}", f"x{n}", {"n": n, "of": ["a", "b"]})
                for n in range(ROWS // 3)
            )
        return trail.head()


def verified(head: trail.Head | None = None) -> trail.Head:
    return trail.verify(trail.in_order(), kept=head)


def restore(rows: list[TrailEntry]) -> None:
    raw(f"DELETE FROM {TABLE}")
    TrailEntry.objects.bulk_create(rows)


def again_from(seq: int) -> None:
    """The chain behind a row computed anew, as somebody who knows how would do."""
    previous = trail.GENESIS
    for entry in TrailEntry.objects.order_by("seq"):
        if entry.seq >= seq:
            entry.previous = previous
            entry.digest = trail.digest_of(entry)
            raw(
                f"UPDATE {TABLE} SET previous = %s, digest = %s WHERE seq = %s",
                entry.previous, entry.digest, entry.seq,
            )  # fmt: skip
        previous = entry.digest


def text(data: st.DataObject, seq: int) -> None:
    column = data.draw(st.sampled_from(TEXTS))
    value = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
    raw(f"UPDATE {TABLE} SET {column} = %s || 'x' WHERE seq = %s", value, seq)


def time(data: st.DataObject, seq: int) -> None:
    value = data.draw(
        st.sampled_from(["2020-01-01 00:00:00", "yesterday", "", "2026-13-45 00:00:00"])
    )
    raw(f"UPDATE {TABLE} SET at = %s WHERE seq = %s", value, seq)


def detail(data: st.DataObject, seq: int) -> None:
    value = data.draw(
        st.sampled_from(['{"n": 99}', "{", "", "null", "[]", '{"n": "\\ud800"}', "1e999"])
    )
    raw(f"UPDATE {TABLE} SET detail = %s WHERE seq = %s", value, seq)


def remove(data: st.DataObject, seq: int) -> None:
    # The last one would be a cut tail.
    raw(f"DELETE FROM {TABLE} WHERE seq = %s", min(seq, ROWS - 1))


def remove_and_close_the_gap(data: st.DataObject, seq: int) -> None:
    remove(data, seq)
    for number in range(min(seq, ROWS - 1) + 1, ROWS + 1):
        raw(f"UPDATE {TABLE} SET seq = %s WHERE seq = %s", number - 1, number)


def insert(data: st.DataObject, seq: int) -> None:
    number = data.draw(st.sampled_from([-5, 0, ROWS + 1, ROWS + 2]))
    raw(
        f"INSERT INTO {TABLE} SELECT %s, at, actor, action, subject, detail, previous, digest"
        f" FROM {TABLE} WHERE seq = %s",
        number, seq,
    )  # fmt: skip


def swap(data: st.DataObject, seq: int) -> None:
    """Two rows change places."""
    other = seq % ROWS + 1
    for number, before in ((-1, seq), (seq, other), (other, -1)):
        raw(f"UPDATE {TABLE} SET seq = %s WHERE seq = %s", number, before)


def cut(data: st.DataObject, seq: int) -> None:
    raw(f"DELETE FROM {TABLE} WHERE seq >= %s", seq)


def anew(data: st.DataObject, seq: int) -> None:
    """A row changed, and all behind it computed anew."""
    raw(f"UPDATE {TABLE} SET actor = 'nobody' WHERE seq = %s", seq)
    again_from(seq)


ALWAYS_FOUND = [text, time, detail, remove, remove_and_close_the_gap, insert, swap]
FOUND_BY_A_HEAD = [cut, anew]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)
@given(data=st.data(), seq=st.integers(1, ROWS))
def test_every_way_to_lie_is_found(
    bank: Organisation, kept: trail.Head, data: st.DataObject, seq: int
) -> None:
    with serving(bank.tenant):
        rows = list(TrailEntry.objects.all())
        assert verified(kept) == kept
        lie = data.draw(st.sampled_from(ALWAYS_FOUND + FOUND_BY_A_HEAD))
        lie(data, seq)
        head = None
        if lie in FOUND_BY_A_HEAD:
            assert verified() != kept
            head = kept
        with pytest.raises(trail.BrokenChain, match="sequence number") as broken:
            verified(head)
        assert 1 <= broken.value.seq <= ROWS + 1
        restore(rows)


def test_the_first_bad_number_is_named(bank: Organisation, kept: trail.Head) -> None:
    with serving(bank.tenant):
        for column, value in {"at": "2026-13-45 00:00:00", "detail": "{"}.items():
            raw(f"UPDATE {TABLE} SET {column} = %s WHERE seq = 7", value)
            with pytest.raises(trail.BrokenChain) as broken:
                verified()
            assert (broken.value.seq, broken.value.fault) == (7, trail.Fault.DOES_NOT_FOLLOW)


def test_cut_and_written_on(bank: Organisation, kept: trail.Head) -> None:
    with serving(bank.tenant):
        raw(f"DELETE FROM {TABLE} WHERE seq >= 10")
        with pytest.raises(trail.BrokenChain) as broken:
            verified(kept)
        assert (broken.value.seq, broken.value.fault) == (ROWS, trail.Fault.ENDS_BEFORE)
        many(trail.Event("person:1", "thing.else", "x") for _ in range(5))
        with pytest.raises(trail.BrokenChain) as broken:
            verified(kept)
        assert (broken.value.seq, broken.value.fault) == (ROWS, trail.Fault.OTHER_ROW)
