"""Several messages of one tenant in one transaction: rows, events, trail, all or nothing."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from siegel.audit import trail
from siegel.conversations.models import Conversation, Event, Message, Side, State
from siegel.conversations.rows import insert_rows, update_rows
from siegel.identity.models import Person
from siegel.tenancy.writing import write_transaction


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to store, checked already: `key` is the sender's, once per message."""

    conversation: uuid.UUID
    key: uuid.UUID
    side: Side
    body: str
    actor: str
    author: Person | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message was stored."""

    conversation: uuid.UUID
    seq: int
    at: dt.datetime
    last_seq: int


class Refused(Exception):
    """A message that the conversation does not take now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Batch:
    """What the rows of one transaction are collected in."""

    def __init__(self, conversations: dict[uuid.UUID, Conversation]) -> None:
        self.conversations = conversations
        self.now = timezone.now()
        self.messages: list[Message] = []
        self.events: list[Event] = []
        self.trail: list[trail.Event] = []

    def number(self, conversation: Conversation, kind: str, actor: str, **detail: str) -> int:
        conversation.last_seq += 1
        seq = conversation.last_seq
        self.events.append(
            Event(conversation=conversation, seq=seq, kind=kind, at=self.now, detail=detail)
        )
        self.trail.append(
            trail.Event(actor, f"conversation.{kind}", str(conversation.pk), {"seq": seq}, self.now)
        )
        return seq

    def add(self, posting: Posting) -> Posted:
        conversation = self.conversations.get(posting.conversation)
        if conversation is None:
            raise Refused("not-found")
        self._answer_or_reopen(conversation, posting)
        seq = self.number(conversation, "message", posting.actor)
        self.messages.append(
            Message(
                conversation=conversation,
                seq=seq,
                side=posting.side,
                author=posting.author,
                key=posting.key,
                body=posting.body,
                at=self.now,
            )
        )
        conversation.excerpt = " ".join(posting.body[:300].split())[:140]
        conversation.last_message_at = self.now
        return Posted(conversation.pk, seq, self.now, seq)

    def _answer_or_reopen(self, conversation: Conversation, posting: Posting) -> None:
        if posting.author is None:
            if conversation.state == State.RESOLVED:
                conversation.state = State.OPEN
                self.number(conversation, "reopened", posting.actor, side=posting.side, name="")
            return
        if conversation.assigned_to_id not in (None, posting.author.pk):
            raise Refused("not-found")  # Somebody else took it since the gate was passed.
        if conversation.state == State.RESOLVED:
            raise Refused("conversation-resolved")
        if conversation.assigned_to_id is None:
            conversation.assigned_to_id = posting.author.pk
            self.number(conversation, "assigned", posting.actor, name=posting.author.name)

    def save(self) -> None:
        insert_rows(self.messages)
        insert_rows(self.events)
        changed = ["last_seq", "state", "assigned_to", "excerpt", "last_message_at"]
        update_rows(list(self.conversations.values()), changed)
        trail.append(self.trail)


def commit_batch(postings: Sequence[Posting]) -> list[Posted | Refused]:
    """Store messages in the order given, in one transaction.

    Returns, after COMMIT, for each one where it was stored: a message whose key is known already
    is the one stored before. A message that its conversation does not take is Refused, without
    harm to the others. Database errors are raised, and nothing is stored.
    """
    with write_transaction():
        stored = _stored_before(postings)
        batch = _Batch(
            {
                conversation.pk: conversation
                for conversation in Conversation.objects.select_for_update()
                .filter(pk__in={posting.conversation for posting in postings})
                .order_by("pk")
            }
        )
        results: list[Posted | Refused] = []
        for posting in postings:
            identity = (posting.conversation, posting.side, posting.key)
            result: Posted | Refused | None = stored.get(identity)
            if result is None:
                try:
                    result = stored[identity] = batch.add(posting)
                except Refused as refusal:
                    result = refusal
            results.append(result)
        if batch.messages:
            batch.save()
    return results


def _stored_before(
    postings: Sequence[Posting],
) -> dict[tuple[uuid.UUID, str, uuid.UUID], Posted]:
    rows = Message.objects.filter(
        conversation__in={posting.conversation for posting in postings},
        key__in={posting.key for posting in postings},
    ).values_list("conversation", "side", "key", "seq", "at")
    return {
        (conversation, side, key): Posted(conversation, seq, at, seq)
        for conversation, side, key, seq, at in rows
    }
