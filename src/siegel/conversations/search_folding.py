"""How text is written for searching: as people type it who do not think of accents.

Case goes, umlauts become two letters and other diacritics go, on both sides of a comparison. That
changes lengths: `Folded` knows which character of the original each folded one comes from.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from siegel.identity.combining import MOST_MARKS

# Another number has every tenant's index built anew: the same text must fold the same way.
VERSION = 1
# The most common letters with marks are German ones, which are written as two letters.
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    """One character with the marks that stand on it."""
    lowered = unicodedata.normalize("NFC", letter).casefold()
    lowered = "".join(_UMLAUTS.get(c, c) for c in unicodedata.normalize("NFC", lowered))
    apart = unicodedata.normalize("NFKD", lowered).casefold()
    kept = "".join(c for c in apart if not _is_dropped(c))
    return unicodedata.normalize("NFKC", kept)


@lru_cache(maxsize=4096)
def _is_dropped(character: str) -> bool:
    # Marks on letters, and what nobody sees: soft hyphens in compounds, joiners, directions.
    return unicodedata.combining(character) != 0 or unicodedata.category(character) in {
        "Cf",
        "Cc",
        "Cs",
    }


def _letters(text: str) -> list[tuple[int, str]]:
    """Where each letter begins, and how it is folded; what is dropped belongs to the one before."""
    found: list[tuple[int, str]] = []
    begun = 0
    for place in range(1, len(text) + 1):
        # Not asked of every character: most are plain.
        if place < len(text) and text[place] > "\x7f" and unicodedata.combining(text[place]):
            continue
        letter = text[begun:place]
        # Of a heap of marks the first ones do: to sort all of them takes time by its square.
        # White space separates words, also as a control character or of another width.
        found.append((begun, " " if letter.isspace() else _letter(letter[: MOST_MARKS + 1])))
        begun = place
    return found


def fold(text: str) -> str:
    """Text as it is compared."""
    if text.isascii() and text.isprintable():
        return text.lower()
    return "".join(folded for _, folded in _letters(text)) if text else ""


@dataclass(frozen=True)
class Folded:
    """A text with its folded form, and the way back."""

    original: str
    text: str
    # For each folded character where the letter it comes from begins; and all beginnings.
    _from: list[int]
    _beginnings: list[int]

    @classmethod
    def of(cls, original: str) -> "Folded":
        """Fold a text and keep the places."""
        letters = _letters(original) if original else []
        places = [begun for begun, folded in letters for _ in folded]
        text = "".join(folded for _, folded in letters)
        return cls(original, text, places, [begun for begun, _ in letters])

    def range_of(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that a range of the folded text (not empty) comes from.

        Whole letters with their marks: half of an "ae" that was an umlaut is the umlaut.
        """
        last = self._from[end - 1]
        following = bisect_right(self._beginnings, last)
        if following < len(self._beginnings):
            return self._from[start], self._beginnings[following]
        return self._from[start], len(self.original)


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return WORD.findall(folded)
