"""The trail as text: every column, so that whoever has the text can recompute the chain."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from siegel.audit.models import Entry
from siegel.audit.trail import canonical_time

COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "previous", "digest")
# What a spreadsheet takes for a formula, at the start of a cell: also of one that begins behind a
# semicolon or a tab, where the reader's language separates cells by these.
_FORMULA = re.compile(r"(^|[;,|\t\r\n])(?=[=+\-@\t\r\uff0b\uff0d\uff1d\uff20])")


class Format(StrEnum):
    """JSON lines (RFC 8259, one object per line) or comma-separated values (RFC 4180)."""

    JSONL = "jsonl"
    CSV = "csv"


def lines(entries: Iterable[Entry], form: Format) -> Iterator[str]:
    """Each entry as a line without its end; CSV begins with the names of its columns.

    Times are UTC with microseconds, as the digests are computed over them. In CSV `detail` is
    JSON, and no cell is a formula to a spreadsheet: an apostrophe stands before what would begin
    one. JSON lines are exact.
    """
    if form is Format.JSONL:
        for entry in entries:
            yield json.dumps(_row(entry), ensure_ascii=False)
        return
    yield _csv(COLUMNS)
    for entry in entries:
        row = _row(entry)
        texts = {name: _no_formula(row[name]) for name in ("actor", "action", "subject")}
        yield _csv([*(row | texts | {"detail": _json_in_a_cell(row["detail"])}).values()])


def _row(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in COLUMNS}
    return values | {"at": canonical_time(entry.at)}


def _no_formula(text: str) -> str:
    return _FORMULA.sub(r"\1'", text)


def _json_in_a_cell(detail: Any) -> str:
    """The same JSON: it begins with a brace, and no sign in it begins another cell."""
    return json.dumps(detail, ensure_ascii=False).replace(";", "\\u003b")


def _csv(values: Iterable[object]) -> str:
    line = io.StringIO()
    # Only signs of the line's own end are quoted within a cell: it has one, which is taken off.
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().removesuffix("\r\n")
