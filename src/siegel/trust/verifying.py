"""Verifying all of the evidence: every row, every head, every signature."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db.models import Max

from siegel.audit.trail import GENESIS, BrokenChain, Fault, Head
from siegel.trust import rows
from siegel.trust.heads import is_signed, link_of
from siegel.trust.models import EvidenceEntry, EvidenceHead
from siegel.vault import signing_key
from siegel.vault.signing_key import PublicKey

_TOLD_EVERY = 10_000
_PIECE = 1_000


class BrokenHead(ValueError):
    """A head is not signed, does not follow from the one before, or names another row; `seq` is
    its number."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"The signed head at sequence number {seq} does not hold.")
        self.seq = seq


class Verified(NamedTuple):
    """Where the chain ends, and how many signed heads it has."""

    head: Head
    heads: int


def verify_evidence(
    kept: Head | None = None, *, seen: Callable[[int], object] = lambda _: None
) -> Verified:
    """Recompute every row and every head.

    `kept` is a head that somebody kept apart: rows cut off since are found by it only. `seen` is
    told the number of a row now and then. Raises BrokenChain at the first row that does not
    follow, BrokenHead, and vault.signing_key.SigningKeyUnavailable. A million rows take seconds.
    """
    keys = signing_key.public_keys()
    # Rows and heads are added while this runs, and neither ever changes: what has a number up to
    # these is one state. The head is asked for first, so that its row is there by then.
    signed, last = _newest(EvidenceHead), _newest(EvidenceEntry)
    heads = _Heads(keys, max(signed, last))
    wanted = kept.seq if kept is not None else -1
    seq, previous = 0, GENESIS
    follows = rows.follows
    try:
        for row in rows.forward():
            if row[0] > last:
                break
            if not follows(row, seq + 1, previous):
                raise BrokenChain(Fault.DOES_NOT_FOLLOW, seq + 1)
            seq += 1
            previous = row[7]
            if seq == heads.next_seq:
                heads.pass_through(previous)
            if seq == wanted and kept is not None and previous != kept.digest:
                raise BrokenChain(Fault.OTHER_ROW, seq)
            if seq % _TOLD_EVERY == 0:
                seen(seq)
    except rows.Unreadable:
        raise BrokenChain(Fault.DOES_NOT_FOLLOW, seq + 1) from None
    if seq < wanted:
        raise BrokenChain(Fault.ENDS_BEFORE, wanted)
    heads.end(seq)
    return Verified(Head(seq, previous), heads.passed)


def _newest(model: type[EvidenceEntry] | type[EvidenceHead]) -> int:
    found: int | None = model._default_manager.aggregate(newest=Max("seq"))["newest"]
    return found or 0


def _heads(to: int) -> Iterator[EvidenceHead]:
    """The heads up to a number, in order, a piece at a time.

    So no cursor stays open when nobody asks for the rest.
    """
    last = -1
    heads = EvidenceHead.objects.filter(seq__lte=to).order_by("seq")
    while piece := list(heads.filter(seq__gt=last)[:_PIECE]):
        yield from piece
        last = piece[-1].seq


class _Heads:
    """The heads in the order of the rows they stand on."""

    def __init__(self, keys: list[PublicKey], to: int) -> None:
        self._keys = keys
        self._rest = _heads(to)
        self._before: EvidenceHead | None = None
        self.passed = 0
        self._next = next(self._rest, None)

    @property
    def next_seq(self) -> int:
        return self._next.seq if self._next else -1

    def pass_through(self, digest: str) -> None:
        """The chain has reached the next head's row."""
        head = self._next
        if (
            head is None
            or head.digest != digest
            or head.previous != link_of(self._before)
            or not is_signed(head, self._keys)
        ):
            raise BrokenHead(self.next_seq)
        self._before = head
        self.passed += 1
        self._next = next(self._rest, None)

    def end(self, seq: int) -> None:
        """The chain is at its end: no head may stand beyond, and no row behind the last head."""
        if self._next is not None:
            # The row of a signed head is gone: a tail was cut off, and the head betrays it.
            raise BrokenChain(Fault.ENDS_BEFORE, self._next.seq)
        if seq and (self._before is None or self._before.seq != seq):
            raise BrokenHead(seq)
