"""Whether a database is built as this version of the program builds one."""

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.tenancy.template import ensure_template


def is_built_as_here(database: Path, key: bytes) -> bool:
    """Whether it has the very tables, indexes, triggers and views of a new tenant, and says so.

    A trigger would go on acting in the tenant, and without one of its tables it would not be
    served. Raises dbapi2.DatabaseError.
    """
    with (
        closing(dbapi2.connect(f"file:{database}?mode=rw", uri=True)) as opened,
        closing(dbapi2.connect(f"file:{ensure_template()}?mode=ro", uri=True)) as template,
    ):
        unlock(opened, key)
        (schema,) = opened.execute("SELECT schema FROM tenant_proof").fetchone()
        return bool(schema == schema_fingerprint() and _parts(opened) == _parts(template))


def _parts(connection: Any) -> set[tuple[str, ...]]:
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return set(found.fetchall())
