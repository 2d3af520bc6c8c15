"""Several messages of one tenant in one transaction: rows, events, trail, all or nothing."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations import hot_rows
from siegel.conversations.hot_rows import EventRow, HotConversation, MessageRow
from siegel.conversations.models import Message, Side, State
from siegel.identity.models import Person
from siegel.tenancy.writing import write_transaction

# What makes a retry the same message: conversation, side, the sender's key.
Identity = tuple[uuid.UUID, str, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to store, checked already: `key` is the sender's, once per message."""

    conversation: uuid.UUID
    key: uuid.UUID
    side: Side
    body: str
    actor: str
    author: Person | None = None

    @property
    def identity(self) -> Identity:
        return self.conversation, self.side, self.key


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message was stored."""

    conversation: uuid.UUID
    seq: int
    at: dt.datetime


class Refused(Exception):
    """A message that the conversation does not take now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Batch:
    """What the rows of one transaction are collected in."""

    def __init__(self, conversations: dict[uuid.UUID, HotConversation]) -> None:
        self.conversations = conversations
        self.now = timezone.now()
        self.messages: list[MessageRow] = []
        self.events: list[EventRow] = []
        self.trail: list[trail.Event] = []

    def number(self, conversation: HotConversation, kind: str, actor: str, **detail: str) -> int:
        conversation.last_seq += 1
        seq = conversation.last_seq
        self.events.append(EventRow(conversation.id, seq, kind, detail))
        subject = str(conversation.id)
        self.trail.append(trail.Event(actor, f"conversation.{kind}", subject, {"seq": seq}))
        return seq

    def add(self, posting: Posting) -> Posted:
        conversation = self.conversations.get(posting.conversation)
        if conversation is None:
            raise Refused("not-found")
        self._answer_or_reopen(conversation, posting)
        seq = self.number(conversation, "message", posting.actor)
        author = posting.author.pk if posting.author else None
        self.messages.append(
            MessageRow(conversation.id, seq, posting.side, author, posting.key, posting.body)
        )
        conversation.excerpt = " ".join(posting.body[:300].split())[:140]
        return Posted(conversation.id, seq, self.now)

    def _answer_or_reopen(self, conversation: HotConversation, posting: Posting) -> None:
        if posting.author is None:
            if conversation.state == State.RESOLVED:
                conversation.state = State.OPEN
                self.number(conversation, "reopened", posting.actor, side=posting.side, name="")
            return
        if conversation.assigned_to not in (None, posting.author.pk):
            raise Refused("not-found")  # Somebody else took it since the gate was passed.
        if conversation.state == State.RESOLVED:
            raise Refused("conversation-resolved")
        if conversation.assigned_to is None:
            conversation.assigned_to = posting.author.pk
            self.number(conversation, "assigned", posting.actor, name=posting.author.name)

    def save(self) -> None:
        hot_rows.insert_messages(self.messages, self.now)
        hot_rows.insert_events(self.events, self.now)
        changed = {message.conversation for message in self.messages}
        hot_rows.update_conversations([self.conversations[pk] for pk in changed], self.now)
        trail.append(self.trail)


def commit_batch(postings: Sequence[Posting]) -> list[Posted | Refused]:
    """Store messages in the order given, in one transaction.

    Returns, after COMMIT, for each one where it was stored: a message whose key is known already
    is the one stored before. A message that its conversation does not take is Refused, without
    harm to the others. Database errors are raised, and nothing is stored.
    """
    # Looking every key up beforehand would cost more than the few retries are worth: the unique
    # constraint finds them.
    with contextlib.suppress(IntegrityError):
        with write_transaction():
            results = _store(postings, {})
        if not any(isinstance(result, Refused) for result in results):
            return results
    # A retry is among them, or something is refused that may be a retry of what was stored.
    with write_transaction():
        return _store(postings, _stored_before(postings))


def _store(postings: Sequence[Posting], stored: dict[Identity, Posted]) -> list[Posted | Refused]:
    batch = _Batch(hot_rows.conversations({posting.conversation for posting in postings}))
    results: list[Posted | Refused] = []
    for posting in postings:
        result: Posted | Refused | None = stored.get(posting.identity)
        if result is None:
            try:
                result = stored[posting.identity] = batch.add(posting)
            except Refused as refusal:
                result = refusal
        results.append(result)
    if batch.messages:
        batch.save()
    return results


def _stored_before(postings: Sequence[Posting]) -> dict[Identity, Posted]:
    rows = Message.objects.filter(
        key__in=[posting.key for posting in postings],
        conversation__in={posting.conversation for posting in postings},
    ).values_list("conversation", "side", "key", "seq", "at")
    return {
        (conversation, side, key): Posted(conversation, seq, at)
        for conversation, side, key, seq, at in rows
    }
