"""Ways to tamper with evidence, each of which by itself forbids a green."""

import base64
import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from siegel.trust.heads import message_of
from siegel.trust.models import EvidenceHead
from siegel.vault import signing_key
from tests.trust.histories import (
    HEADS,
    OTHER,
    ROWS,
    StoredRow,
    changed,
    execute,
    rewritten,
    stored,
    write,
)


def signed_by_a_stranger(named: str | None = None) -> None:
    """The newest head fits the newest row, in another hand, under its name or a stolen one."""
    head = EvidenceHead.objects.order_by("-seq")[0]
    newest = stored()[-1]
    stranger = Ed25519PrivateKey.generate()
    raw = stranger.public_key().public_bytes_raw()
    EvidenceHead.objects.filter(seq=head.seq).delete()
    head.seq, head.digest = newest.seq, newest.digest
    head.key = named or hashlib.sha256(raw).hexdigest()[:16]
    head.signature = base64.b64encode(stranger.sign(message_of(head))).decode()
    head.save(force_insert=True)


Tampering = Callable[[int], object]


def _of_used(change: Callable[[StoredRow], StoredRow], index: int) -> None:
    write(change(stored()[-2 + index % 2]))


def _forward(rows: list[StoredRow], index: int, change: Callable[[StoredRow], StoredRow]) -> None:
    place = len(rows) - 2 + index % 2
    rows[place] = change(rows[place])
    rewritten(rows)


def _rewritten_and_signed(index: int, named: str | None = None) -> None:
    _forward(stored(), index, lambda row: changed(row, detail={"examined": 5 + index}))
    signed_by_a_stranger(named)


def flip(text: str, bit: int) -> str:
    """One bit of the text's bytes is another one; only such as leave it text."""
    data = bytearray(text.encode())
    data[bit // 8 % len(data)] ^= 1 << bit % 7
    return data.decode(errors="replace")


def _replayed(index: int) -> None:
    """An old pair stands at the end again, with its old time; its digests fit."""
    rows = stored()
    rewritten([*rows, *rows[:2]])


def _presented_as_new(index: int) -> None:
    """The newest rows are the old ones, with a new time."""
    rows = stored()
    rewritten([*rows[:-2], *(changed(row, at=rows[-1].at) for row in rows[:2])])


def _old_head_again(index: int) -> None:
    """The old head under a new number."""
    old, new = EvidenceHead.objects.order_by("seq")
    EvidenceHead.objects.all().delete()
    old.seq, old.at, old.digest = new.seq, new.at, new.digest
    old.save(force_insert=True)


def _other_keys(index: int) -> None:
    (settings.SIEGEL_KEYS / signing_key.FILE).unlink()
    signing_key.ensure()


def _damaged_keys(index: int) -> None:
    path = settings.SIEGEL_KEYS / signing_key.FILE
    path.write_bytes(path.read_bytes()[: index % 60])


# Each by itself forbids a green; the number chooses which row, bit or sign.
TAMPERINGS: dict[str, Tampering] = {
    "a bit of a digest": lambda n: _of_used(lambda r: changed(r, digest=flip(r.digest, n)), n),
    "a bit of a link": lambda n: _of_used(lambda r: changed(r, previous=flip(r.previous, n)), n),
    "another time": lambda n: _of_used(lambda r: changed(r, at=f"2026-11-24 11:5{n % 9}:59"), n),
    "more examined": lambda n: _of_used(lambda r: changed(r, detail={"examined": 4 + n}), n),
    "more seen": lambda n: _of_used(lambda r: changed(r, detail={"faults": 2 + n}), n),
    "another program": lambda n: _of_used(lambda r: changed(r, detail={"source": f"{n:064x}"}), n),
    "another actor": lambda n: _of_used(lambda r: changed(r, actor=f"operator{n}"), n),
    "another version": lambda n: _of_used(lambda r: changed(r, detail={"version": f"9.{n}"}), n),
    "a nonsensical row": lambda n: _of_used(lambda r: changed(r, detail={"what": n}), n),
    "rewritten to the end": lambda n: _forward(
        stored(), n, lambda r: changed(r, detail={"examined": 5 + n})
    ),
    "rewritten and signed by a stranger": _rewritten_and_signed,
    "rewritten and signed in our name": lambda n: _rewritten_and_signed(
        n, signing_key.key_in_use()
    ),
    "of another control": lambda n: _of_used(lambda r: changed(r, subject=OTHER), n),
    "of another control, rewritten": lambda n: _forward(
        stored(), n, lambda r: changed(r, subject=OTHER)
    ),
    "of another tenant": lambda n: _forward(
        stored(), n, lambda r: changed(r, detail={"tenant": "t" + "0" * 20})
    ),
    "the other part": lambda n: _forward(
        stored(),
        n,
        lambda r: changed(r, action="control.canary" if n % 2 == 0 else "control.check"),
    ),
    "a row is gone": lambda n: execute(f"DELETE FROM {ROWS} WHERE seq = %s", 5 + n % 2),
    "the tail is gone": lambda n: execute(f"DELETE FROM {ROWS} WHERE seq > %s", 3 + n % 3),
    "the tail is gone, its head too": lambda n: [
        execute(f"DELETE FROM {table} WHERE seq > 4") for table in (ROWS, HEADS)
    ],
    "a row more": lambda n: rewritten([*stored(), stored()[-1 - n % 2]]),
    "replayed": _replayed,
    "presented as new": _presented_as_new,
    "no head": lambda n: execute(f"DELETE FROM {HEADS}"),
    "no new head": lambda n: execute(f"DELETE FROM {HEADS} WHERE seq > 4"),
    "the old head again": _old_head_again,
    "a forged signature": lambda n: (
        execute(
            f"UPDATE {HEADS} SET signature = %s WHERE seq > 4",
            base64.b64encode(n.to_bytes(64, "big")).decode(),
        )
        and None
    ),
    "no signature": lambda n: execute(f"UPDATE {HEADS} SET signature = %s", "?" * (n % 9)),
    "another head": lambda n: (
        execute(f"UPDATE {HEADS} SET version = %s WHERE seq > 4", f"9.{n}") and None
    ),
    "a later head": lambda n: (
        execute(f"UPDATE {HEADS} SET at = %s WHERE seq > 4", f"2026-11-24 11:59:5{n % 9}") and None
    ),
    "a head of another digest": lambda n: (
        execute(f"UPDATE {HEADS} SET digest = %s WHERE seq > 4", f"{n:064x}") and None
    ),
    "signed by a stranger": lambda n: signed_by_a_stranger(),
    "signed in our name": lambda n: signed_by_a_stranger(signing_key.key_in_use()),
    "other keys": _other_keys,
    "damaged keys": _damaged_keys,
}
