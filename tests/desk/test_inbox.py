"""The inbox: what is in which view, in which order, and what it costs."""

import datetime as dt
import uuid

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.conversations.access import Participant, conversations_for, parts_of, reach_of
from siegel.conversations.contacts import introduce
from siegel.conversations.models import (
    Conversation,
    Label,
    Labelling,
    Mention,
    Note,
    Side,
    State,
)
from siegel.conversations.noting import see_mentions
from siegel.conversations.reading import mark_read
from siegel.desk import inbox
from siegel.desk.inbox import inbox_of, view_named
from siegel.identity.models import Person
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.inboxes import asked, page, shown, team_of

NOW = timezone.now


def mention(bank: Organisation, conversation: Conversation, person: Person) -> None:
    with serving(bank.tenant):
        seq = Note.objects.filter(conversation=conversation).count() + 100
        note = Note.objects.create(
            conversation=conversation,
            seq=seq,
            author=bank.ben,
            key=uuid.uuid4(),
            body="@",
            at=NOW(),
        )
        Mention.objects.create(note=note, conversation=conversation, person=person, at=NOW())


def test_each_view_holds_its_own(bank: Organisation) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    other = team_of(bank, "Leben", bank.ben)
    later = NOW() + dt.timedelta(days=1)
    asked(bank, "mine", bank.ada)
    asked(bank, "free")
    asked(bank, "free of the team", team=team)
    asked(bank, "colleague's", bank.ben, team=team)
    asked(bank, "another team's", team=other)
    asked(bank, "another's", bank.ben)
    asked(bank, "put aside", bank.ada, snoozed_until=later)
    asked(bank, "done", bank.ada, state=State.RESOLVED)
    asked(bank, "done by another", bank.ben, state=State.RESOLVED, team=team)
    bank.conversation()  # Begun and nothing written: nothing to answer.
    views = {view: set(shown(bank, bank.ada, view)) for view in ("mine", "free", "open", "snoozed")}
    assert views == {
        "mine": {"mine"},
        "free": {"free", "free of the team"},
        "open": {"mine", "free", "free of the team", "colleague's"},
        "snoozed": {"put aside"},
    }
    assert shown(bank, bank.ada, "resolved") == ["done"]
    assert page(bank, bank.ada, "mine")["counts"] == {
        "mine": 1, "free": 2, "open": 4, "snoozed": 1, "mentions": 0,
    }  # fmt: skip


def test_the_parts_are_what_the_gate_gives(bank: Organisation) -> None:
    team, other = team_of(bank, "a", bank.ada), team_of(bank, "b")
    for assigned in (None, bank.ada, bank.ben):
        for of in (None, team, other):
            for state in (State.OPEN, State.RESOLVED):
                asked(bank, "x", assigned, team=of, state=state)
    with serving(bank.tenant):
        for person in (bank.ada, bank.ben):
            seen = conversations_for(bank.as_adviser(person))
            reach = reach_of(bank.as_adviser(person))
            assert reach is not None
            for state in (State.OPEN, State.RESOLVED):
                parts = parts_of(reach, state)
                found = [pk for part in parts for pk in part.values_list("pk", flat=True)]
                assert len(found) == len(set(found))
                assert set(found) == set(seen.filter(state=state).values_list("pk", flat=True))
        assert reach_of(bank.as_adviser(bank.mia)) is None


def test_a_row_says_what_one_must_know(bank: Organisation) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    conversation = asked(bank, "Guten Tag", bank.ben, team=team)
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Vera Vogt", "v@x.example")
        for name in ("Kfz", "Ärger", "Eilt", "Zins"):
            label = Label.objects.create(name=name)
            Labelling.objects.create(conversation=conversation, label=label)
        conversation.refresh_from_db()
    row = page(bank, bank.ada, "open")["rows"][0]
    assert row == {
        "id": str(conversation.pk),
        "name": "Vera Vogt",
        "excerpt": "Guten Tag",
        "at": conversation.last_message_at.isoformat(),
        "seq": conversation.last_seq,
        "state": "open",
        "mine": False,
        "assignee": "Ben Brandt",
        "team": "Schaden",
        "until": None,
        "unread": False,
        "labels": ["Eilt", "Kfz", "Zins"],
        "more_labels": 1,
        "mentioned": False,
    }
    row = page(bank, bank.ben, "mine")["rows"][0]
    assert (row["mine"], row["unread"]) == (True, True)


def test_unread_is_what_the_client_wrote_since(bank: Organisation) -> None:
    conversation = asked(bank)
    ada = bank.as_adviser(bank.ada)

    def is_unread() -> bool:
        return bool(page(bank, bank.ada, "free")["rows"][0]["unread"])

    assert is_unread()
    with serving(bank.tenant):
        mark_read(ada, conversation, 2)
        assert not is_unread()
        # Not a message: nothing to read.
        introduce(bank.as_client(conversation), conversation, "Vera", "v@x.example")
    assert not is_unread()


@pytest.mark.parametrize("view", ["open", "mine", "resolved", "snoozed"])
def test_pages_join_without_gap_or_repetition(
    bank: Organisation, view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 3)
    start = NOW()
    state = State.RESOLVED if view == "resolved" else State.OPEN
    for number in range(8):
        # Three at a time have the same time: the id decides.
        at = start + dt.timedelta(minutes=number // 3)
        to = bank.ada if view != "open" or number % 2 else None
        until = at + dt.timedelta(days=1) if view == "snoozed" else None
        asked(bank, str(number), to, last_message_at=at, state=state, snoozed_until=until)
    found: list[tuple[str, str]] = []
    before: str | None = ""
    pages = 0
    while before is not None:
        got = page(bank, bank.ada, view, before=before)
        found += [(row["until"] or row["at"], row["id"]) for row in got["rows"]]
        before = got["next"]
        pages += 1
    assert (pages, len(found)) == (3, 8)
    assert found == sorted(found, reverse=view != "snoozed")


@pytest.mark.parametrize("cursor", ["x", "1.2", "9" * 90 + "." + "0" * 32, ".", "∞." + "0" * 32])
def test_a_cursor_that_is_none_is_the_first_page(bank: Organisation, cursor: str) -> None:
    asked(bank, "here")
    assert shown(bank, bank.ada, "free", before=cursor) == ["here"]


def test_mentions_are_there_until_they_are_seen(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = asked(bank, "one"), asked(bank, "two", bank.ada)
    lost = asked(bank, "lost", bank.ben)
    for conversation in (one, two, one, lost):
        mention(bank, conversation, bank.ada)
    got = page(bank, bank.ada, "mentions")
    assert [(row["excerpt"], row["mentioned"]) for row in got["rows"]] == [
        ("one", True),
        ("two", True),
    ]
    assert got["counts"]["mentions"] == 2  # What she does not see any more is not counted.
    with serving(bank.tenant):
        see_mentions(bank.ada, one)
        see_mentions(bank.ada, one)
    got = page(bank, bank.ada, "mentions")
    assert [row["mentioned"] for row in got["rows"]] == [False, True]
    assert got["counts"]["mentions"] == 1
    monkeypatch.setattr(inbox, "PAGE", 2)
    first = page(bank, bank.ada, "mentions")
    assert [row["excerpt"] for row in first["rows"]] == ["one"]
    rest = page(bank, bank.ada, "mentions", before=first["next"])
    assert ([row["excerpt"] for row in rest["rows"]], rest["next"]) == (["two", "one"], None)
    assert page(bank, bank.ben, "mentions")["rows"] == []


def test_by_label_are_the_open_ones(bank: Organisation) -> None:
    conversations = [
        asked(bank, "open", bank.ada),
        asked(bank, "done", bank.ada, state=State.RESOLVED),
        asked(bank, "another's", bank.ben),
    ]
    asked(bank, "without")
    with serving(bank.tenant):
        label = Label.objects.create(name="Kfz")
        for conversation in conversations:
            Labelling.objects.create(conversation=conversation, label=label)
    got = page(bank, bank.ada, "label", label=label.pk)
    assert [row["excerpt"] for row in got["rows"]] == ["open"]
    assert got["label"] == {"id": str(label.pk), "name": "Kfz"}
    gone = page(bank, bank.ada, "label", label=uuid.uuid4())
    assert (gone["rows"], gone["label"]) == ([], None)
    assert page(bank, bank.ada, "label")["rows"] == []


def test_counts_stop_somewhere(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_COUNTED", 2)
    for number in range(3):
        asked(bank, str(number))
        asked(bank, str(number), bank.ada)
    counts = page(bank, bank.ada, "mine")["counts"]
    assert (counts["mine"], counts["free"], counts["open"]) == (2, 2, 2)


def test_only_people_have_an_inbox(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert inbox_of(Participant(Side.CLIENT, uuid.uuid4()), "mine")["rows"] == []
    assert view_named("nonsense") == "mine"
    assert page(bank, bank.mia, "open")["counts"]["open"] == 0


@pytest.mark.parametrize("view", list(inbox.View))
def test_a_page_is_a_few_statements_that_scan_nothing(bank: Organisation, view: str) -> None:
    team = team_of(bank, "Schaden", bank.ada)
    for number in range(12):
        conversation = asked(bank, str(number), [None, bank.ada, bank.ben][number % 3], team=team)
        mention(bank, conversation, bank.ada)
        with serving(bank.tenant):
            label, _ = Label.objects.get_or_create(name="Kfz")
            Labelling.objects.create(conversation=conversation, label=label)
    with serving(bank.tenant):
        Conversation.objects.filter(excerpt__in="12").update(snoozed_until=NOW())
        Conversation.objects.filter(excerpt="3").update(state=State.RESOLVED)
        connection = connections[bank.tenant.id]
        with CaptureQueriesContext(connection) as captured:
            inbox_of(bank.as_adviser(bank.ada), view, label.pk)
        assert len(captured) <= 13
        growing = {"conversation", "event", "message", "mention", "labelling", "note", "readmark"}
        scans = []
        for query in captured.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plan = [str(row[3]) for row in cursor.fetchall()]
            scans += [
                (line, query["sql"])
                for line in plan
                if line.startswith("SCAN")
                and "USING" not in line
                and any(line.startswith(f"SCAN conversations_{name}") for name in growing)
            ]
        assert scans == []
