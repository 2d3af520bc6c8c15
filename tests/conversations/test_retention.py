"""Deletion by rule: what goes, what stays, and what is told of it."""

import datetime as dt
import uuid
from collections.abc import Callable
from unittest import mock

import pytest
from django.db import connections
from django.utils import timezone

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.conversations import jobs, retention
from siegel.conversations.access import NotFound
from siegel.conversations.holding import RefusedReason, hold, holds, lift
from siegel.conversations.merging import merge
from siegel.conversations.models import (
    Contact,
    Conversation,
    Event,
    LegalHold,
)
from siegel.conversations.resolving import reopen
from siegel.conversations.retention import RefusedRule, delete_due, due, set_rule
from siegel.files import objects
from siegel.files.models import StoredFile, Upload
from siegel.identity.models import SettingChange
from siegel.identity.setting_changes import note_change
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.tenancy.separation import knows
from siegel.tenancy.writing import write_transaction
from siegel.widget.models import Visit
from tests.cast import Organisation
from tests.conversations.retained import (
    PLANTED,
    resolved,
    rule,
    tables_that_know,
    with_everything,
)


def test_nothing_of_a_deleted_conversation_remains(bank: Organisation) -> None:
    conversation, other = with_everything(bank), resolved(bank, 1, "stays")
    identifiers = [conversation.pk, conversation.contact_id]
    resolved_at = conversation.resolved_at
    rule(bank)
    with serving(bank.tenant):
        texts = [PLANTED, *(one.hex for one in identifiers), *(str(one) for one in identifiers)]
        known = {table for text in texts for table in tables_that_know(bank, text)}
        assert len(known) == 14
        delete_due()
        assert [tables_that_know(bank, text) for text in texts] == [[]] * len(texts)
        assert not knows(bank.tenant, PLANTED)
        assert list(Conversation.objects.all()) == [other]
        assert Visit.objects.count() == StoredFile.objects.count() == 1
        assert Upload.objects.count() == 1  # The completed one of the other conversation.
        assert len(objects.all_paths()) == 1
        deleted = TrailEntry.objects.get(action="retention.deleted")
        ran = TrailEntry.objects.get(action="retention.ran")
        trail.verify(TrailEntry.objects.all())
    assert resolved_at is not None
    assert (deleted.actor, deleted.subject) == ("retention", str(conversation.pk))
    assert deleted.detail == {
        "messages": 1, "files": 2, "rule": 30, "resolved_at": f"{resolved_at:%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    assert ran.detail == {"rule": 30, "deleted": 1, "failed": 0}


@pytest.mark.parametrize("days", [None, 41])
def test_what_the_rule_does_not_say_stays(bank: Organisation, days: int | None) -> None:
    resolved(bank)
    rule(bank, days)
    with serving(bank.tenant):
        assert delete_due() is False
        assert Conversation.objects.count() == 1
        assert TrailEntry.objects.filter(action="retention.ran").count() == (1 if days else 0)


def test_what_is_held_stays_until_an_administrator_lifts_it(bank: Organisation) -> None:
    conversation = resolved(bank)
    rule(bank)
    with serving(bank.tenant):
        hold(bank.ada, conversation, " Rechtsstreit ")
        hold(bank.ada, conversation, "Ein anderer Grund")
        (held,) = holds()
        assert (held.reason, held.set_by) == ("Rechtsstreit", bank.ada)
        assert str(held) == str(conversation.pk)
        delete_due()
        assert Conversation.objects.exists()
        lift(bank.mia, conversation.pk)
        with pytest.raises(NotFound):
            lift(bank.mia, conversation.pk)
        kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
        assert kinds[-2:] == ["held", "hold-lifted"]
        told = TrailEntry.objects.filter(action__contains="hold").values_list("actor", "detail")
        assert "Rechtsstreit" not in str(list(TrailEntry.objects.values_list("detail")))
        assert [actor for actor, _ in told] == [f"person:{bank.mia.pk}"]
        delete_due()
        assert not Conversation.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ab ", "x" * 501, "a\x00bc", "\u200b\u200b\u200b"])
def test_a_hold_needs_a_reason(bank: Organisation, reason: str) -> None:
    conversation = resolved(bank)
    with serving(bank.tenant):
        with pytest.raises(RefusedReason):
            hold(bank.ada, conversation, reason)
        with pytest.raises(NotFound):
            hold(bank.ben, conversation, "a good reason")
        assert not LegalHold.objects.exists()


def reopened(bank: Organisation, conversation: Conversation) -> None:
    reopen(bank.as_adviser(bank.ada), conversation)


def held(bank: Organisation, conversation: Conversation) -> None:
    hold(bank.ada, conversation, "just now")


def lengthened(bank: Organisation, conversation: Conversation) -> None:
    set_rule(bank.mia, 90)


def switched_off(bank: Organisation, conversation: Conversation) -> None:
    set_rule(bank.mia, None)


@pytest.mark.parametrize("change", [reopened, held, lengthened, switched_off])
def test_what_changes_after_the_job_has_looked_counts(
    bank: Organisation, change: Callable[[Organisation, Conversation], None]
) -> None:
    conversation = resolved(bank)
    rule(bank)
    real = retention._delete

    def meanwhile(identifier: uuid.UUID) -> bool:
        change(bank, conversation)
        return real(identifier)

    with serving(bank.tenant), mock.patch.object(retention, "_delete", meanwhile):
        assert delete_due() is False
        assert Conversation.objects.count() == StoredFile.objects.count() == 1
        assert len(objects.all_paths()) == 1


def test_every_tenant_has_its_own_rule(bank: Organisation, insurer: Organisation) -> None:
    jobs.delete_by_rule_everywhere()
    waiting = Job.objects.filter(name="retention.delete").values_list("tenant", flat=True)
    assert set(waiting) == {bank.tenant.id, insurer.tenant.id}


def test_a_contact_stays_as_long_as_something_of_the_person_does(bank: Organisation) -> None:
    ada = bank.as_adviser(bank.ada)
    first, second, third = (resolved(bank, days) for days in (50, 40, 1))
    with serving(bank.tenant):
        merge(ada, second.contact, first.contact)
        merge(ada, third.contact, first.contact)
    rule(bank)
    with serving(bank.tenant):
        delete_due()
        # The first one is what the third was merged with; the second one is nothing any more.
        assert set(Contact.objects.all()) == {first.contact, third.contact}
        Conversation.objects.update(resolved_at=timezone.now() - dt.timedelta(days=31))
        delete_due()
        assert not Contact.objects.exists()
        assert not Visit.objects.exists()


def test_a_contact_with_another_conversation_stays(bank: Organisation) -> None:
    old, young = resolved(bank, 40), resolved(bank, 1)
    rule(bank)
    with serving(bank.tenant):
        Conversation.objects.filter(pk=young.pk).update(contact=old.contact)
        delete_due()
        assert Conversation.objects.get().contact == old.contact


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_rule_is_a_number_of_days(bank: Organisation, days: int) -> None:
    with serving(bank.tenant), pytest.raises(RefusedRule):
        set_rule(bank.mia, days)


def test_who_changed_the_rule_is_noted(bank: Organisation) -> None:
    with serving(bank.tenant):
        for days in (30, 30, None):
            set_rule(bank.mia, days)
        entries = TrailEntry.objects.filter(action="settings.changed").order_by("seq")
        rows = list(entries.values_list("actor", "subject", "detail"))
        assert rows == [
            (f"person:{bank.mia.pk}", "setting:retention_days", {"before": None, "now": 30}),
            (f"person:{bank.mia.pk}", "setting:retention_days", {"before": 30, "now": None}),
        ]
        assert SettingChange.objects.get().by == bank.mia
        with write_transaction():
            note_change("retention_days", None)
        assert SettingChange.objects.get().by is None
        newest = TrailEntry.objects.order_by("-seq").first()
        assert newest is not None
        assert (newest.actor, newest.detail) == ("operator", {})


def test_what_is_due_is_found_by_an_index(bank: Organisation) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        sql, params = due(30).values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = " / ".join(row[3] for row in cursor.fetchall())
    assert "SCAN" not in plan
    assert "USING INDEX resolved" in plan
