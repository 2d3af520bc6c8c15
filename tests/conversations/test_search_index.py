"""The index: filled after the commit, once each, and emptied of what is deleted."""

import importlib
import re
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connections

from siegel.conversations import indexer, search_index, search_jobs
from siegel.conversations.contacts import change_contact, introduce
from siegel.conversations.indexer import Indexers, indexers
from siegel.conversations.merging import merge
from siegel.conversations.models import Contact, Conversation, Event, Message, Note, State
from siegel.conversations.search_contacts import contacts_with
from siegel.conversations.search_folding import fold
from siegel.conversations.search_forgetting import forget_texts, forget_words
from siegel.conversations.search_index import (
    FTS_TABLES,
    forget_contact,
    index_next,
    lags,
    purge,
    purge_is_wanted,
    run,
)
from siegel.conversations.search_jobs import catch_up, purge_index
from siegel.conversations.search_terms import terms_of
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import served, serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation
from tests.conversations.searched import found, index_all, noted, said, texts

SECRET = "Zyxwvutsrq"


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> float:
    """Wait for something; how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def dumped(table: str) -> bytes:
    """All that a table of FTS5 stores."""
    return b"".join(bytes(block) for (block,) in run(f"SELECT block FROM {table}_data"))


def terms(table: str) -> set[str]:
    """What can be asked of a table, as SQLite's own fts5vocab lists it."""
    run(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_terms USING fts5vocab(main, {table}, row)"
    )
    return {term for (term,) in run(f"SELECT term FROM temp.{table}_terms")}


def forget(conversation: Conversation) -> None:
    """What deleting a conversation does to the index."""
    events = dict(Event.objects.filter(conversation=conversation).values_list("seq", "pk"))
    texts = [
        (events[seq], body)
        for model in (Message, Note)
        for seq, body in model.objects.filter(conversation=conversation).values_list("seq", "body")
    ]
    forget_words(texts)
    with write_transaction():
        forget_texts([number for number, _ in texts])


def test_a_message_is_found_within_a_second(bank: Organisation) -> None:
    said(bank, "Zur Baufinanzierung")
    assert wait_until(lambda: len(found(bank, "finanzierung").hits) == 1) < 1
    noted(bank, said(bank, "Guten Tag"), bank.ada, "Darlehen besprochen")
    assert wait_until(lambda: len(found(bank, "darlehen").hits) == 1) < 1


def test_an_idle_indexer_ends_and_another_one_begins(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 0)
    said(bank, "Eins ist da")
    wait_until(lambda: bool(found(bank, "eins").hits))
    assert indexers.active() == 1
    wait_until(lambda: indexers.active() == 0)
    said(bank, "Zwei ist da")
    wait_until(lambda: bool(found(bank, "zwei").hits))


def test_whoever_is_woken_while_it_retires_stays(bank: Organisation) -> None:
    indexers.wake(bank.tenant)
    [working] = indexers._active.values()
    working.woken.set()
    assert not indexers.retire(working)
    assert indexers.active() == 1


def test_draining_ends_the_threads_and_closing_starts_no_more(bank: Organisation) -> None:
    own = Indexers()
    own.wake(bank.tenant)
    [working] = own._active.values()
    own.drain(close=True)
    assert not working.thread.is_alive()
    own.wake(bank.tenant)
    assert own.active() == 0
    own.reopen()
    own.wake(bank.tenant)
    assert own.active() == 1
    own.drain(close=False)
    # One that has ended meanwhile does not remove its successor.
    own.wake(bank.tenant)
    own.forget(working)
    assert own.active() == 1
    own.drain(close=True)


def test_an_indexer_that_fails_is_followed_by_another(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bool:
        raise DatabaseError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(indexer, "index_next", fail)
        said(bank, "Das Gesuchte")
        wait_until(lambda: indexers.active() == 0)
    assert f"The indexer of {bank.tenant.id} ended: DatabaseError" in caplog.messages
    assert found(bank, "gesuchte").hits == []
    catch_up()
    wait_until(lambda: bool(found(bank, "gesuchte").hits))


def test_without_a_thread_left_nothing_is_lost(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    own = Indexers()
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_thread)
        own.wake(bank.tenant)
    assert own.active() == 0
    assert f"The indexer of {bank.tenant.id} has not started." in caplog.messages


def test_many_are_indexed_in_batches(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 60)
    monkeypatch.setattr(search_index, "BATCH", 3)
    said(bank, *[f"Nummer {number}" for number in range(5)])
    with serving(bank.tenant):
        assert lags()
        assert index_next()
        assert lags()
        assert index_next()
        assert not index_next()
        assert not lags()
    assert len(found(bank, "nummer").hits) == 5


def test_a_thread_takes_all_batches_unless_it_is_stopped(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "BATCH", 2)
    said(bank, *[f"Nummer {number}" for number in range(7)])
    wait_until(lambda: len(found(bank, "nummer").hits) == 7)


def test_another_folding_begins_anew(bank: Organisation) -> None:
    conversation = said(bank, "Größe")
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Vera Vogt", "v@x.example")
    index_all(bank)
    with serving(bank.tenant):
        run("UPDATE search_cursor SET folding = 0")
        assert lags()
    index_all(bank)
    with serving(bank.tenant):
        assert not lags()
        assert run("SELECT count(*) FROM search_contact") == [(1,)]
    assert texts(found(bank, "groesse")) == ["Größe"]


def test_what_is_forgotten_leaves_no_trace(bank: Organisation) -> None:
    others = said(bank, "Ein Haus bleibt hier", *["Guten Tag"] * 20)
    gone = said(bank, f"Mein {SECRET} im Haus", f"Noch einmal {SECRET}")
    noted(bank, gone, bank.ada, f"Notiz zu {SECRET.upper()}")
    index_all(bank)
    said(bank, "Danach kam noch etwas", conversation=others)
    index_all(bank)
    assert len(found(bank, SECRET).hits) == 3
    secret = SECRET.lower()
    with serving(bank.tenant):
        # The first letter may be shared with the word before.
        assert secret[1:].encode() in dumped("search_words")
        assert secret in terms("search_words")
        forget(gone)
        assert purge_is_wanted()
        purge()
        assert not purge_is_wanted()
        for table in FTS_TABLES:
            left = terms(table)
            assert secret not in left
            assert not {secret[at : at + 3] for at in range(len(secret) - 2)} & left
            assert secret[1:].encode() not in dumped(table)
            run(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")
        assert run("SELECT 1 FROM search_word WHERE word = %s", [secret]) == []
        # What others said too is still there.
        assert run("SELECT 1 FROM search_word WHERE word = 'haus'") == [(1,)]
    assert found(bank, SECRET).hits == []
    assert texts(found(bank, "haus")) == ["Ein Haus bleibt hier"]
    assert len(found(bank, "tag").hits) == 20


def test_what_is_deleted_before_it_is_indexed_never_is(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 60)
    conversation = said(bank, f"Mein {SECRET}")
    with serving(bank.tenant), write_transaction():
        Message.objects.filter(conversation=conversation).delete()
        Event.objects.filter(conversation=conversation).delete()
    index_all(bank)
    with serving(bank.tenant):
        assert SECRET.lower() not in terms("search_words")


def test_a_contact_is_forgotten(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, SECRET, "v@x.example")
    index_all(bank)
    with serving(bank.tenant):
        assert "yxw" in terms("search_contact_parts")
        contact = Contact.objects.get()
        with write_transaction():
            forget_contact(contact.pk)
            forget_contact(contact.pk)
        purge()
        assert "yxw" not in terms("search_contact_parts")
        assert run("SELECT * FROM search_contact") == []


def test_the_regular_job_looks_after_every_tenant(
    bank: Organisation,
    insurer: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as paused:
        paused.setattr(indexers, "wake", lambda tenant: None)
        said(bank, "Bei der Bank")
        conversation = said(insurer, "Beim Versicherer")
    index_all(insurer)
    with serving(insurer.tenant):
        forget(conversation)
    enqueued: list[tuple[str, str]] = []
    monkeypatch.setattr(
        search_jobs, "enqueue", lambda kind, tenant: enqueued.append((kind.name, tenant.id))
    )
    catch_up()
    wait_until(lambda: bool(found(bank, "bank").hits))
    assert enqueued == [("search.purge", insurer.tenant.id)]
    with serving(insurer.tenant):
        purge_index()
        assert not purge_is_wanted()


def test_a_tenant_that_does_not_open_holds_up_nobody(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def closed(tenant: object) -> None:
        raise Unavailable("KeyUnavailable")

    monkeypatch.setattr(search_jobs, "open_database", closed)
    catch_up()
    assert re.search("is not looked at: Unavailable", caplog.text)


@pytest.mark.parametrize("error", [DatabaseError("malformed"), OSError("no disk")])
def test_a_tenant_that_cannot_be_read_holds_up_nobody(
    bank: Organisation,
    insurer: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def broken() -> bool:
        asked.append(served().id)
        if len(asked) == 1:
            raise error
        return False

    asked: list[str] = []
    monkeypatch.setattr(search_jobs, "lags", broken)
    catch_up()
    assert set(asked) == {bank.tenant.id, insurer.tenant.id}
    assert caplog.messages == [f"The index of {asked[0]} is not looked at: {type(error).__name__}"]


def test_texts_are_folded_outside_of_the_lock_and_not_too_many_at_once(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 60)
    monkeypatch.setattr(search_index, "MOST_CHARACTERS", 50)
    said(bank, "Sehr lang" + "!" * 60, *["Zwanzig Zeichen hier"] * 5)
    folded_in_lock: list[bool] = []

    def observed(text: str) -> str:
        folded_in_lock.append(connections[bank.tenant.id].in_atomic_block)
        return fold(text)

    monkeypatch.setattr("siegel.conversations.search_index.fold", observed)
    batches: list[int] = []
    with serving(bank.tenant):
        while index_next():
            batches.append(len(folded_in_lock) - sum(batches))
    # The first event has no text; then the long one by itself, then two at a time.
    assert batches == [0, 1, 2, 2, 1]
    assert set(folded_in_lock) == {False}
    assert len(found(bank, "zwanzig").hits) == 5


def test_whoever_was_slower_leaves_it_to_the_quicker_one(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 60)
    said(bank, "Einmal")
    real = search_index.worded
    others = [0]

    def meanwhile(number: int, body: str) -> search_index.Worded:
        if others:
            others.pop()
            assert index_next()
        return real(number, body)

    monkeypatch.setattr(search_index, "worded", meanwhile)
    with serving(bank.tenant):
        assert index_next()
        assert not index_next()
        assert len(run("SELECT rowid FROM search_words")) == 1
        # The same when it is about to be built anew.
        run("UPDATE search_cursor SET folding = 0")
        begin = search_index._begin_anew

        def twice() -> None:
            begin()
            assert index_next()
            begin()

        monkeypatch.setattr(search_index, "_begin_anew", twice)
        assert not index_next()
    assert len(found(bank, "einmal").hits) == 1


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_is_deleted_while_it_is_read_does_not_come_back(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    monkeypatch.setattr(indexer, "GATHERING", 60)
    conversation = said(bank, f"Mein {SECRET}")
    said(bank, "Etwas anderes")
    real = search_index.worded

    def meanwhile(number: int, body: str) -> search_index.Worded:
        if is_gone:
            for model in (Message, Event):
                model.objects.filter(conversation=conversation).delete()
            Conversation.objects.filter(pk=conversation.pk).delete()
        else:
            Conversation.objects.filter(pk=conversation.pk).update(state=State.DELETING)
        return real(number, body)

    monkeypatch.setattr(search_index, "worded", meanwhile)
    index_all(bank)
    with serving(bank.tenant):
        assert terms("search_words") == {"etwas", "anderes"}


def test_beginning_anew_all_contacts_are_found_again(bank: Organisation) -> None:
    """Those as well whom nobody but an adviser has given a name, and merged ones."""
    ada = bank.as_adviser(bank.ada)
    conversations = [said(bank, "Guten Tag") for _ in range(4)]
    renamed, merged, said_it, _ = [conversation.contact for conversation in conversations]
    with serving(bank.tenant):
        change_contact(ada, renamed, name="Rita Renz", email="", language="de")
        change_contact(ada, merged, name="Mona Merz", email="", language="de")
        introduce(bank.as_client(conversations[2]), conversations[2], "Sina Selb", "s@x.example")
        merge(ada, merged, renamed)
        # Older versions noted nothing in the conversation; and what is to be found is the row.
        Event.objects.filter(kind__in=["contact", "contact-changed"]).delete()
    index_all(bank)
    with serving(bank.tenant):
        run("UPDATE search_cursor SET folding = 0")
    index_all(bank)
    with serving(bank.tenant):
        for contact in (renamed, merged, said_it):
            contact.refresh_from_db()
            assert contacts_with(ada, terms_of(contact.name)) == [contact]
        assert run("SELECT count(*) FROM search_contact") == [(3,)]


def test_rows_of_the_search_hold_together(bank: Organisation) -> None:
    """Each message and note once in both tables, and in no other rows."""
    conversation = said(bank, "Eins", "Zwei")
    noted(bank, conversation, bank.ada, "Drei")
    index_all(bank)
    with serving(bank.tenant):
        events = set(
            Event.objects.filter(kind__in=["message", "note"]).values_list("pk", flat=True)
        )
        for table in FTS_TABLES[:2]:
            assert {row for (row,) in run(f"SELECT rowid FROM {table}")} == events
        assert Note.objects.count() == 1
        assert Conversation.objects.count() == 1


def test_an_indexer_that_may_not_retire_waits_on(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.SIEGEL_WRITER_IDLE_SECONDS", 0.01)
    asked: list[object] = []
    own = Indexers()
    retire = own.retire

    def refuse_twice(working: indexer.Indexer) -> bool:
        asked.append(working)
        return len(asked) > 2 and retire(working)

    monkeypatch.setattr(own, "retire", refuse_twice)
    own.wake(bank.tenant)
    wait_until(lambda: own.active() == 0)
    assert len(asked) == 3
    own.drain(close=True)


def test_another_engine_gets_none_of_these_tables() -> None:
    migration = importlib.import_module("siegel.conversations.migrations.0004_search")
    editor = SimpleNamespace(connection=SimpleNamespace(vendor="postgresql"), execute=None)
    migration.create(None, editor)
