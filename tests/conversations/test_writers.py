"""Writers that cannot start, cannot go on, or may not: nobody waits for ever."""

import threading
import uuid
from typing import Any

import pytest
from django.conf import settings

from siegel.conversations import writer
from siegel.conversations.batches import Posting
from siegel.conversations.models import Conversation
from siegel.conversations.writer import WriterEnded, Writers
from siegel.tenancy.availability import Unavailable
from tests.cast import Organisation
from tests.conversations.test_posting import bodies


def posting(bank: Organisation, conversation: Conversation, body: str = "x") -> Posting:
    side = bank.as_client(conversation).side
    return Posting(conversation.pk, uuid.uuid4(), side, body, "contact")


def test_a_writer_that_cannot_start_does_not_block_the_tenant(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, own = bank.conversation(), Writers()

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(WriterEnded):
            own.post(bank.tenant, posting(bank, conversation)).result(5)
    assert own.active() == 0
    own.post(bank.tenant, posting(bank, conversation)).result(5)
    own.drain(close=True)


@pytest.mark.parametrize("where", ["_next_batch", "_commit_if_available"])
def test_a_writer_that_ends_by_mistake_fails_what_waits_and_is_replaced(
    bank: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    conversation, own = bank.conversation(), Writers()
    hold = threading.Event()

    def fail(*_: object) -> None:
        hold.wait(5)
        raise MemoryError("a text that is nobody's business")

    with monkeypatch.context() as broken:
        broken.setattr(writer.Writer, where, fail)
        waiting = [own.post(bank.tenant, posting(bank, conversation)) for _ in range(3)]
        own._active[bank.tenant.id].queue.put(None)
        hold.set()
        for acknowledgement in waiting:
            with pytest.raises(WriterEnded):
                acknowledgement.result(5)
    assert own.active() == 0
    assert "MemoryError" in caplog.text
    assert "nobody's business" not in caplog.text
    own.post(bank.tenant, posting(bank, conversation, "kept")).result(5)
    own.drain(close=True)
    assert bodies(bank) == ["kept"]


def test_what_was_acknowledged_stays_so_when_its_hints_cannot_be_handed_over(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, own = bank.conversation(), Writers()

    def fail(*_: object) -> None:
        raise RuntimeError("Event loop is closed")

    with monkeypatch.context() as broken:
        broken.setattr("siegel.conversations.writer.bus.publish_all", fail)
        acknowledgement = own.post(bank.tenant, posting(bank, conversation, "kept"))
        thread = own._active[bank.tenant.id].thread
        assert acknowledgement.result(5).seq == 2
        thread.join(5)
    assert own.active() == 0
    assert bodies(bank) == ["kept"]


def test_more_than_a_batch_holds_waits_for_the_next_one(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, own = bank.conversation(), Writers()
    begun, hold = threading.Event(), threading.Event()
    commit, sizes = writer.Writer._commit_if_available, list[int]()

    def slowly(self: writer.Writer, batch: list[Any]) -> None:
        begun.set()
        hold.wait(5)
        sizes.append(len(batch))
        commit(self, batch)

    monkeypatch.setattr(writer, "LARGEST_BATCH", 2)
    monkeypatch.setattr(writer.Writer, "_commit_if_available", slowly)
    first = own.post(bank.tenant, posting(bank, conversation, "0"))
    assert begun.wait(5)
    others = [own.post(bank.tenant, posting(bank, conversation, str(n))) for n in range(1, 4)]
    hold.set()
    for acknowledgement in (first, *others):
        acknowledgement.result(5)
    own.drain(close=True)
    assert sizes == [1, 2, 1]
    assert bodies(bank) == ["0", "1", "2", "3"]


def test_a_writer_that_ends_does_not_take_its_successor_along(bank: Organisation) -> None:
    conversation, own = bank.conversation(), Writers()
    own.post(bank.tenant, posting(bank, conversation)).result(5)
    own.forget(writer.Writer(bank.tenant, own))
    assert own.active() == 1
    own.drain(close=True)


def test_a_tenant_whose_key_is_taken_away_is_not_acknowledged_any_more(
    bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    conversation, own = bank.conversation(), Writers()
    own.post(bank.tenant, posting(bank, conversation, "before")).result(5)
    key = settings.SIEGEL_KEYS / f"{bank.tenant.id}.json"
    away = key.rename(key.with_suffix(".away"))
    waiting = [own.post(bank.tenant, posting(bank, conversation, "lost")) for _ in range(3)]
    for acknowledgement in waiting:
        with pytest.raises(Unavailable):
            acknowledgement.result(5)
    assert "KeyUnavailable" in caplog.text
    away.rename(key)
    own.post(bank.tenant, posting(bank, conversation, "after")).result(5)
    own.drain(close=True)
    assert bodies(bank) == ["before", "after"]
