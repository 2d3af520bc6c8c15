"""The index of the search: filled after the cursor, and emptied of what is deleted.

Four tables of FTS5 without content (migrations/0004_search.py): words of messages and notes, parts
of three letters of them, parts of all words that occur, parts of contacts. Texts are read and
folded outside of the tenant's write lock, which messages wait for, and written within: whoever
finds there that the cursor has moved leaves it, so that indexers of several processes are harmless.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Max

from siegel.conversations.models import Contact, Conversation, Event
from siegel.conversations.search_folding import VERSION, fold, words_of
from siegel.tenancy.context import served
from siegel.tenancy.writing import give_way, write_transaction

BATCH = 100
# Of so many characters a batch ends earlier, so that others wait for less than 0.1 s to write.
MOST_CHARACTERS = 30_000
FTS_TABLES = ("search_words", "search_parts", "search_word_parts", "search_contact_parts")
# Pages of a table that one step of purging rewrites: a few milliseconds under the write lock.
PURGED_AT_ONCE = 64

_NEXT = """
    SELECT e.id, e.kind, e.conversation_id, coalesce(m.body, n.body, '')
    FROM conversations_event e
    LEFT JOIN conversations_message m
      ON e.kind = 'message' AND m.conversation_id = e.conversation_id AND m.seq = e.seq
    LEFT JOIN conversations_note n
      ON e.kind = 'note' AND n.conversation_id = e.conversation_id AND n.seq = e.seq
    WHERE e.id > %s ORDER BY e.id LIMIT %s"""

_KEPT = """
    SELECT e.id FROM conversations_event e
    JOIN conversations_conversation c ON c.id = e.conversation_id
    WHERE e.id IN (SELECT value FROM json_each(%s)) AND c.state <> 'deleting'"""
# With the first one a contact is indexed again whose name no other event tells, if all is.
_INTRODUCING = frozenset({"started", "contact"})


class _Cursor(NamedTuple):
    event: int
    folding: int
    purging: bool


class Worded(NamedTuple):
    """A folded text, by the number of its event, and its words."""

    event: int
    text: str
    words: list[str]


def run(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """All rows of a statement on the served tenant's index."""
    with connections[served().id].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows


def run_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Execute a statement for each row of parameters."""
    with connections[served().id].cursor() as cursor:
        cursor.executemany(sql, rows)


def _cursor() -> _Cursor:
    event, folding, purging = run("SELECT event, folding, purging FROM search_cursor")[0]
    return _Cursor(event, folding, bool(purging))


def lags() -> bool:
    """Whether something is not indexed yet."""
    cursor = _cursor()
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return cursor.event < newest or cursor.folding != VERSION


def index_next() -> bool:
    """Index some events after the cursor, 100 at most; whether there were any.

    Events are numbered in the order of their commits, since one writes at a time.
    """
    if _cursor().folding != VERSION:
        _begin_anew()
    cursor = _cursor()
    rows = _some(run(_NEXT, [cursor.event, BATCH]))
    if not rows:
        return False
    texts = [worded(number, body) for number, _, _, body in rows if body]
    conversations = dict.fromkeys(uuid.UUID(row[2]) for row in rows if row[1] in _INTRODUCING)
    with write_transaction():
        now = _cursor()
        if (now.event, now.folding) != (cursor.event, cursor.folding):
            return True  # Another indexer was quicker.
        # What has been deleted since it was read must not come back.
        kept = {number for (number,) in run(_KEPT, [json.dumps([text.event for text in texts])])}
        index_texts([text for text in texts if text.event in kept])
        _index_contacts(list(conversations))
        run("UPDATE search_cursor SET event = %s", [rows[-1][0]])
    return True


def _some(rows: list[Any]) -> list[Any]:
    """The first rows, one at least, whose texts are not too long together."""
    characters = 0
    for place, row in enumerate(rows):
        characters += len(row[3])
        if place and characters > MOST_CHARACTERS:
            return rows[:place]
    return rows


def _begin_anew() -> None:
    with write_transaction():
        if _cursor().folding == VERSION:
            return  # Another indexer was quicker.
        for table in FTS_TABLES:
            run(f"INSERT INTO {table}({table}) VALUES ('delete-all')")  # noqa: S608 - names of ours
        run("DELETE FROM search_word")
        run("DELETE FROM search_contact")
        run("UPDATE search_cursor SET event = 0, folding = %s", [VERSION])


def worded(number: int, body: str) -> Worded:
    """A text as it is indexed."""
    text = fold(body)
    return Worded(number, text, words_of(text))


def index_texts(texts: Sequence[Worded]) -> None:
    """Add texts, inside a write transaction."""
    run_many(
        "INSERT INTO search_words(rowid, text) VALUES (%s, %s)",
        [(number, " ".join(words)) for number, _, words in texts],
    )
    run_many(
        "INSERT INTO search_parts(rowid, text) VALUES (%s, %s)",
        [(number, text) for number, text, _ in texts],
    )
    words = {word for _, _, words in texts for word in words}
    new = run(
        "INSERT INTO search_word(word) SELECT value FROM json_each(%s) WHERE true"
        " ON CONFLICT DO NOTHING RETURNING id, word",
        [json.dumps(sorted(words), ensure_ascii=False)],
    )
    run_many("INSERT INTO search_word_parts(rowid, word) VALUES (%s, %s)", new)


def _index_contacts(conversations: Sequence[uuid.UUID]) -> None:
    """Add those of whom anything is known, in this order."""
    found = Conversation.objects.select_related("contact").in_bulk(conversations)
    for conversation in conversations:
        if conversation in found:
            contact = found[conversation].contact
            if contact.name or contact.email:
                index_contact(contact)


def text_of(contact: Contact) -> str:
    """What of a contact is searched, folded."""
    return fold(f"{contact.name}\n{contact.email}")


def index_contact(contact: Contact) -> None:
    """Add a contact, or what they are called now, inside a write transaction."""
    forget_contact(contact.pk)
    number = run("INSERT INTO search_contact(contact) VALUES (%s) RETURNING id", [contact.pk.hex])
    run(
        "INSERT INTO search_contact_parts(rowid, text) VALUES (%s, %s)",
        [number[0][0], text_of(contact)],
    )


def forget_contact(contact: uuid.UUID) -> None:
    """Remove a contact, inside the write transaction that deletes or renames them."""
    gone = run("DELETE FROM search_contact WHERE contact = %s RETURNING id", [contact.hex])
    if gone:
        run("DELETE FROM search_contact_parts WHERE rowid = %s", gone[0])
        purge_later()


def purge_later() -> None:
    """Note, inside a write transaction, that something was removed."""
    run("UPDATE search_cursor SET purging = 1")


def purge_is_wanted() -> bool:
    """Whether something was removed since the index was rewritten."""
    return _cursor().purging


def purge() -> None:
    """Rewrite the index without what was removed, in small steps between which others write.

    FTS5 only notes that a row of a table without content is gone, and drops its words when it
    merges the parts of its index.
    """
    with write_transaction():
        run("UPDATE search_cursor SET purging = 0")
    for table in FTS_TABLES:
        # Negative: all parts into one; then on with it until a step has nothing to do.
        more = _merge(table, -PURGED_AT_ONCE)
        while more:
            give_way()
            more = _merge(table, PURGED_AT_ONCE)


def _merge(table: str, pages: int) -> bool:
    with write_transaction():
        before = run("SELECT total_changes()")[0][0]
        run(f"INSERT INTO {table}({table}, rank) VALUES ('merge', %s)", [pages])  # noqa: S608 - names of ours
        # The statement itself counts as one (the manual of FTS5, section 6.7).
        return bool(run("SELECT total_changes()")[0][0] - before >= 2)
