"""Signed heads: where the evidence ended, in the installation's own hand."""

import hashlib
import itertools
import json
from collections.abc import Sequence

from django.db import connections

from siegel.audit.trail import GENESIS, canonical_time
from siegel.trust.models import EvidenceEntry, EvidenceHead
from siegel.vault import signing_key
from siegel.vault.signing_key import PublicKey, Signature

PREAMBLE = b"siegel head v1\n"
_ENDS = (
    f'SELECT (SELECT max(seq) FROM "{EvidenceEntry._meta.db_table}"),'  # noqa: S608 - our own tables
    f' (SELECT max(seq) FROM "{EvidenceHead._meta.db_table}")'
)


def ends() -> tuple[int, int]:
    """The numbers of the newest row and of the newest head, of one moment; 0 if there is none.

    They are the same unless something was taken away or put there by others.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(_ENDS)
        row, head = cursor.fetchone()
    return row or 0, head or 0


def message_of(head: EvidenceHead) -> bytes:
    """What is signed: a line that says what it is, and canonical JSON as in siegel.audit.trail."""
    said = {
        "at": canonical_time(head.at),
        "digest": head.digest,
        "key": head.key,
        "previous": head.previous,
        "seq": head.seq,
        "version": head.version,
    }
    return (
        PREAMBLE
        + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


def link_of(head: EvidenceHead | None) -> str:
    """What the next head names as its `previous`: SHA-256 of the message, 64 zeros before all."""
    return hashlib.sha256(message_of(head)).hexdigest() if head else GENESIS


def is_signed(head: EvidenceHead, keys: list[PublicKey]) -> bool:
    """Whether a key of this installation signed it."""
    return signing_key.is_signed(message_of(head), Signature(head.key, head.signature), keys)


def linked(newest_first: Sequence[EvidenceHead]) -> int:
    """How many of these heads, from the newest on, each name the next as the one before them."""
    for number, (head, before) in enumerate(itertools.pairwise(newest_first), start=1):
        if head.previous != link_of(before):
            return number
    return len(newest_first)
