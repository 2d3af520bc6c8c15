"""Writing many rows of a model with one prepared statement.

The ORM's bulk_create and bulk_update build a large expression for each call, which on the hot
path costs more than the database does. Values are still prepared by the model's own fields, so
that every engine gets what it expects.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.models import Field, Model

from siegel.tenancy.context import served


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, at least one; automatic primary keys are not read back."""
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if not field.db_returning]
    _execute(_insertion(meta.db_table, tuple(field.column for field in fields)), rows, fields)


def update_rows(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Update the named fields of rows of one model, at least one, each by its primary key."""
    meta = type(rows[0])._meta
    fields = [_field(type(rows[0]), name) for name in names]
    columns = tuple(field.column for field in fields)
    _execute(_update(meta.db_table, columns, meta.pk.column), rows, [*fields, meta.pk])


@lru_cache(maxsize=32)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our models


@lru_cache(maxsize=32)
def _update(table: str, columns: tuple[str, ...], key: str) -> str:
    settings = ", ".join(f'"{column}" = %s' for column in columns)
    return f'UPDATE "{table}" SET {settings} WHERE "{key}" = %s'  # noqa: S608 - as above


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if field.name == name)


def _execute(statement: str, rows: Iterable[Model], fields: Sequence["Field[Any, Any]"]) -> None:
    connection = connections[served().id]
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
