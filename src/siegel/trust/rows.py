"""Rows of the evidence as they are stored, and whether one follows from the row before.

A year of them is a million, hence plain SQL and msgspec's encoder. Its bytes are those of
`siegel.audit.trail` wherever a digest agrees, and where none does, the trail's own way decides.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
from django.db import OperationalError, connections

from siegel.audit import trail
from siegel.audit.trail import canonical_time, digest_of
from siegel.claims.control import Text
from siegel.claims.state import Part, Run
from siegel.trust.models import EvidenceEntry

# seq, at, actor, action, subject, detail, previous, digest; all but the first are text.
Row: TypeAlias = tuple[Any, ...]

ACTIONS = {Part.CHECK: "control.check", Part.CANARY: "control.canary"}
PARTS = {action: part for part, action in ACTIONS.items()}

_TYPES = (int, *(str,) * 7)
# Cast, because Django's converters would make a time of the text.
_COLUMNS = "seq, CAST(at AS TEXT), actor, action, subject, detail, previous, digest"
_TABLE = EvidenceEntry._meta.db_table
_FORWARD = f'SELECT {_COLUMNS} FROM "{_TABLE}" WHERE seq > %s ORDER BY seq LIMIT %s'  # noqa: S608 - our own table
_BACKWARD = f'SELECT {_COLUMNS} FROM "{_TABLE}" WHERE seq <= %s ORDER BY seq DESC LIMIT %s'  # noqa: S608 - as above
_PIECE = 5_000
# The one way to write the same character with another byte in what append() stores.
_OTHER_ESCAPE = re.compile(r"\\u[0-9a-f]{0,3}[A-F]")


class _What(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    de: str
    en: str


class Detail(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What stands in `detail`; see docs/evidence.md.

    In the order of the alphabet, in which the canonical form has the keys: so it is read and
    written in half the time that a dict takes.
    """

    error: str
    evidence: str
    examined: int
    expected: int | None
    faults: int
    milliseconds: int
    source: str
    tenant: str
    version: str
    what: _What


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Detail).decode


class Unreadable(ValueError):
    """A row that the database's driver cannot hand out."""


def forward(after: int = 0) -> Iterator[Row]:
    """All rows behind a number, oldest first; raises Unreadable exactly at one that is none."""
    while piece := _piece(_FORWARD, after):
        yield from piece
        after = piece[-1][0]


def backward(seq: int, most: int) -> Iterator[Row]:
    """Up to `most` rows from a number down, newest first; raises Unreadable as above."""
    while most > 0 and (piece := _piece(_BACKWARD, seq, min(most, _PIECE))):
        yield from piece
        most -= len(piece)
        seq = piece[-1][0] - 1


def follows(row: Row, seq: int, previous: str) -> bool:
    """Whether a row has that number and predecessor, and a digest of what it says."""
    if row[0] != seq or row[6] != previous or tuple(map(type, row)) != _TYPES:
        return False
    _, at, actor, action, subject, detail, _, digest = row
    try:
        said = [seq, _canonical(at), actor, action, subject, decode(detail), previous]
        if hashlib.sha256(encode(said)).hexdigest() == digest:
            return "\\u" not in detail or _OTHER_ESCAPE.search(detail) is None
    except (ValueError, OverflowError, RecursionError):
        # Another shape, or none: the trail's own way says which.
        pass
    return _follows_slowly(row)


def run_of(row: Row) -> Run | None:
    """The run that a row tells of, or None if it tells of none."""
    try:
        seq, at, _, action, subject, stored, _, digest = row
        detail = decode(stored)
        return Run(
            seq=seq,
            control=subject,
            tenant=detail.tenant,
            part=PARTS[action],
            at=dt.datetime.fromisoformat(_canonical(at)),
            milliseconds=detail.milliseconds,
            version=detail.version,
            source=detail.source,
            examined=detail.examined,
            expected=detail.expected,
            what=Text(detail.what.de, detail.what.en),
            faults=detail.faults,
            error=detail.error,
            digest=digest,
        )
    except (ValueError, TypeError, KeyError):
        return None


def _canonical(at: str) -> str:
    """From the text that Django stores to that of `trail.canonical_time`; ValueError if it is
    another one."""
    if len(at) == 26 and at[10] == " " and at[19] == "." and at[20:] != "000000":
        return f"{at[:10]}T{at[11:]}+00:00"
    if len(at) == 19 and at[10] == " ":
        return f"{at[:10]}T{at[11:]}.000000+00:00"
    raise ValueError("No time as Django stores it.")


def _follows_slowly(row: Row) -> bool:
    """The trail's own way, for what msgspec encodes or reads differently."""
    seq, at, actor, action, subject, detail, previous, digest = row
    try:
        when = dt.datetime.fromisoformat(_canonical(at))
        said = json.loads(detail)
        entry = EvidenceEntry(
            seq=seq, at=when, actor=actor, action=action, subject=subject, detail=said,
            previous=previous,
        )  # fmt: skip
        is_exact = canonical_time(when) == _canonical(at) and json.dumps(said) == detail
        return is_exact and digest_of(entry) == digest
    except (ValueError, OverflowError, RecursionError):
        return False


def _piece(query: str, bound: int, size: int = _PIECE) -> list[Row]:
    """Up to `size` rows; fewer where one of them cannot be read, and Unreadable if it is the
    first."""
    with connections["default"].cursor() as cursor:
        try:
            cursor.execute(query, [bound, size])
            return list(cursor.fetchall())
        except OperationalError as error:
            if "UTF-8" not in str(error):
                raise
    if size == 1:
        raise Unreadable("The next row cannot be read.")
    return _piece(query, bound, size // 2)


def in_time(at: dt.datetime) -> int:
    """The number of the first row at or after a time, by bisecting; past the last, if none is."""
    low, high = 0, trail.head(EvidenceEntry).seq + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = EvidenceEntry.objects.filter(seq__gte=middle).order_by("seq")
        then = found.values_list("at", flat=True).first()
        if then is not None and then < at:
            low = middle
        else:
            high = middle
    return high
