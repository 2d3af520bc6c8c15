"""Removing from the search what was said in a conversation that is being deleted.

The index has no text, so it is called while messages and notes still exist: first their words, of
which a part may be gone when the process is killed, then their rows. Nobody finds anything of it
meanwhile, since the gate does not let through what is being deleted, and nothing of it is indexed
any more. `search_index.purge` removes the traces.
"""

import json
from collections.abc import Sequence

from siegel.conversations.search_folding import fold, words_of
from siegel.conversations.search_index import purge_later, run, run_many
from siegel.tenancy.writing import give_way, write_transaction

# Others who want to write wait for a few milliseconds only.
WORDS_AT_ONCE = 100


def forget_words(texts: Sequence[tuple[int, str]]) -> None:
    """Remove the words that occur nowhere but in these texts, given by the numbers of their events.

    In write transactions of its own, so that none is long.
    """
    numbers = json.dumps([number for number, _ in texts])
    words = sorted({word for _, body in texts for word in words_of(fold(body))})
    rare = [word for word in words if not _occurs_beside(word, numbers)]
    for start in range(0, len(rare), WORDS_AT_ONCE):
        with write_transaction():
            # Asked again: somebody may just have written one.
            some = rare[start : start + WORDS_AT_ONCE]
            unused = [word for word in some if not _occurs_beside(word, numbers)]
            gone = run(
                "DELETE FROM search_word WHERE word IN (SELECT value FROM json_each(%s))"
                " RETURNING id",
                [json.dumps(unused, ensure_ascii=False)],
            )
            run_many("DELETE FROM search_word_parts WHERE rowid = %s", gone)
            purge_later()
        give_way()


def forget_texts(numbers: Sequence[int]) -> None:
    """Remove the rows of events, inside the write transaction that deletes these."""
    rows = [(number,) for number in numbers]
    run_many("DELETE FROM search_words WHERE rowid = %s", rows)
    run_many("DELETE FROM search_parts WHERE rowid = %s", rows)
    purge_later()


def _occurs_beside(word: str, numbers: str) -> bool:
    """Whether a word occurs in other texts than those with these numbers."""
    sql = (
        "SELECT 1 FROM search_words WHERE search_words MATCH %s"
        " AND rowid NOT IN (SELECT value FROM json_each(%s)) LIMIT 1"
    )
    return bool(run(sql, [f'"{word}"', numbers]))
