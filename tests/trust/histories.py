"""Evidence as an installation writes it, at times of one's choosing, and as it is stored."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connections, transaction

from siegel.claims.control import Text
from siegel.claims.state import Part
from siegel.trust.evidence import SCHEDULER, Outcome, record
from siegel.trust.models import EvidenceHead
from siegel.trust.program import VERSION
from siegel.vault import signing_key

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
CONTROL, OTHER = "x-test", "x-other"


def outcome(part: Part, control: str = CONTROL, tenant: str = "", **changes: Any) -> Outcome:
    """A good check, or a canary that has seen what was planted."""
    fields: dict[str, Any] = {
        "source": "5" * 64,
        "milliseconds": 120,
        "examined": 3,
        "what": Text("drei Dinge, geprüft", "three things"),
        "faults": 0,
        "texts": (),
    }
    if part is Part.CANARY:
        fields |= {"faults": 1, "texts": ("a planted failure",)}
    return Outcome(control=control, tenant=tenant, part=part, **(fields | changes))


def both(control: str = CONTROL, tenant: str = "") -> list[Outcome]:
    """A good sweep of one control."""
    return [outcome(part, control, tenant) for part in Part]


def before() -> list[Outcome]:
    """A sweep like it, which can be told from it."""
    return [outcome(part, examined=2) for part in Part] + both(OTHER)


def recorded(*outcomes: Outcome, at: dt.datetime = NOW, version: str = VERSION) -> EvidenceHead:
    """What the installation writes when its clock says `at`."""
    with (
        mock.patch("django.utils.timezone.now", return_value=at),
        mock.patch("siegel.trust.evidence.VERSION", version),
    ):
        head = record([dataclasses.replace(each, began=at) for each in outcomes], SCHEDULER)
    assert head is not None
    return head


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Nothing written in the block remains: not the rows, and not the keys."""
    path = settings.SIEGEL_KEYS / signing_key.FILE
    content = path.read_bytes()
    try:
        with transaction.atomic(using="default"):
            yield
            transaction.set_rollback(True, using="default")
    finally:
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def execute(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Plain SQL in the control database, as somebody with its file would do it."""
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


ROWS = "trust_evidenceentry"
HEADS = "trust_evidencehead"


@dataclass(frozen=True)
class StoredRow:
    """A row as it lies in the table."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    digest: str

    def honest_digest(self) -> str:
        """Computed here and not by the product."""
        at = self.at.replace(" ", "T")
        at = (at if "." in at else at + ".000000") + "+00:00"
        said = [self.seq, at, self.actor, self.action, self.subject, json.loads(self.detail)]
        text = json.dumps(
            [*said, self.previous], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(text.encode()).hexdigest()


def stored() -> list[StoredRow]:
    """All rows, oldest first."""
    columns = "seq, CAST(at AS TEXT), actor, action, subject, detail, previous, digest"
    return [StoredRow(*row) for row in execute(f"SELECT {columns} FROM {ROWS} ORDER BY seq")]


def write(row: StoredRow) -> None:
    """Put a row in its place, whatever lay there."""
    execute(f"DELETE FROM {ROWS} WHERE seq = %s", row.seq)
    execute(
        f"INSERT INTO {ROWS} (seq, at, actor, action, subject, detail, previous, digest)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        *vars(row).values(),
    )


def chained_anew(rows: list[StoredRow]) -> list[StoredRow]:
    """The same rows with numbers, links and digests that fit."""
    done: list[StoredRow] = []
    for seq, row in enumerate(rows, start=1):
        fields = vars(row) | {"seq": seq, "previous": done[-1].digest if done else "0" * 64}
        linked = StoredRow(**fields)
        done.append(StoredRow(**(vars(linked) | {"digest": linked.honest_digest()})))
    return done


def rewritten(rows: list[StoredRow]) -> None:
    """Have these rows and no others, with digests that fit."""
    execute(f"DELETE FROM {ROWS}")
    for row in chained_anew(rows):
        write(row)


def changed(row: StoredRow, **changes: Any) -> StoredRow:
    """A row with other columns; `detail` is merged into what is there."""
    if "detail" in changes:
        changes["detail"] = json.dumps(json.loads(row.detail) | changes["detail"])
    return StoredRow(**(vars(row) | changes))
