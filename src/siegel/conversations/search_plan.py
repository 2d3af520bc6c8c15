"""How the index is asked for a query, so that neither rare nor frequent terms are slow.

A part of a word is in few or in many different words. In few: the words themselves are looked up,
and only where they occur is read (asking for three-letter parts would walk long lists that hardly
ever agree). In many: the parts are looked up, since the newest hits come at once.
"""

from dataclasses import dataclass

from siegel.conversations.search_folding import words_of
from siegel.conversations.search_index import run
from siegel.conversations.search_terms import SHORTEST_PART, Kind, Term

FEW_WORDS = 200


@dataclass(frozen=True)
class Plan:
    """Which table is asked for what; its rows hold all that is found, and perhaps more.

    `starts` is what search_words must hold as well, for a plan that asks the other table.
    """

    table: str
    match: str
    starts: str = ""


def plan_for(terms: list[Term]) -> Plan | None:
    """A plan, or None if nothing can be found. One of the terms can be looked up."""
    exact: list[str] = []
    starts = [f"{quoted(t.text)} *" for t in terms if _is_start(t)]
    parts: list[str] = []
    for term in terms:
        if term.kind is Kind.PHRASE:
            exact.append(quoted(" ".join(words_of(term.text))))
        elif term.kind is Kind.PART and term.can_be_looked_up:
            words = _words_with(term.text)
            if words is None:
                parts.append(quoted(term.text))
            elif words:
                exact.append(words)
            else:
                return None
    if exact or not parts:
        return Plan("search_words", " AND ".join(exact + starts))
    return Plan("search_parts", " AND ".join(parts), starts=" AND ".join(starts))


def _is_start(term: Term) -> bool:
    return term.kind is Kind.START and term.can_be_looked_up


def _words_with(part: str) -> str | None:
    """Which words to look up; "" if none has the part, None if too many or it is no word."""
    expressions = []
    for piece in words_of(part):
        if len(piece) < SHORTEST_PART:
            continue
        words = run(
            "SELECT w.word FROM search_word_parts p JOIN search_word w ON w.id = p.rowid"
            " WHERE search_word_parts MATCH %s LIMIT %s",
            [quoted(piece), FEW_WORDS + 1],
        )
        if not words:
            return ""
        if len(words) <= FEW_WORDS:
            expressions.append("(" + " OR ".join(quoted(word) for (word,) in words) + ")")
    return " AND ".join(expressions) or None


def quoted(text: str) -> str:
    """A string of FTS5: nothing in it is syntax."""
    return '"' + text.replace('"', '""') + '"'
