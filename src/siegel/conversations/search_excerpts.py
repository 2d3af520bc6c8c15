"""What of a text is shown around the words that were found; marks are ranges, never markup."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from siegel.conversations.search_folding import Folded
from siegel.conversations.search_terms import Term

AROUND = 80
# A phrase may have any number of signs between its words.
LONGEST_MARK = 200


class Piece(NamedTuple):
    """A stretch of the text as it was written, and whether it was looked for."""

    text: str
    is_marked: bool


def marks_in(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """The ranges of a text that terms were found in, in order, not touching each other."""
    folded = Folded.of(text)
    found = sorted(
        folded.range_of(*place) for term in terms for place in term.places_in(folded.text)
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def excerpt(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The text around the first place that was found, about 80 characters on each side."""
    marks = marks_in(text, terms)
    first, last = marks[0] if marks else (0, 0)
    begin = _word_start(text, max(0, first - AROUND))
    end = _word_end(text, min(len(text), max(min(last, first + LONGEST_MARK), first) + AROUND))
    pieces = list(_pieces(text, marks, begin, end))
    if begin > 0:
        pieces.insert(0, Piece("…", is_marked=False))
    if end < len(text):
        pieces.append(Piece("…", is_marked=False))
    return pieces


def _pieces(text: str, marks: list[tuple[int, int]], begin: int, end: int) -> Iterator[Piece]:
    at = begin
    for start, stop in marks:
        if start >= end:
            break
        if start > at:
            yield Piece(text[at:start], is_marked=False)
        at = min(stop, end)
        yield Piece(text[start:at], is_marked=True)
    if at < end:
        yield Piece(text[at:end], is_marked=False)


def _word_start(text: str, at: int) -> int:
    """The beginning of the next word, if it is near."""
    space = text.find(" ", at, at + 20) if at else -1
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int) -> int:
    """The end of the word before, if it is near."""
    space = text.rfind(" ", at - 20, at) if 20 <= at < len(text) else -1
    return space if space >= 0 else at
