"""Several messages of one tenant in one transaction: rows, events, trail, all or nothing."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations import hot_rows
from siegel.conversations.attached import files_to_attach
from siegel.conversations.hot_rows import EventRow, HotConversation, MessageRow
from siegel.conversations.leaving import looks_after
from siegel.conversations.models import Attachment, Message, Side, State
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
    files: tuple[uuid.UUID, ...] = ()

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


# What became of a message; a DatabaseError if nobody can say.
Result = Posted | Refused | DatabaseError


class _Batch:
    """What the rows of one transaction are collected in."""

    def __init__(self, conversations: dict[uuid.UUID, HotConversation]) -> None:
        self.conversations = conversations
        self.now = timezone.now()
        self.messages: list[MessageRow] = []
        self.events: list[EventRow] = []
        self.trail: list[trail.Event] = []
        self.attachments: list[Attachment] = []

    def number(
        self, conversation: HotConversation, kind: str, actor: str, **detail: str | int
    ) -> int:
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
        names = self._names_of_files(posting)
        self._answer_or_reopen(conversation, posting)
        # The number of files tells a reader of events whether there is anything to look up.
        more = {"files": len(names)} if names else {}
        seq = self.number(conversation, "message", posting.actor, **more)
        self.attachments += [
            Attachment(
                conversation_id=conversation.id,
                seq=seq,
                position=position,
                reference=identifier,
                file_id=identifier,
            )
            for position, identifier in enumerate(posting.files)
        ]
        author = posting.author.pk if posting.author else None
        self.messages.append(
            MessageRow(conversation.id, seq, posting.side, author, posting.key, posting.body)
        )
        excerpt = posting.body[:300] or ", ".join(names)
        conversation.excerpt = " ".join(excerpt.split())[:140]
        return Posted(conversation.id, seq, self.now)

    def _names_of_files(self, posting: Posting) -> list[str]:
        if not posting.files:
            return []
        found = files_to_attach(posting.files, posting.conversation, posting.actor)
        taken = {attachment.file_id for attachment in self.attachments}
        # As a sorted list, so that a file that is named twice is noticed.
        if sorted(found) != sorted(posting.files) or taken & set(found):
            raise Refused("file-gone")
        return [found[identifier] for identifier in posting.files]

    def _answer_or_reopen(self, conversation: HotConversation, posting: Posting) -> None:
        if posting.author is None:
            if conversation.is_blocked:
                raise Refused("blocked")
            self._wake(conversation, posting)
            if conversation.state == State.RESOLVED:
                conversation.state = State.OPEN
                self.number(conversation, "reopened", posting.actor, side=posting.side, name="")
                self._free_from_leaver(conversation, posting)
            return
        if conversation.assigned_to not in (None, posting.author.pk):
            raise Refused("assigned-to-other")
        if conversation.state == State.RESOLVED:
            raise Refused("conversation-resolved")
        if conversation.assigned_to is None and not looks_after(posting.author.pk):
            # It was freed because they have left; their socket ends within five seconds.
            raise Refused("not-found")
        self._wake(conversation, posting)
        if conversation.assigned_to is None:
            conversation.assigned_to = posting.author.pk
            self.number(conversation, "assigned", posting.actor, name=posting.author.name)

    def _free_from_leaver(self, conversation: HotConversation, posting: Posting) -> None:
        """It was resolved by somebody who has left since: nobody would see that it is open."""
        assigned = conversation.assigned_to
        if assigned is not None and not looks_after(assigned):
            name = Person.objects.get(pk=assigned).name
            conversation.assigned_to = None
            self.number(conversation, "freed", posting.actor, name=name)

    def _wake(self, conversation: HotConversation, posting: Posting) -> None:
        if conversation.is_snoozed:
            conversation.is_snoozed = False
            self.number(conversation, "woken", posting.actor)

    def save(self) -> None:
        hot_rows.insert_messages(self.messages, self.now)
        hot_rows.insert_events(self.events, self.now)
        changed = {message.conversation for message in self.messages}
        hot_rows.update_conversations([self.conversations[pk] for pk in changed], self.now)
        trail.append(self.trail)
        if self.attachments:
            Attachment.objects.bulk_create(self.attachments)


def commit_batch(postings: Sequence[Posting]) -> list[Result]:
    """Store messages in the order given, in one transaction.

    Returns, after COMMIT, for each one where it was stored: a message whose key is known already
    is the one stored before. A message that its conversation does not take is Refused, without
    harm to the others. Database errors are raised, and nothing is stored; one that comes after the
    commit, while a refused message is looked up, is the result of that message alone.
    """
    try:
        # Looking every key up beforehand would cost more than the few retries are worth: the
        # unique constraint finds them.
        with write_transaction():
            results = _store(postings, {})
    except IntegrityError:  # A retry is among them.
        with write_transaction():
            return _store(postings, _stored_before(postings))
    return _without_refused_retries(postings, results)


def _without_refused_retries(postings: Sequence[Posting], results: list[Result]) -> list[Result]:
    """What is refused now may have been stored before: then that counts.

    The others stay as they are, for they have been committed. A sender of whom this cannot be
    said just now gets the database's error, and comes back.
    """
    refused = [n for n, result in enumerate(results) if isinstance(result, Refused)]
    if not refused:
        return results
    told = list(results)
    try:
        before = _stored_before([postings[n] for n in refused])
    except DatabaseError as error:
        for n in refused:
            told[n] = error
        return told
    for n in refused:
        told[n] = before.get(postings[n].identity, told[n])
    return told


def _store(postings: Sequence[Posting], stored: dict[Identity, Posted]) -> list[Result]:
    batch = _Batch(hot_rows.conversations({posting.conversation for posting in postings}))
    results: list[Result] = []
    for posting in postings:
        result: Result | None = stored.get(posting.identity)
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
