"""The trail is searched newest first, through its indexes, and never all of it at once."""

import datetime as dt

import pytest

from siegel.audit import reading, trail
from siegel.audit.models import TrailEntry
from siegel.audit.reading import CLIENTS, Area, TooMany, Wanted, actions, all_of, area_of, page
from siegel.tenancy.context import serving
from tests.audit.trails import MESSAGE, many, messages, plans_of
from tests.cast import Organisation

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def numbers(wanted: Wanted, before: int | None = None) -> list[int]:
    return [entry.seq for entry in page(wanted, before).entries]


@pytest.fixture
def varied(bank: Organisation) -> Organisation:
    """Two rows each day: 1 to 6 and their messages."""
    with serving(bank.tenant):
        for day, (actor, action, subject) in enumerate(
            [
                ("person:1", "person.created", "person:2"),
                ("contact:9", "conversation.started", "c1"),
                ("person:1", "conversation.resolved", "c1"),
                ("operator", "file.policy-changed", "files"),
                ("person:2", "trail.exported", "trail"),
                ("scanner", "unheard.of", "x"),
            ]
        ):
            many(
                [trail.Event(actor, action, subject), *messages(1, "c1")],
                START + dt.timedelta(days=day),
            )
    return bank


def test_newest_first_and_without_messages_unless_they_are_asked_for(varied: Organisation) -> None:
    with serving(varied.tenant):
        assert numbers(Wanted()) == [11, 9, 7, 5, 3, 1]
        assert numbers(Wanted(messages=True)) == list(range(12, 0, -1))
        assert numbers(Wanted(action=MESSAGE)) == [12, 10, 8, 6, 4, 2]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(actor="person:1"), [5, 1]),
        (Wanted(actor=CLIENTS), [3]),
        (Wanted(actor=CLIENTS, messages=True), [12, 10, 8, 6, 4, 3, 2]),
        (Wanted(action="conversation.resolved"), [5]),
        (Wanted(subject="c1"), [5, 3]),
        (Wanted(subject="c1", messages=True), [12, 10, 8, 6, 5, 4, 3, 2]),
        (Wanted(subject="c1", actor="person:1"), [5]),
        (Wanted(actor="person:1", action="person.created"), [1]),
        (Wanted(area=Area.PEOPLE), [1]),
        (Wanted(area=Area.SETTINGS), [11, 7]),
        (Wanted(area=Area.CONVERSATIONS), [5, 3]),
        (Wanted(area=Area.FILES), []),
        (Wanted(area=Area.TRAIL), [9]),
        (Wanted(area=Area.TRAIL, actor="person:1"), []),
        (Wanted(area=Area.CONVERSATIONS, subject="c1", actor="contact:9"), [3]),
        (Wanted(since=START + dt.timedelta(days=4)), [11, 9]),
        (Wanted(until=START + dt.timedelta(days=1)), [1]),
        (Wanted(since=START, until=START + dt.timedelta(days=2)), [3, 1]),
        (Wanted(since=START + dt.timedelta(days=9)), []),
        (Wanted(until=START), []),
        (Wanted(area=Area.SETTINGS, until=START + dt.timedelta(days=4)), [7]),
    ],
)
def test_filters(varied: Organisation, wanted: Wanted, expected: list[int]) -> None:
    with serving(varied.tenant):
        assert numbers(wanted) == expected
        assert [entry.seq for entry in all_of(wanted)] == expected[::-1]


def test_every_action_is_in_one_area(varied: Organisation) -> None:
    with serving(varied.tenant):
        assert actions() == [
            "conversation.resolved",
            "conversation.started",
            "file.policy-changed",
            "person.created",
            "trail.exported",
            "unheard.of",
        ]
    assert area_of("file.opened") is Area.FILES
    assert area_of("contact.merged") is Area.CONVERSATIONS
    assert area_of("anything.else") is Area.SETTINGS


def test_an_empty_trail(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert page(Wanted()) == ([], None, None)
        assert actions() == []
        assert reading.first_since(START) == 1
        assert all_of(Wanted(since=START, until=START)) == []


def test_pages_hold_together_while_the_trail_grows(bank: Organisation) -> None:
    with serving(bank.tenant):
        many(trail.Event("person:1", "label.created", f"l{n}") for n in range(120))
        first = page(Wanted())
        many([trail.Event("person:1", "label.created", "new")])
        second = page(Wanted(), first.before)
        third = page(Wanted(), second.before)
        assert (first.before, second.before, third.before) == (71, 21, None)
        found = [entry.seq for part in (first, second, third) for entry in part.entries]
        assert found == list(range(120, 0, -1))
        # Exactly one page: there is no older one.
        assert page(Wanted(), 51).before is None


def test_a_walk_goes_on_in_pieces(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_FIRST_PIECE", 2)
    monkeypatch.setattr(reading, "_LATER_PIECES", 3)
    with serving(bank.tenant):
        # As many as two, five and six: pieces that are full, and one that is not.
        for more in (2, 3, 1):
            many(trail.Event("operator", "label.created", "x") for _ in range(more))
            seqs = [entry.seq for entry in all_of(Wanted())]
            assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) == 6


def test_a_search_ends_after_a_bounded_number_of_rows(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "EXAMINED", 100)
    with serving(bank.tenant):
        many([trail.Event("person:1", "label.created", "first")], START)
        many(messages(250), START + dt.timedelta(days=1))
        wanted = Wanted(subject="first", messages=True)
        at: list[int | None] = [None]
        found: list[int] = []
        for _ in range(3):
            part = page(wanted, at[-1])
            found += [entry.seq for entry in part.entries]
            at.append(part.before)
            assert (part.searched_to is None) == (part.before is None)
        assert at == [None, 152, 52, None]
        assert found == [1]
        part = page(wanted)
        assert part.searched_to == START + dt.timedelta(days=1)


def test_a_file_holds_only_so_much(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(bank.tenant):
        many(messages(30))
        monkeypatch.setattr(reading, "LARGEST_EXPORT", 30)
        assert len(all_of(Wanted(messages=True))) == 30
        monkeypatch.setattr(reading, "LARGEST_EXPORT", 29)
        with pytest.raises(TooMany):
            all_of(Wanted(messages=True))
        monkeypatch.setattr(reading, "EXAMINED_FOR_EXPORT", 20)
        with pytest.raises(TooMany):
            all_of(Wanted(subject="nothing", messages=True))


def test_a_time_is_found_by_bisecting_also_where_rows_were_removed(bank: Organisation) -> None:
    with serving(bank.tenant):
        for hour in range(40):
            many(messages(3), START + dt.timedelta(hours=hour))
        for hour in (0, 1, 17, 39):
            at = START + dt.timedelta(hours=hour)
            assert reading.first_since(at) == 3 * hour + 1
            assert reading.first_since(at - dt.timedelta(minutes=1)) == 3 * hour + 1
        assert reading.first_since(START + dt.timedelta(days=3)) == 121
        plans = plans_of(lambda: reading.first_since(START + dt.timedelta(hours=20)))
        assert len(plans) <= 9
        TrailEntry.objects.filter(seq__gt=20, seq__lt=100).delete()
        assert 21 <= reading.first_since(START + dt.timedelta(hours=20)) <= 100
        assert reading.first_since(START + dt.timedelta(hours=39)) == 118
        assert 21 <= reading.first_since(START + dt.timedelta(hours=33)) <= 100


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "trail_without_messages"),
        (Wanted(area=Area.CONVERSATIONS), "trail_by_action"),
        (Wanted(area=Area.PEOPLE), "trail_by_action"),
        (Wanted(action="person.created"), "trail_by_action"),
        (Wanted(actor="person:1"), "trail_by_actor"),
        (Wanted(actor=CLIENTS), "trail_without_messages"),
        (Wanted(subject="c1"), "trail_by_subject"),
        (Wanted(messages=True), "sqlite_autoindex_audit_trailentry_1"),
        (Wanted(action=MESSAGE), "sqlite_autoindex_audit_trailentry_1"),
        (Wanted(subject="c1", messages=True), "sqlite_autoindex_audit_trailentry_1"),
        (Wanted(since=START, until=START + dt.timedelta(days=3)), "trail_without_messages"),
    ],
)
def test_no_plan_holds_a_scan_or_a_sort(varied: Organisation, wanted: Wanted, index: str) -> None:
    with serving(varied.tenant):
        for run in (lambda: page(wanted, 12), lambda: page(wanted), lambda: all_of(wanted)):
            plans = plans_of(run)
            assert any(f"INDEX {index}" in plan for plan in plans), plans
            for plan in plans:
                # A walk along an index is what a window is; a table is never walked.
                assert "SCAN audit_trailentry" not in plan.replace(
                    "SCAN audit_trailentry USING", ""
                )
                assert "TEMP B-TREE" not in plan
