"""The rows of the hot path in plain SQL, on the connection of the served tenant.

Measured: through the ORM a batch of eight costs four times as much, and in one process that is
what limits all tenants together. The statements are the same for SQLite and PostgreSQL; what a
value looks like in the database is asked of Django's backend.
"""

import datetime as dt
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from siegel.tenancy.context import served


class MessageRow(NamedTuple):
    """A message to insert; its time is that of its batch."""

    conversation: uuid.UUID
    seq: int
    side: str
    author: uuid.UUID | None
    key: uuid.UUID
    body: str


class EventRow(NamedTuple):
    """An event to insert; its time is that of its batch."""

    conversation: uuid.UUID
    seq: int
    kind: str
    detail: dict[str, Any]


@dataclass(slots=True)
class HotConversation:
    """What a batch reads and changes of a conversation."""

    id: uuid.UUID
    state: str
    assigned_to: uuid.UUID | None
    last_seq: int
    excerpt: str
    is_snoozed: bool
    is_blocked: bool


def conversations(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, HotConversation]:
    """The conversations of a batch, locked until its end where the engine locks rows.

    What is being deleted is not among them.
    """
    connection = connections[served().id]
    sql = (
        "SELECT c.id, c.state, c.assigned_to_id, c.last_seq, c.excerpt, c.snoozed_until,"  # noqa: S608 - %s only
        " t.blocked_at FROM conversations_conversation c"
        " JOIN conversations_contact t ON t.id = c.contact_id"
        f" WHERE c.id IN ({_marks(ids)}) AND c.state <> 'deleting' ORDER BY c.id"
    )
    if connection.features.has_select_for_update:  # pragma: no cover - on engines that lock rows
        sql += " FOR UPDATE OF c"
    with connection.cursor() as cursor:
        cursor.execute(sql, [_stored(identifier, connection) for identifier in ids])
        rows = cursor.fetchall()
    return {
        _read(identifier): HotConversation(
            _read(identifier),
            state,
            _read(assigned) if assigned else None,
            last_seq,
            excerpt,
            is_snoozed=snoozed is not None,
            is_blocked=blocked is not None,
        )
        for identifier, state, assigned, last_seq, excerpt, snoozed, blocked in rows
    }


def insert_messages(rows: Sequence[MessageRow], at: dt.datetime) -> None:
    """Insert messages that were all written at the same time."""
    connection = connections[served().id]
    when = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO conversations_message"
            " (conversation_id, seq, side, author_id, key, body, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    _stored(row.conversation, connection),
                    row.seq,
                    str(row.side),
                    _stored(row.author, connection),
                    _stored(row.key, connection),
                    row.body,
                    when,
                )
                for row in rows
            ],
        )


def insert_events(rows: Sequence[EventRow], at: dt.datetime) -> None:
    """Insert events that all happened at the same time."""
    connection = connections[served().id]
    when = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO conversations_event (conversation_id, seq, kind, at, detail)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                (
                    _stored(row.conversation, connection),
                    row.seq,
                    row.kind,
                    when,
                    json.dumps(row.detail),
                )
                for row in rows
            ],
        )


def update_conversations(rows: Sequence[HotConversation], at: dt.datetime) -> None:
    """Write back what a batch has changed: with a message a conversation is open and awake."""
    connection = connections[served().id]
    when = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE conversations_conversation SET state = %s, assigned_to_id = %s,"
            " last_seq = %s, excerpt = %s, last_message_at = %s, snoozed_until = NULL,"
            " resolved_at = NULL WHERE id = %s",
            [
                (
                    str(row.state),
                    _stored(row.assigned_to, connection),
                    row.last_seq,
                    row.excerpt,
                    when,
                    _stored(row.id, connection),
                )
                for row in rows
            ],
        )


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _stored(value: uuid.UUID | None, connection: BaseDatabaseWrapper) -> Any:
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex


def _read(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
