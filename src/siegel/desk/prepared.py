"""Queries that are built once and then only bound to their values.

Two hundred desks ask for their lists every second, and building the statements through the ORM
costs five times as much as running them. What may be seen stays said in one place, by the gate of
siegel.conversations.access: the first desk builds the query with stand-ins for its values, every
other one puts its own in their places.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from siegel.tenancy.context import served

Value = uuid.UUID | dt.datetime
# From stand-ins to the queries that are to be run with values in their places.
Build = Callable[[Sequence[Any]], Sequence["QuerySet[Any, Any]"]]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters; `places` says which value stands where."""

    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]

    def bound(self, values: Sequence[Any]) -> list[Any]:
        """The parameters with the values in their places."""
        parameters = list(self.parameters)
        for place, number in self.places:
            parameters[place] = values[number]
        return parameters


_known: dict[Hashable, list[Statement]] = {}


def rows_of(shape: Hashable, build: Build, values: Sequence[Value]) -> list[list[tuple[Any, ...]]]:
    """The rows of each query, as the database has them; `shape` names what `build` builds.

    The same shape has the same number of values, of the same types, and the same statements.
    """
    connection = connections[served().id]
    stored = [_stored(value, connection) for value in values]
    found = []
    with connection.cursor() as cursor:
        for statement in _statements(shape, build, values, connection):
            cursor.execute(statement.sql, statement.bound(stored))
            found.append(cursor.fetchall())
    return found


def counts_of(shape: Hashable, build: Build, values: Sequence[Value]) -> list[int]:
    """How many rows each query has, all asked at once."""
    connection = connections[served().id]
    stored = [_stored(value, connection) for value in values]
    statements = _statements(shape, build, values, connection)
    counts = [f"(SELECT COUNT(*) FROM ({statement.sql}) counted)" for statement in statements]  # noqa: S608 - the ORM's own SQL
    bound = [each for statement in statements for each in statement.bound(stored)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", bound)
        return list(cursor.fetchone())


def read_uuid(value: Any) -> uuid.UUID | None:
    """An id as the database gives it."""
    return None if value is None else uuid.UUID(str(value))


def read_time(value: dt.datetime | None) -> dt.datetime | None:
    """A time as the database gives it: an engine without time zones keeps UTC."""
    return value and value.replace(tzinfo=dt.UTC)


def _statements(
    shape: Hashable, build: Build, values: Sequence[Value], connection: BaseDatabaseWrapper
) -> list[Statement]:
    known = (connection.vendor, shape)
    if known not in _known:
        stand_ins = [_stand_in(value, number) for number, value in enumerate(values)]
        stored = {_stored(each, connection): number for number, each in enumerate(stand_ins)}
        _known[known] = [_compiled(query, stored, connection) for query in build(stand_ins)]
    return _known[known]


def _compiled(
    query: "QuerySet[Any, Any]", stand_ins: dict[Any, int], connection: BaseDatabaseWrapper
) -> Statement:
    sql, parameters = query.query.get_compiler(connection=connection).as_sql()
    places = ((place, stand_ins.get(value)) for place, value in enumerate(parameters))
    return Statement(sql, tuple(parameters), tuple((p, n) for p, n in places if n is not None))


def _stand_in(value: Value, number: int) -> Value:
    """Something of the same type that stands nowhere else."""
    if isinstance(value, dt.datetime):
        return dt.datetime(1, 1, 2, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
    return uuid.uuid4()


def _stored(value: Value, connection: BaseDatabaseWrapper) -> Any:
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value if connection.features.has_native_uuid_field else value.hex
