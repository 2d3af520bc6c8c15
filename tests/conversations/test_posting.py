"""A message is acknowledged after it is stored, once, in order, with its event and its row."""

import datetime as dt
import threading
import uuid
from concurrent.futures import wait

import pytest
from django.conf import settings
from django.db import DatabaseError, connections

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.conversations import batches, writer
from siegel.conversations.batches import Posted, Refused
from siegel.conversations.contacts import introduce
from siegel.conversations.hot_rows import MessageRow, insert_messages
from siegel.conversations.models import Conversation, Event, Message, State
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import assign_to_self, resolve
from siegel.conversations.tenant_threads import Closed
from siegel.conversations.writer import Acknowledgement, Writers, writers
from siegel.tenancy.context import serving
from tests.cast import Organisation


def write(
    organisation: Organisation, conversation: Conversation, body: str, key: uuid.UUID | None = None
) -> Acknowledgement:
    participant = organisation.as_client(conversation)
    return post_message(
        organisation.tenant, participant, conversation.pk, key or uuid.uuid4(), body
    )


def bodies(organisation: Organisation) -> list[str]:
    with serving(organisation.tenant):
        return list(Message.objects.order_by("seq").values_list("body", flat=True))


def is_sound(organisation: Organisation, conversation: Conversation) -> None:
    """No gap, every message with event and row in the trail, and the trail holds."""
    with serving(organisation.tenant):
        events = Event.objects.filter(conversation=conversation).order_by("seq")
        numbers = list(events.values_list("seq", flat=True))
        conversation.refresh_from_db()
        assert numbers == list(range(1, conversation.last_seq + 1))
        messages = Message.objects.filter(conversation=conversation)
        assert set(messages.values_list("seq", flat=True)) == set(
            events.filter(kind="message").values_list("seq", flat=True)
        )
        told = TrailEntry.objects.filter(subject=str(conversation.pk))
        assert {entry.detail["seq"] for entry in told} == set(numbers)
        trail.verify(TrailEntry.objects.all())


def test_at_the_acknowledgement_another_connection_sees_the_message(bank: Organisation) -> None:
    conversation = bank.conversation()
    seen: list[int] = []

    def look(_: object) -> None:
        def count() -> None:
            with serving(bank.tenant):
                seen.append(Message.objects.count())
                connections.close_all()

        thread = threading.Thread(target=count)
        thread.start()
        thread.join()

    acknowledgement = write(bank, conversation, "hello")
    acknowledgement.add_done_callback(look)
    posted = acknowledgement.result(5)
    assert posted.seq == 2
    wait([acknowledgement])
    writers.drain(close=False)
    assert seen == [1]
    is_sound(bank, conversation)


def test_order_is_kept_over_many_batches(bank: Organisation) -> None:
    conversation = bank.conversation()
    sent = [f"message {n}" for n in range(600)]
    waiting = [write(bank, conversation, body) for body in sent]
    assert [acknowledgement.result(10).seq for acknowledgement in waiting] == list(range(2, 602))
    assert bodies(bank) == sent
    is_sound(bank, conversation)


def test_a_retry_is_the_same_message(bank: Organisation) -> None:
    conversation = bank.conversation()
    key = uuid.uuid4()
    together = [write(bank, conversation, "once", key) for _ in range(5)]
    places = {acknowledgement.result(5).seq for acknowledgement in together}
    places.add(write(bank, conversation, "once", key).result(5).seq)
    assert places == {2}
    assert bodies(bank) == ["once"]


def test_both_sides_may_use_the_same_key(bank: Organisation) -> None:
    conversation = bank.conversation()
    key = uuid.uuid4()
    write(bank, conversation, "from the client", key).result(5)
    post_message(
        bank.tenant, bank.as_adviser(bank.ada), conversation.pk, key, "from the adviser"
    ).result(5)
    assert bodies(bank) == ["from the client", "from the adviser"]


def test_one_bad_item_fails_alone(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = bank.conversation()

    def insert(rows: list[MessageRow], at: dt.datetime) -> None:
        if any(row.body == "poison" for row in rows):
            raise DatabaseError("poison")
        insert_messages(rows, at)

    monkeypatch.setattr("siegel.conversations.batches.hot_rows.insert_messages", insert)
    waiting = {body: write(bank, conversation, body) for body in ("one", "poison", "two")}
    wait(waiting.values())
    with pytest.raises(DatabaseError):
        waiting["poison"].result()
    assert bodies(bank) == ["one", "two"]
    is_sound(bank, conversation)


def test_what_cannot_be_committed_is_not_acknowledged(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    with monkeypatch.context() as broken:
        broken.setattr("django.db.backends.base.base.BaseDatabaseWrapper.commit", _fail)
        with pytest.raises(DatabaseError):
            write(bank, conversation, "lost").result(5)
    assert bodies(bank) == []
    write(bank, conversation, "kept").result(5)
    assert bodies(bank) == ["kept"]


def _fail(self: object) -> None:
    raise DatabaseError("disk full")


def test_a_full_disk_refuses_and_recovers(bank: Organisation) -> None:
    conversation = bank.conversation()
    write(bank, conversation, "before").result(5)
    writers.drain(close=False)

    def limit(pages: int) -> None:
        with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {pages}")

    # The limit holds for one connection: batches are committed in this thread here.
    posting = batches.Posting(
        conversation.pk, uuid.uuid4(), bank.as_client(conversation).side, "x" * 20_000, "contact"
    )
    limit(1)
    with serving(bank.tenant):
        with pytest.raises(DatabaseError, match="full"):
            batches.commit_batch([posting] * 1)
        assert Message.objects.count() == 1
    limit(1_000_000)
    with serving(bank.tenant):
        assert isinstance(batches.commit_batch([posting])[0], Posted)
    is_sound(bank, conversation)


def test_eight_senders_and_other_writers_at_once(bank: Organisation) -> None:
    conversation = bank.conversation()
    adviser = bank.as_adviser(bank.ada)

    def send(number: int) -> None:
        for n in range(20):
            write(bank, conversation, f"{number}.{n}").result(10)

    def introduce_often() -> None:
        with serving(bank.tenant):
            for n in range(15):
                introduce(bank.as_client(conversation), conversation, f"Vera {n}", "v@x.example")
            connections.close_all()

    threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
    threads.append(threading.Thread(target=introduce_often))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with serving(bank.tenant):
        assign_to_self(adviser, conversation)
    assert len(bodies(bank)) == 160
    is_sound(bank, conversation)


def test_a_client_who_writes_on_reopens_a_resolved_conversation(bank: Organisation) -> None:
    conversation = bank.conversation()
    write(bank, conversation, "a question").result(5)
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ada), conversation)
    with pytest.raises(Refused, match="conversation-resolved"):
        post_message(
            bank.tenant, bank.as_adviser(bank.ada), conversation.pk, uuid.uuid4(), "no"
        ).result(5)
    write(bank, conversation, "one more").result(5)
    with serving(bank.tenant):
        conversation.refresh_from_db()
        assert conversation.state == State.OPEN
        kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["started", "message", "assigned", "resolved", "reopened", "message"]
    is_sound(bank, conversation)


def test_whoever_answers_first_takes_the_conversation(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    first = post_message(bank.tenant, ada, conversation.pk, uuid.uuid4(), "mine")
    second = post_message(bank.tenant, ben, conversation.pk, uuid.uuid4(), "mine too")
    first.result(5)
    with pytest.raises(Refused, match="assigned-to-other"):
        second.result(5)
    post_message(bank.tenant, ada, conversation.pk, uuid.uuid4(), "and more").result(5)
    assert bodies(bank) == ["mine", "and more"]


def test_a_conversation_that_is_not_there_is_refused(bank: Organisation) -> None:
    conversation = bank.conversation()
    with pytest.raises(Refused, match="not-found"):
        post_message(
            bank.tenant, bank.as_client(conversation), uuid.uuid4(), uuid.uuid4(), "x"
        ).result(5)


def test_an_idle_writer_retires_and_wakes_again(bank: Organisation) -> None:
    conversation = bank.conversation()
    write(bank, conversation, "one").result(5)
    assert writers.active() == 1
    thread = next(iter(writers._active.values())).thread
    thread.join(settings.SIEGEL_WRITER_IDLE_SECONDS + 3)
    assert writers.active() == 0
    write(bank, conversation, "two").result(5)
    assert bodies(bank) == ["one", "two"]


def test_a_writer_does_not_retire_from_waiting_work(bank: Organisation) -> None:
    own = Writers()
    idle = writer.Writer(bank.tenant, own)
    idle.queue.put(None)
    assert not own.retire(idle)
    assert idle._next_batch() is None


def test_a_writer_that_may_not_retire_goes_on(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    monkeypatch.setattr(settings, "SIEGEL_WRITER_IDLE_SECONDS", 0.05)
    answers = iter([False, True])
    monkeypatch.setattr(Writers, "retire", lambda *_: next(answers))
    own = Writers()
    posting = batches.Posting(
        conversation.pk, uuid.uuid4(), bank.as_client(conversation).side, "x", "contact"
    )
    own.post(bank.tenant, posting).result(5)
    next(iter(own._active.values())).thread.join(5)
    assert next(answers, None) is None


def test_draining_commits_what_waits_and_then_refuses(bank: Organisation) -> None:
    conversation = bank.conversation()
    own = Writers()
    side = bank.as_client(conversation).side
    waiting = [
        own.post(
            bank.tenant, batches.Posting(conversation.pk, uuid.uuid4(), side, str(n), "contact")
        )
        for n in range(50)
    ]
    own.drain(close=True)
    assert all(acknowledgement.done() for acknowledgement in waiting)
    assert len(bodies(bank)) == 50
    with pytest.raises(Closed):
        own.post(bank.tenant, batches.Posting(conversation.pk, uuid.uuid4(), side, "x", "c"))
    own.reopen()
    own.post(bank.tenant, batches.Posting(conversation.pk, uuid.uuid4(), side, "x", "c")).result(5)
    own.drain(close=True)


def test_an_excerpt_is_one_short_line(bank: Organisation) -> None:
    conversation = bank.conversation()
    write(bank, conversation, "a\n  b\t" + "c" * 300).result(5)
    with serving(bank.tenant):
        conversation.refresh_from_db()
    assert conversation.excerpt == "a b " + "c" * 136
