"""Which texts may be brought into one form: those on which that costs no more than their length.

Marks that follow each other are sorted, which takes time by the square of how many there are, and
holds up every other thread. No script needs more than thirty in a row (UAX #15, Stream-Safe Text
Format).
"""

import unicodedata
from functools import lru_cache

MOST_MARKS = 30


def may_be_normalised(text: str, longest: int) -> bool:
    """Whether it is neither far longer than the longest that is taken, nor a heap of marks.

    What is composed is no shorter than a quarter of what was typed.
    """
    if text.isascii():
        return True
    return len(text) <= 4 * longest and not _has_heap(text)


def _has_heap(text: str) -> bool:
    run = 0
    for character in text:
        leading, trailing, is_marks_only = _marks(character)
        if run + leading > MOST_MARKS:
            return True
        run = run + leading if is_marks_only else trailing
    return False


@lru_cache(maxsize=4096)
def _marks(character: str) -> tuple[int, int, bool]:
    """How many marks it begins and ends with once it is taken apart, and if there is nothing else.

    Some are no marks as they are written, and become several.
    """
    apart = [unicodedata.combining(one) > 0 for one in unicodedata.normalize("NFKD", character)]
    leading = apart.index(False) if False in apart else len(apart)
    trailing = apart[::-1].index(False) if False in apart else len(apart)
    return leading, trailing, leading == len(apart)
