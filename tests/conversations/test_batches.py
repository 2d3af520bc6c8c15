"""What one batch makes of refusals and retries: order is kept, what is committed is told."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import DatabaseError, OperationalError

from siegel.conversations import batches, hot_rows
from siegel.conversations.access import Participant
from siegel.conversations.batches import Posted, Posting, Result, commit_batch
from siegel.conversations.models import Conversation, Message
from siegel.conversations.resolving import resolve
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.test_posting import bodies, is_sound


def posting(conversation: Conversation, by: Participant, body: str) -> Posting:
    return Posting(conversation.pk, uuid.uuid4(), by.side, body, by.actor, by.person)


def places(results: Sequence[Result]) -> list[int | str]:
    """Numbers of what was stored, codes of what was refused."""
    return [
        result.seq if isinstance(result, Posted) else getattr(result, "code", "database")
        for result in results
    ]


def resolved(bank: Organisation) -> tuple[Conversation, Participant, Participant]:
    """A conversation that Ada has resolved; its client, and Ada."""
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    resolve(ada, conversation)
    return conversation, bank.as_client(conversation), ada


def test_what_was_refused_first_stays_refused_and_is_not_put_last(bank: Organisation) -> None:
    with serving(bank.tenant):
        conversation, client, ada = resolved(bank)
        batch = [
            posting(conversation, ada, "too late"),
            posting(conversation, client, "one more question"),
            posting(conversation, ada, "an answer"),
        ]
        results = commit_batch(batch)
    assert places(results) == ["conversation-resolved", 5, 6]
    assert bodies(bank) == ["one more question", "an answer"]
    is_sound(bank, conversation)


def test_a_refusal_alone_is_no_second_transaction(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    read = hot_rows.conversations

    def counted(ids: set[uuid.UUID]) -> dict[uuid.UUID, hot_rows.HotConversation]:
        opened.append(len(ids))
        return read(ids)

    monkeypatch.setattr(hot_rows, "conversations", counted)
    with serving(bank.tenant):
        conversation, client, ada = resolved(bank)
        results = commit_batch(
            [posting(conversation, ada, "x"), posting(conversation, client, "y")]
        )
    assert places(results) == ["conversation-resolved", 5]
    assert len(opened) == 1


def test_a_retry_that_would_be_refused_now_is_the_message_stored_before(
    bank: Organisation,
) -> None:
    with serving(bank.tenant):
        conversation = bank.conversation()
        ada = bank.as_adviser(bank.ada)
        first = posting(conversation, ada, "an answer")
        stored = commit_batch([first])
        resolve(ada, conversation)
        new = posting(conversation, ada, "another")
        results = commit_batch([new, first])
    assert places(results) == ["conversation-resolved", *places(stored)]
    assert bodies(bank) == ["an answer"]


def test_a_retry_among_refusals_and_new_messages(bank: Organisation) -> None:
    with serving(bank.tenant):
        conversation, client, ada = resolved(bank)
        first = posting(conversation, client, "first")
        commit_batch([first])
        resolve(ada, conversation)
        batch = [first, posting(conversation, ada, "no"), posting(conversation, client, "second")]
        results = commit_batch(batch)
    # The retry of the first message does not reopen what was resolved after it.
    assert places(results) == [5, "conversation-resolved", 8]
    assert bodies(bank) == ["first", "second"]
    is_sound(bank, conversation)


def test_what_is_committed_is_told_when_the_refused_cannot_be_looked_up(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(batches, "_stored_before", fail)
    with serving(bank.tenant):
        conversation, client, ada = resolved(bank)
        results = commit_batch(
            [posting(conversation, ada, "x"), posting(conversation, client, "y")]
        )
    assert isinstance(results[0], DatabaseError)
    assert isinstance(results[1], Posted)
    assert bodies(bank) == ["y"]


def test_a_key_that_is_refused_and_then_taken_in_one_batch_is_one_message(
    bank: Organisation,
) -> None:
    with serving(bank.tenant):
        conversation, client, ada = resolved(bank)
        answer = posting(conversation, ada, "an answer")
        results = commit_batch([answer, posting(conversation, client, "wait"), answer])
        assert Message.objects.count() == 2
    assert places(results) == [6, 5, 6]
