"""Deletion by rule while others work: short steps, what comes meanwhile, what fails."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from siegel.conversations.events import append_event
from siegel.conversations.files import announce_file
from siegel.conversations.holding import lift
from siegel.conversations.models import (
    Contact,
    Conversation,
    Event,
    Message,
    Side,
)
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import resolve
from siegel.conversations.retention import delete_due
from siegel.conversations.search_index import run
from siegel.files import objects
from siegel.files.models import StoredFile, Upload
from siegel.files.probing import send_whole
from siegel.tenancy.context import serving
from siegel.tenancy.separation import knows
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation
from tests.conversations.retained import (
    PLANTED,
    Killed,
    resolved,
    rule,
    swept,
    unfinished,
    with_everything,
)
from tests.conversations.searched import found, index_all, said


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
