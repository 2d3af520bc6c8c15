"""The trail as text: every column, so that whoever has the text can recompute the chain."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from siegel.audit.models import Entry
from siegel.audit.trail import canonical_time

COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "previous", "digest")


class Format(StrEnum):
    """JSON lines (RFC 8259, one object per line) or comma-separated values (RFC 4180)."""

    JSONL = "jsonl"
    CSV = "csv"


def lines(entries: Iterable[Entry], form: Format) -> Iterator[str]:
    """Each entry as a line without its end; CSV begins with the names of its columns.

    Times are UTC with microseconds, as the digests are computed over them. In CSV `detail` is
    JSON.
    """
    if form is Format.JSONL:
        for entry in entries:
            yield json.dumps(_row(entry), ensure_ascii=False)
        return
    yield _csv(COLUMNS)
    for entry in entries:
        row = _row(entry)
        yield _csv([*(row | {"detail": json.dumps(row["detail"], ensure_ascii=False)}).values()])


def _row(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in COLUMNS}
    return values | {"at": canonical_time(entry.at)}


def _csv(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
