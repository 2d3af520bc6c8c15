"""The newest runs, and which of them are shown to lie on the chain under a signed head.

Every page of claims asks for it, so it is kept for a while; a head that is written since, or a
row that is changed since, is noticed at once or within a minute.
"""

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from siegel.audit.trail import GENESIS
from siegel.claims.state import Part, Run, SignedHead
from siegel.trust import rows
from siegel.trust.heads import ends, is_signed, linked
from siegel.trust.models import EvidenceEntry, EvidenceHead
from siegel.vault import signing_key

# A control's id, a tenant's or none, and the part.
Key: TypeAlias = tuple[str, str, Part]

KEPT_SECONDS = 60.0
# What one look may cost: about 0.4 s, of which a small installation needs a fiftieth.
MOST_ROWS = 50_000
MOST_HEADS = 1_000
# Older runs prove nothing: the longest max_age of any control is far below.
OLDEST = dt.timedelta(days=8)
# So many of them one behind the other end the walk; a clock that was wrong leaves a few.
MOST_OLD = 200


@dataclass(frozen=True)
class Ledger:
    """What the evidence says at one time; `head` is None if nothing is shown to hold."""

    head: SignedHead | None = None
    runs: Mapping[Key, Run] = field(default_factory=dict)

    def run(self, control: str, tenant: str, part: Part) -> Run | None:
        """The newest run of a part, whether it counts or not."""
        return self.runs.get((control, tenant, part))


class _Kept:
    lock = threading.Lock()
    mark: tuple[object, ...] | None = None
    until = 0.0
    ledger = Ledger()


def ledger(*, fresh: bool = False) -> Ledger:
    """What the evidence says now; `fresh` looks at every row again."""
    with _Kept.lock:
        mark = _mark()
        if fresh or mark != _Kept.mark or time.monotonic() >= _Kept.until:
            _Kept.ledger = _read()
            _Kept.mark = mark
            _Kept.until = time.monotonic() + KEPT_SECONDS
        return _Kept.ledger


def _mark() -> tuple[object, ...]:
    """What changes with every head and every row.

    Read before the rest: whatever is appended meanwhile has another mark, and is read next time.
    """
    newest = EvidenceEntry.objects.order_by("-seq").values_list("seq", "digest")[:1]
    head = EvidenceHead.objects.order_by("-seq").values_list("seq", "digest", "signature")[:1]
    return (*newest, *head)


def _read() -> Ledger:
    # More may be appended while this is read: what stands behind the end was not there then. A
    # head that already was there tells of rows that were cut off; a row behind the newest head
    # was signed by nobody, or its head was taken away.
    end, signed = ends()
    heads = list(EvidenceHead.objects.filter(seq__lte=end).order_by("-seq")[:MOST_HEADS])
    found: dict[Key, Run] = {}
    covers: set[tuple[int, str]] = set()
    proof = _Proof(heads if signed == end else [])
    old = 0
    for row in _rows(end):
        is_shown = proof.shows(row)
        run = rows.run_of(row)
        if run is None:
            continue
        if is_shown:
            covers.add((run.seq, run.digest))
        found.setdefault((run.control, run.tenant, run.part), run)
        old = old + 1 if heads and run.at < heads[0].at - OLDEST else 0
        if old > MOST_OLD:
            break
    if not covers:
        return Ledger(None, found)
    newest = heads[0]
    return Ledger(SignedHead(newest.seq, newest.at, newest.version, frozenset(covers)), found)


def _rows(end: int) -> Iterator[rows.Row]:
    try:
        yield from rows.backward(end, MOST_ROWS)
    except rows.Unreadable:
        return


class _Proof:
    """Walks down from the newest head; once something does not hold, nothing below is shown."""

    def __init__(self, heads: list[EvidenceHead]) -> None:
        self._holds = bool(heads) and _is_ours(heads[0])
        if self._holds:
            self._seq, self._digest = heads[0].seq, heads[0].digest
            # Heads whose links hold must each name the row that is found at their number.
            self._named = {head.seq: head.digest for head in heads[: linked(heads)]}
            # The first head of all follows from none; one that follows from one that is gone is
            # as bad as a link that does not fit.
            begins = len(heads) == MOST_HEADS or heads[-1].previous == GENESIS
            whole = begins and len(self._named) == len(heads)
            self._lowest = 0 if whole else min(self._named)

    def shows(self, row: rows.Row) -> bool:
        """Whether this row, the next one down, is as it was when the head was signed."""
        if not self._holds:
            return False
        seq, digest = row[0], row[7]
        self._holds = (
            digest == self._digest
            and self._named.get(seq, digest) == digest
            and seq > self._lowest
            and rows.follows(row, self._seq, row[6])
        )
        self._seq, self._digest = self._seq - 1, row[6]
        return self._holds


def _is_ours(head: EvidenceHead) -> bool:
    try:
        return is_signed(head, signing_key.public_keys())
    except signing_key.SigningKeyUnavailable:
        return False
