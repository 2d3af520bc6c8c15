"""Deletion by rule: what goes, what stays, what is told of it, and being killed in the middle."""

import datetime as dt
import importlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.conversations import deleting, jobs, retention, search_forgetting
from siegel.conversations.access import NotFound, conversation_for
from siegel.conversations.batches import Posting, Refused, commit_batch
from siegel.conversations.contact_access import newest_conversation
from siegel.conversations.controls import CONTROLS
from siegel.conversations.events import append_event
from siegel.conversations.files import announce_file
from siegel.conversations.holding import RefusedReason, hold, holds, lift
from siegel.conversations.merging import merge
from siegel.conversations.models import (
    Contact,
    Conversation,
    Draft,
    Event,
    Label,
    Labelling,
    LegalHold,
    Mention,
    Message,
    Note,
    PendingMessage,
    Side,
    State,
)
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.resolving import reopen, resolve
from siegel.conversations.retention import RefusedRule, delete_due, due, set_rule
from siegel.conversations.retention_kept import examine_retention
from siegel.conversations.search_index import run
from siegel.files import objects
from siegel.files.models import Preview, StoredFile, Upload, UploadPart
from siegel.files.probing import send_whole
from siegel.files.sweeping import sweep_objects
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import SettingChange
from siegel.identity.setting_changes import note_change
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job, Tenant
from siegel.tenancy.separation import knows
from siegel.tenancy.writing import write_transaction
from siegel.widget.models import Visit
from tests.cast import Organisation
from tests.conversations.searched import found, index_all, said

PLANTED = "planted-text-7f3a"


def resolved(bank: Organisation, days: float = 40, body: str = PLANTED) -> Conversation:
    """A conversation with a file, resolved so many days ago."""
    conversation = bank.conversation()
    client, ada = bank.as_client(conversation), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        content = f"content {body}".encode()
        announced = announce_file(client, conversation.pk, f"{body}.txt", len(content))
        file = send_whole(announced, content)
    post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body, files=[file.pk]).result(
        5
    )
    with serving(bank.tenant):
        resolve(ada, conversation)
        Conversation.objects.filter(pk=conversation.pk).update(
            resolved_at=timezone.now() - dt.timedelta(days=days)
        )
        return Conversation.objects.get(pk=conversation.pk)


def with_everything(bank: Organisation) -> Conversation:
    """One of which there is something in every table."""
    conversation, now = resolved(bank), timezone.now()
    client, ada = bank.as_client(conversation), bank.ada
    with serving(bank.tenant):
        mark_read(client, conversation, 3)
        note = Note.objects.create(
            conversation=conversation, seq=90, author=ada, key=uuid.uuid4(), body=PLANTED, at=now
        )
        Mention.objects.create(note=note, conversation=conversation, person=bank.ben, at=now)
        Labelling.objects.create(conversation=conversation, label=Label.objects.create(name="Kfz"))
        Draft.objects.create(person=ada, conversation=conversation, body=PLANTED, saved_at=now)
        PendingMessage.objects.create(
            key=uuid.uuid4(), conversation=conversation, author=ada, body=PLANTED, release_at=now
        )
        file = StoredFile.objects.get(scope=conversation.pk)
        for purpose, keep in (
            (
                objects.Purpose.PREVIEW,
                lambda one: Preview.objects.create(file=file, page=1, object=one),
            ),
            (objects.Purpose.PART, lambda one: unfinished(bank, conversation, one)),
        ):
            with objects.sealing(purpose) as (identifier, writer):
                writer.write(b"bytes")
            keep(identifier)
        unsent = announce_file(client, conversation.pk, f"{PLANTED}-2.txt", 5)
        send_whole(unsent, b"other")
        conversation.excerpt = PLANTED
        conversation.save()
    return conversation


def unfinished(bank: Organisation, conversation: Conversation, part: uuid.UUID) -> UploadPart:
    upload = announce_file(bank.as_client(conversation), conversation.pk, f"{PLANTED}.pdf", 500)
    return UploadPart.objects.create(upload=upload, number=1, sha256="0" * 64, object=part)


def rule(bank: Organisation, days: int | None = 30) -> None:
    with serving(bank.tenant):
        OrganisationRow.objects.update(retention_days=days)


def tables_that_know(bank: Organisation, text: str) -> list[str]:
    """Every table with a row that holds a text, the trail aside."""
    found = []
    with connections[bank.tenant.id].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(text in str(value) for row in cursor.fetchall() for value in row):
                found.append(table)
    return [table for table in found if table != "audit_trailentry"]


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


class Killed(BaseException):
    """As if the process ended there."""


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("siegel.files.objects", "delete", 1),
        ("siegel.files.objects", "delete", 2),
        ("siegel.files.objects", "delete", 3),
        ("siegel.audit.trail", "append", 1),
        ("siegel.audit.trail", "append", 3),
        ("siegel.conversations.deleting", "forget_files", 1),
        ("siegel.conversations.deleting", "remove_objects", 1),
        ("siegel.conversations.deleting", "discard_upload", 1),
        ("siegel.conversations.deleting", "forget_words", 1),
        ("siegel.conversations.deleting", "forget_texts", 1),
        ("siegel.conversations.deleting", "forget_texts", 2),
        ("siegel.conversations.deleting", "_delete_rest", 1),
        ("siegel.conversations.deleting", "_delete_rest", 2),
        ("siegel.conversations.deleting", "_delete_contact", 1),
        ("siegel.conversations.deleting", "_delete_contact", 2),
    ],
)
def test_killed_anywhere_it_finishes_when_it_runs_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, module: str, name: str, call: int
) -> None:
    monkeypatch.setattr(deleting, "EVENTS_AT_ONCE", 2)
    conversations = [with_everything(bank), resolved(bank)]
    rule(bank)
    owner = importlib.import_module(module)
    real, calls = getattr(owner, name), 0

    def killed(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Killed
        return real(*arguments)

    with serving(bank.tenant):
        with mock.patch.object(owner, name, killed), pytest.raises(Killed):
            delete_due()
        assert Conversation.objects.exists()
        # What is rolled back has lost no bytes, and no rule is needed to finish what is begun.
        assert all(objects.path_of(file.object).exists() for file in StoredFile.objects.all())
        delete_due()
        assert not knows(bank.tenant, PLANTED)
        assert swept() == []
        told = TrailEntry.objects.filter(action="retention.deleted")
        assert {entry.subject for entry in told} == {str(one.pk) for one in conversations}
        assert told.count() == 2


def swept() -> list[Path]:
    """What is left in the store when the sweeper has come by, a day later."""
    for path in objects.all_paths():
        os.utime(path, (0, 0))
    sweep_objects()
    return objects.all_paths()


DIES = """
import os, signal, sys, django
django.setup(set_prefix=False)
from siegel.conversations import deleting, retention
from siegel.files import objects
from siegel.tenancy.context import ServedTenant, serving
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
owner = {"objects": objects, "deleting": deleting}[sys.argv[2]]
setattr(owner, sys.argv[3], die)
with serving(ServedTenant(id=sys.argv[1])):
    retention.delete_due()
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("objects", "delete"),
        ("deleting", "forget_texts"),
        ("deleting", "_delete_contact"),
    ],
)
def test_killed_for_good_it_finishes_when_it_runs_again(
    bank: Organisation, module: str, name: str
) -> None:
    conversation = with_everything(bank)
    rule(bank)
    ran = subprocess.run(
        [sys.executable, "-c", DIES, bank.tenant.id, module, name],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "siegel.settings"},
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL
    rule(bank, None)
    with serving(bank.tenant):
        assert Conversation.objects.get() == conversation
        assert not TrailEntry.objects.filter(action="retention.ran").exists()
        delete_due()
        assert not knows(bank.tenant, PLANTED)
        assert swept() == []
        assert TrailEntry.objects.filter(action="retention.deleted").count() == 1
        trail.verify(TrailEntry.objects.all())


def test_from_the_first_step_on_nobody_sees_it(bank: Organisation) -> None:
    conversation = with_everything(bank)
    client, ada = bank.as_client(conversation), bank.as_adviser(bank.ada)
    rule(bank)
    index_all(bank)
    assert len(found(bank, PLANTED).hits) == 1
    with serving(bank.tenant):
        with (
            mock.patch.object(retention, "delete_hidden", side_effect=Killed),
            pytest.raises(Killed),
        ):
            delete_due()
        for participant in (client, ada):
            with pytest.raises(NotFound):
                conversation_for(participant, conversation.pk)
        with pytest.raises(NotFound):
            lift(bank.mia, conversation.pk)
        assert newest_conversation(conversation.contact) is None
        assert Message.objects.filter(conversation=conversation).exists()
    assert found(bank, PLANTED).hits == []
    # Also for whoever has passed the gate before.
    with serving(bank.tenant):
        posting = Posting(conversation.pk, uuid.uuid4(), Side.CLIENT, "Hallo?", client.actor)
        (result,) = commit_batch([posting])
    assert isinstance(result, Refused)
    assert result.code == "not-found"


def test_steps_are_short(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "EVENTS_AT_ONCE", 5)
    monkeypatch.setattr(deleting, "CHARACTERS_AT_ONCE", 900)
    monkeypatch.setattr(deleting, "FILES_AT_ONCE", 2)
    monkeypatch.setattr(search_forgetting, "WORDS_AT_ONCE", 3)
    conversation = resolved(bank)
    client = bank.as_client(conversation)
    with serving(bank.tenant):
        for number in range(5):
            content = f"Datei {number}".encode()
            send_whole(
                announce_file(client, conversation.pk, f"{number}.txt", len(content)), content
            )
    for number in range(12):
        body = f"Nummer {number} " + ("lang " * 100 if number < 4 else "")
        post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body).result(5)
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ada), conversation)
        Conversation.objects.update(resolved_at=timezone.now() - dt.timedelta(days=40))
    index_all(bank)
    rule(bank)
    steps: list[dict[str, int]] = []

    @contextmanager
    def counted() -> Iterator[None]:
        assert not connections[bank.tenant.id].in_atomic_block
        before = rows(bank)
        with write_transaction():
            yield
        after = rows(bank)
        steps.append({name: before[name] - after[name] for name in before})

    for module in (deleting, search_forgetting):
        monkeypatch.setattr(module, "write_transaction", counted)
    with serving(bank.tenant):
        delete_due()
        assert set(rows(bank).values()) == {0}
        assert Conversation.objects.count() == 0
    most = {name: max(step[name] for step in steps) for name in steps[0]}
    # 500 characters and a few more each: of those two would be too long.
    assert most == {"event": 5, "message": 5, "storedfile": 2, "search_word": 3}
    assert [step["message"] for step in steps if step["message"]][:3] == [1, 1, 1]


def rows(bank: Organisation) -> dict[str, int]:
    """How many of what the steps delete are there."""
    return {
        "event": Event.objects.count(),
        "message": Message.objects.count(),
        "storedfile": StoredFile.objects.count(),
        "search_word": run("SELECT count(*) FROM search_word")[0][0],
    }


def test_what_comes_meanwhile_goes_too(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever passed the gate before, and writes after everything was deleted."""
    conversation = resolved(bank)
    rule(bank)
    late: list[Callable[[], object]] = [
        lambda: append_event(Conversation.objects.get(), "file", bank.as_adviser(bank.ada), {}),
        lambda: unfinished(bank, conversation, uuid.uuid4()),
    ]
    real = deleting._delete_rest
    monkeypatch.setattr("siegel.conversations.files.conversation_for", lambda *_: conversation)

    def meanwhile(identifier: uuid.UUID) -> bool:
        if Event.objects.exists() or not late:
            return real(identifier)
        with write_transaction():
            late.pop()()
        return real(identifier)

    monkeypatch.setattr(deleting, "_delete_rest", meanwhile)
    with serving(bank.tenant):
        delete_due()
        assert late == []
        assert not Conversation.objects.exists()
        assert not Event.objects.exists()
        assert not Upload.objects.exists()


def test_two_runs_at_once_do_no_harm(bank: Organisation) -> None:
    conversation = with_everything(bank)
    rule(bank)
    real = deleting._delete_events
    others = [0]

    def meanwhile(identifier: uuid.UUID) -> None:
        if others:
            others.pop()
            delete_due()
        real(identifier)

    with serving(bank.tenant):
        with mock.patch.object(deleting, "_delete_events", meanwhile):
            delete_due()
        assert not knows(bank.tenant, PLANTED)
        told = TrailEntry.objects.get(action="retention.deleted")
        assert told.subject == str(conversation.pk)
        trail.verify(TrailEntry.objects.all())


def test_words_of_others_stay(bank: Organisation) -> None:
    resolved(bank, body="Rente und Police")
    said(bank, "Eine Rente")
    index_all(bank)
    rule(bank)
    with serving(bank.tenant):
        delete_due()
        words = {word for (word,) in run("SELECT word FROM search_word")}
    assert words == {"eine", "rente"}


def test_bytes_that_cannot_be_removed_are_swept(
    bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    resolved(bank)
    rule(bank)
    with serving(bank.tenant):
        with mock.patch.object(objects, "delete", side_effect=objects.StoreUnavailable("OSError")):
            assert delete_due() is False
        assert not Conversation.objects.exists()
        assert len(objects.all_paths()) == 1
        assert "is left to the sweeper: OSError" in caplog.text
        assert swept() == []


def test_one_that_cannot_be_deleted_does_not_keep_the_others(
    bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, other = resolved(bank, 50), resolved(bank, 40)
    rule(bank)
    real = deleting._delete_contact

    def failing(contact: Contact) -> None:
        if contact == stuck.contact:
            raise DatabaseError("no room")
        real(contact)

    with serving(bank.tenant):
        with mock.patch.object(deleting, "_delete_contact", failing):
            assert delete_due() is True  # Another one is tried once more.
            assert delete_due() is False  # Without progress nothing is.
        assert list(Conversation.objects.all()) == [stuck]
        assert f"{stuck.pk} was not deleted: DatabaseError" in caplog.text
        assert not Conversation.objects.filter(pk=other.pk).exists()
        assert delete_due() is False
        assert not Conversation.objects.exists()
        ran = TrailEntry.objects.filter(action="retention.ran").order_by("seq")
        assert [entry.detail["failed"] for entry in ran] == [1, 1, 0]


def test_when_time_is_short_another_job_goes_on(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        resolved(bank)
    rule(bank)
    monkeypatch.setattr(retention, "SECONDS", -1.0)
    enqueued: list[tuple[str, str]] = []
    monkeypatch.setattr(
        jobs, "enqueue", lambda kind, tenant: enqueued.append((kind.name, tenant.id))
    )
    another = ("retention.delete", bank.tenant.id)
    with serving(bank.tenant):
        jobs.delete_by_rule()
        assert Conversation.objects.count() == 2
        assert enqueued == [another]
        jobs.delete_by_rule()
        jobs.delete_by_rule()
        assert not Conversation.objects.exists()
        assert enqueued == [another, another]


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


CONTROL = next(control for control in CONTROLS if control.id == "x-retention-kept")


def test_the_claim_holds_and_its_canary_bites(bank: Organisation) -> None:
    resolved(bank, 31)
    rule(bank)
    check, canary = CONTROL.check(), CONTROL.canary()
    assert (check.is_complete, check.faults) == (True, ())
    assert canary.is_complete
    assert canary.faults


def test_what_lies_too_long_is_counted(bank: Organisation) -> None:
    old, lifted = resolved(bank, 33), resolved(bank, 33)
    rule(bank)
    with serving(bank.tenant):
        hold(bank.ada, lifted, "until today")
        lift(bank.mia, lifted.pk)
    (fault,) = examine_retention().faults
    assert fault == f"1 conversations of {bank.tenant.id} should have been deleted"
    with serving(bank.tenant):
        hold(bank.ada, old, "for a dispute")
    assert examine_retention().faults == ()
    with serving(bank.tenant):
        lift(bank.mia, old.pk)
        Event.objects.filter(kind="hold-lifted").update(at=timezone.now() - dt.timedelta(days=3))
    assert examine_retention().faults == (fault.replace("1 c", "2 c"),)
    looked_at = examine_retention().examined
    with serving(bank.tenant):
        set_rule(bank.mia, 29)
    # What was due by the old rule as well still is.
    finding = examine_retention()
    assert (finding.faults, finding.examined) == ((fault.replace("1 c", "2 c"),), looked_at)


def test_a_rule_that_was_changed_counts_by_the_longest_for_two_days(bank: Organisation) -> None:
    resolved(bank, 45)
    rule(bank, 60)
    with serving(bank.tenant):
        set_rule(bank.mia, 30)
        set_rule(bank.mia, 40)
    assert examine_retention().faults == ()
    with serving(bank.tenant):
        TrailEntry.objects.update(at=timezone.now() - dt.timedelta(days=3))
    (fault,) = examine_retention().faults
    assert fault == f"1 conversations of {bank.tenant.id} should have been deleted"


def test_a_tenant_from_which_nothing_has_to_go_is_not_counted(
    bank: Organisation, insurer: Organisation
) -> None:
    resolved(bank, 45)
    rule(insurer, 30)
    finding = examine_retention()
    with serving(bank.tenant):
        set_rule(bank.mia, 30)
    new_rule = examine_retention()
    for each in (finding, new_rule):
        # One probe and the insurer; neither the other probe nor the bank.
        assert (each.faults, each.examined) == ((), 4 + 2)
        assert "with a rule: 2; without a rule or suspended: 2" in each.what.en
    with serving(bank.tenant):
        TrailEntry.objects.update(at=timezone.now() - dt.timedelta(days=3))
    then = examine_retention()
    assert (len(then.faults), then.examined) == (1, 4 + 3)
    Tenant.objects.filter(pk=bank.tenant.id).update(state="suspended")
    assert examine_retention().examined == 4 + 2


def test_a_suspended_tenant_waits_and_a_closed_one_is_a_fault(bank: Organisation) -> None:
    resolved(bank, 33)
    rule(bank)
    with mock.patch(
        "siegel.conversations.retention_kept.open_database", side_effect=Unavailable("x")
    ):
        assert any("does not open" in fault for fault in examine_retention().faults)
    Tenant.objects.update(state="suspended")
    assert examine_retention().faults == ()


def test_whatever_else_goes_wrong_is_found(bank: Organisation) -> None:
    def orphan(text: str, held: Conversation) -> None:
        with objects.sealing(objects.Purpose.FILE) as (_, writer):
            writer.write(b"left")

    (fault,) = examine_retention(orphan).faults
    assert fault == "a file of a deleted conversation is still in the store"
    with mock.patch.object(deleting, "_delete_contact"):
        (fault,) = examine_retention().faults
    assert fault == "rows of a deleted conversation are still in the database"
    with mock.patch("siegel.conversations.retention_kept.plant_overdue"):
        assert CONTROL.canary().faults == ()


def test_an_open_one_is_never_due(bank: Organisation) -> None:
    conversation = resolved(bank)
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation.pk).update(state=State.OPEN)
        assert not due(1).exists()
