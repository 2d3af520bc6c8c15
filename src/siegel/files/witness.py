"""A second opinion on the outer type: puremagic's table of signatures.

It knows hundreds of formats by their first bytes and nothing of what lies behind them, so it is
asked whether it contradicts our own rules, and about what they do not know.
"""

from functools import lru_cache

import puremagic

from siegel.files.dangerous import EXECUTABLE_ENDINGS, SCRIPT_ENDINGS
from siegel.files.kinds import EXTENSIONS, Kind
from siegel.files.reading import Source

ASKED = 64
# HEIC lies in the boxes of MP4, which puremagic recognises by the length of the first one.
_ALSO_KNOWN_AS = {Kind.HEIC: (".mp4",)}


def contradicts(source: Source, kind: Kind) -> bool:
    """It knows these bytes, but not as this kind."""
    known = _endings(source.at(0, ASKED))
    return bool(known) and known.isdisjoint((*EXTENSIONS[kind], *_ALSO_KNOWN_AS.get(kind, ())))


def refusal_of_unknown(source: Source) -> str:
    """Why a file is refused that is none of the known kinds."""
    known = {ending.lstrip(".") for ending in _endings(source.at(0, ASKED))}
    if known and known <= EXECUTABLE_ENDINGS:
        return "executable"
    if known and known <= SCRIPT_ENDINGS:
        return "script"
    return "type-not-allowed"


@lru_cache(maxsize=256)
def _endings(start: bytes) -> frozenset[str]:
    """Asked about the same few beginnings again and again in an archive of many files."""
    try:
        return frozenset(row.extension for row in puremagic.magic_string(start) if row.extension)
    except puremagic.PureError:
        return frozenset()
