"""Figures: counted right, from indexes, and of single people only after a decision."""

import datetime as dt
import uuid

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations import figures
from siegel.conversations.figures import of_people, totals
from siegel.conversations.models import Conversation, Message, Side
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import resolve
from siegel.desk.administration.figures import _told
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import Person
from siegel.tenancy.context import serving
from tests.cast import Organisation

ON = {"switch": "on", "confirmed": "on"}


def asked(bank: Organisation, answered_by: Person | None = None) -> Conversation:
    conversation = bank.conversation()
    speakers = [bank.as_client(conversation)]
    if answered_by:
        speakers.append(bank.as_adviser(answered_by))
    for speaker in speakers:
        post_message(bank.tenant, speaker, conversation.pk, uuid.uuid4(), "Text").result(5)
    return conversation


def moved(bank: Organisation, conversation: Conversation, **times: dt.datetime) -> None:
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation.pk).update(**times)


def test_totals_are_counted_by_days_of_the_organisation(bank: Organisation) -> None:
    now = timezone.now()
    bank.conversation()  # Nothing was written: it does not count.
    asked(bank)
    asked(bank, bank.ada)
    done = asked(bank, bank.ben)
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ben), done)
    moved(bank, done, started_at=now - dt.timedelta(days=3), resolved_at=now - dt.timedelta(days=2))
    old = asked(bank)
    moved(bank, old, started_at=now - dt.timedelta(days=40))
    with serving(bank.tenant):
        found = totals("UTC", now)
    assert (found.open, found.free) == (3, 2)
    assert (found.begun, found.resolved, found.most) == (3, 1, 2)
    assert len(found.days) == 30
    assert [(day.begun, day.resolved) for day in found.days[:4]] == [(2, 0), (0, 0), (0, 1), (1, 0)]


def test_a_day_ends_at_the_midnight_of_the_organisation(bank: Organisation) -> None:
    conversation = asked(bank)
    moved(bank, conversation, started_at=dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC))
    with serving(bank.tenant):
        now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
        assert [day.begun for day in totals("UTC", now).days[:2]] == [0, 1]
        assert [day.begun for day in totals("Europe/Berlin", now).days[:2]] == [1, 0]


def test_the_median_is_of_those_that_were_answered(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.tenant):
        assert totals("UTC").first_answers.median is None
    start = timezone.now() - dt.timedelta(hours=5)
    for minutes in (1, 10, 90):
        conversation = asked(bank, bank.ada)
        moved(bank, conversation, started_at=start)
        with serving(bank.tenant):
            Message.objects.filter(conversation=conversation, side=Side.ADVISER).update(
                at=start + dt.timedelta(minutes=minutes)
            )
    asked(bank)
    with serving(bank.tenant):
        found = totals("UTC").first_answers
        assert found.median == dt.timedelta(minutes=10)
        assert (found.answered, found.unanswered, found.is_capped) == (3, 1, False)
        monkeypatch.setattr(figures, "MOST_ANSWERS", 2)
        assert totals("UTC").first_answers.is_capped


@pytest.mark.parametrize(
    ("wait", "text"),
    [(None, ""), (30, "30 s"), (90, "1 min 30 s"), (7_260, "2 h 1 min")],
)
def test_a_wait_is_told_in_two_units(wait: int | None, text: str) -> None:
    assert _told(None if wait is None else dt.timedelta(seconds=wait)) == text


def test_no_figure_reads_a_whole_table(bank: Organisation) -> None:
    asked(bank, bank.ada)
    with serving(bank.tenant):
        connection = connections[bank.tenant.id]
        with CaptureQueriesContext(connection) as captured:
            totals("Europe/Berlin")
            of_people()
        plans = []
        with connection.cursor() as cursor:
            for query in {query["sql"] for query in captured}:
                cursor.execute(f"EXPLAIN QUERY PLAN {query}")
                plans += [(line[3], query) for line in cursor.fetchall()]
    assert len(plans) > 60
    growing = ("conversations_conversation", "conversations_message")
    assert [
        plan for plan in plans if plan[0].startswith("SCAN") and plan[0].split()[1] in growing
    ] == []


def test_the_page_says_from_what_a_figure_was_counted(bank: Organisation) -> None:
    asked(bank, bank.ada)
    asked(bank)
    page = bank.desk(bank.mia).get("/administration/figures/").content.decode()
    assert "from 1 answered conversation begun" in page
    assert "because not answered yet: 1." in page
    assert "2 begun, 0 resolved" in page
    assert 'width="100"' in page
    assert "Ada Adler" not in page


def test_the_switch_says_what_it_governs_and_what_not(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    off = mia.get("/administration/figures/").content.decode()
    assert "When somebody was last at the desk is not shown either" in off
    assert "would show as well when each of them was last at the desk" in off
    mia.post("/administration/figures/", ON)
    on = mia.get("/administration/figures/").content.decode()
    assert "Hiding the figures hides that too" in on
    for page in (off, on):
        assert "can still count it for each person" in page


def test_single_people_are_shown_after_a_confirmed_decision_only(bank: Organisation) -> None:
    taken, done = asked(bank, bank.ada), asked(bank, bank.ben)
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ben), done)
    assert taken.pk != done.pk
    mia = bank.desk(bank.mia)
    page = mia.post("/administration/figures/", {"switch": "on"})
    assert page.status_code == 422
    assert "Confirm first" in page.content.decode()
    with serving(bank.tenant):
        assert not OrganisationRow.of_tenant().figures_per_person
    for _ in range(2):
        page = mia.post("/administration/figures/", ON, follow=True)
    assert [tuple(row) for row in page.context["people"]] == [(bank.ada, 1, 0), (bank.ben, 0, 1)]
    assert "Ada Adler" in page.content.decode()
    page = mia.post("/administration/figures/", {"switch": "off"}, follow=True)
    assert "Ada Adler" not in page.content.decode()
    with serving(bank.tenant):
        noted = TrailEntry.objects.filter(subject="setting:figures_per_person").order_by("seq")
        assert [entry.detail for entry in noted] == [{"on": 1}, {"on": 0}]
    mia.post("/administration/figures/", ON)
    with serving(bank.tenant):
        Conversation.objects.all().update(excerpt="")
    assert "Nobody has open" in mia.get("/administration/figures/").content.decode()


def test_advisers_see_no_figures(bank: Organisation) -> None:
    assert bank.desk(bank.ada).get("/administration/figures/").status_code == 403
