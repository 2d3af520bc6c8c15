"""Django's SQLite backend bound to SQLCipher: the same code over an encrypted file.

The key is the raw 32 bytes (no passphrase derivation, which costs 110 ms per opening). What was
opened must prove that it is the database of the tenant it was opened for.
"""

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3 import base as sqlite
from django.db.backends.sqlite3._functions import register as register_functions
from django.db.backends.sqlite3.features import DatabaseFeatures as SqliteFeatures
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from sqlcipher3 import dbapi2 as Database  # noqa: N812 - the name Django's backends use

from siegel.tenancy.context import WrongTenant
from siegel.tenancy.sqlcipher.unlocking import unlock

for _type, _convert in {
    "bool": b"1".__eq__,
    "date": sqlite.decoder(parse_date),
    "time": sqlite.decoder(parse_time),
    "datetime": sqlite.decoder(parse_datetime),
    "timestamp": sqlite.decoder(parse_datetime),
}.items():
    Database.register_converter(_type, _convert)
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(dt.date, sqlite.adapt_date)
Database.register_adapter(dt.datetime, sqlite.adapt_datetime)


class CannotBeOpened(Exception):
    """The file is missing, damaged, or its key is not the one it was encrypted with."""


class NotMigrated(Exception):
    """The database was made by another version of the program: run `siegel tenants migrate`."""


class Cursor(Database.Cursor):  # type: ignore[misc] # sqlcipher3 ships no types
    """The DB-API cursor with Django's %s placeholders."""

    convert_query = sqlite.SQLiteCursorWrapper.convert_query

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        names = list(params) if isinstance(params, Mapping) else None
        return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, params: Iterable[Sequence[Any]]) -> Any:
        return super().executemany(self.convert_query(query), params)


class DatabaseFeatures(SqliteFeatures):
    """Django asks the standard library's SQLite for its version; ours is the one in the wheel."""

    can_alter_table_drop_column = Database.sqlite_version_info >= (3, 35, 5)
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True


class DatabaseWrapper(sqlite.DatabaseWrapper):
    """A connection to one tenant's file."""

    Database = Database
    display_name = "SQLCipher"
    features_class = DatabaseFeatures
    init_commands: list[str]
    # Whether its thread is at work with it, which siegel.tenancy.handler keeps.
    is_in_use = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.settings_dict["NAME"].exists() and self.settings_dict["TENANT_ID"]:
            raise CannotBeOpened(f"The database of {self.alias} is missing.")
        connection = Database.connect(**conn_params)
        try:
            self._unlock(connection)
            register_functions(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA legacy_alter_table = OFF")
            for command in self.init_commands:
                connection.execute(command)
        except Database.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                # Never the driver's own message: it could quote the statement with the key.
                raise CannotBeOpened(f"The database of {self.alias} does not open.") from None
            raise
        return connection

    def _unlock(self, connection: Any) -> None:
        make_key = self.settings_dict["KEY"]
        if make_key is None:
            return
        unlock(connection, make_key())

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def init_connection_state(self) -> None:
        # Not the parent's: it would look up the version through a cursor at each opening.
        BaseDatabaseWrapper.init_connection_state(self)
        tenant = self.settings_dict["TENANT_ID"]
        if tenant is None:
            return
        try:
            self._prove(tenant)
        except Exception:
            self.connection.close()
            self.connection = None
            raise

    def _prove(self, tenant: str) -> None:
        try:
            row = self.connection.execute("SELECT tenant, schema FROM tenant_proof").fetchone()
        except Database.OperationalError:
            row = None
        if row is None or row[0] != tenant:
            raise WrongTenant(f"The database opened for {tenant} is not its own.")
        if self.settings_dict.get("SCHEMA") not in (None, row[1]):
            raise NotMigrated(f"The database of {tenant} is of another version of the program.")

    def is_in_memory_db(self) -> bool:
        # Django would silently not close one, and the next tenant would write into it.
        return False
