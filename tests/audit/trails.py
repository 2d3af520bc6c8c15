"""Trails for tests: many rows at once, with the times that a test wants."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

from django.db import connections

from siegel.audit import trail
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction

MESSAGE = "conversation.message"


def many(events: Iterable[trail.Event], at: dt.datetime | None = None) -> None:
    """Append rows as the product does; at a time of one's own if one is given."""
    with write_transaction():
        if at is None:
            trail.append(events)
            return
        with mock.patch("siegel.audit.trail.timezone.now", return_value=at):
            trail.append(events)


def messages(count: int, conversation: str = "a" * 8) -> list[trail.Event]:
    return [
        trail.Event("contact:1", MESSAGE, conversation, {"seq": n}) for n in range(1, count + 1)
    ]


def raw(sql: str, *values: str | int) -> None:
    """What somebody with the key can do past the product, constraints included."""
    with connections[served().id].cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(sql, values)
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def plans_of(run: Callable[[], object]) -> list[str]:
    """How SQLite answers each query on the trail that `run` makes, with the values as bound."""
    connection = connections[served().id]
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., object], sql: str, params: Any, *more: object) -> object:
        asked.append((sql, params))
        return execute(sql, params, *more)

    with connection.execute_wrapper(note):
        run()
    plans = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            if "audit_trailentry" in sql and sql.startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                plans.append(" / ".join(row[3] for row in cursor.fetchall()))
    return plans
