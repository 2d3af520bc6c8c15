"""What somebody types into the search field, taken apart; every character is safe."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from siegel.conversations.search_folding import WORD, fold, words_of

LONGEST_QUERY = 200
MOST_TERMS = 12
# What the index of parts is made of.
SHORTEST_PART = 3
SHORTEST_START = 2
_PIECES = re.compile(r'"([^"]*)"|([^\s"]+)')


class Kind(StrEnum):
    """How a term must occur."""

    PART = "part"
    START = "start"
    PHRASE = "phrase"


@dataclass(frozen=True)
class Term:
    """One of the things that a text must hold, folded."""

    text: str
    kind: Kind

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        if self.kind is Kind.PART:
            return re.compile(re.escape(self.text))
        begin = r"(?<![^\W_])"
        if self.kind is Kind.START:
            return re.compile(begin + re.escape(self.text))
        words = r"[\W_]+".join(re.escape(word) for word in words_of(self.text))
        return re.compile(rf"{begin}{words}(?![^\W_])")

    def is_in(self, folded: str) -> bool:
        """Whether a folded text holds it."""
        return self._pattern.search(folded) is not None

    def places_in(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where a folded text holds it."""
        return (match.span() for match in self._pattern.finditer(folded))

    @property
    def can_be_looked_up(self) -> bool:
        """Whether an index leads to it; the others are looked for in what the index found."""
        return {
            Kind.PART: len(self.text) >= SHORTEST_PART,
            Kind.START: len(self.text) >= SHORTEST_START,
            Kind.PHRASE: True,
        }[self.kind]


def terms_of(query: str) -> list[Term]:
    """The terms of a query, in order and once each: all of them must occur.

    Three letters may stand anywhere in a word, fewer at its beginning; what is quoted stands as it
    is, word for word. An empty list if there is nothing to look for.
    """
    found: dict[Term, None] = {}
    for quoted, plain in _PIECES.findall(query[:LONGEST_QUERY]):
        term = _term(fold(quoted or plain).strip(), is_quoted=bool(quoted))
        if term is not None:
            found[term] = None
    return list(found)[:MOST_TERMS]


def _term(text: str, *, is_quoted: bool) -> Term | None:
    if not text:
        return None
    if is_quoted and words_of(text):
        return Term(text, Kind.PHRASE)
    if len(text) < SHORTEST_PART and WORD.fullmatch(text):
        return Term(text, Kind.START)
    return Term(text, Kind.PART)


def can_be_searched(terms: list[Term]) -> bool:
    """Whether any of the terms leads anywhere: a single letter does not."""
    return any(term.can_be_looked_up for term in terms)
