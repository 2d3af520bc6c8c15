"""A tenant at one moment: its database and its objects, while others go on reading and writing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from siegel.audit.trail import GENESIS, Head
from siegel.continuity.leaving import leaving
from siegel.continuity.staging import staging
from siegel.files import objects
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.routing import TENANT_PLANE
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.tenancy.writing import write_lock
from siegel.vault import keyring

# So that a backup lets others have the disk in between: 2,000 pages are 4 MB.
PAGES_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Files of its own: the database, encrypted as the tenant's is, and second names of objects."""

    database: Path
    objects: list[Path]
    schema: str
    migrations: list[str]
    rows: dict[str, int]
    trail: Head

    @property
    def size(self) -> int:
        """All bytes of it."""
        return sum(path.stat().st_size for path in [self.database, *self.objects])


@contextmanager
def snapshot(tenant: ServedTenant) -> Iterator[Snapshot]:
    """A consistent snapshot for the length of the block.

    The tenant's writers wait only while its objects get their second names; the database is read
    as it was then. Raises leaving.CannotExport, keyring.KeyUnavailable, dbapi2.DatabaseError,
    OSError.
    """
    key = keyring.derive(tenant.id, "database")
    with leaving(tenant), staging("exporting") as folder:
        database = folder / "database"
        database.touch(mode=0o600)
        with closing(_opened(tenant.database, key)) as source:
            with serving(tenant), write_lock(tenant):
                # From the first read on this connection sees no later commit.
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM tenant_proof")
                linked = objects.link_all(folder)
            with closing(_opened(database, key)) as copy:
                # Page by page between two files under the same key, each with a salt of its own.
                source.backup(copy, pages=PAGES_AT_ONCE)
        yield Snapshot(database, linked, *facts_of(database, key))


def facts_of(database: Path, key: bytes) -> tuple[str, list[str], dict[str, int], Head]:
    """Schema fingerprint, migrations, rows per table, and the trail's head of a database.

    Raises dbapi2.DatabaseError if it does not open under the key.
    """
    with closing(_opened(database, key)) as connection:
        schema = connection.execute("SELECT schema FROM tenant_proof").fetchone()
        applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        migrations = [f"{app}.{name}" for app, name in applied if app in TENANT_PLANE]
        rows = {name: _count(connection, name) for name in tables_of(connection)}
        last = connection.execute(
            "SELECT seq, digest FROM audit_trailentry ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    return str(schema[0]), migrations, rows, Head(*last) if last else Head(0, GENESIS)


def owner_of(database: Path, key: bytes) -> str:
    """The tenant whose database it says it is, once SQLite has found its pages in order.

    Raises dbapi2.DatabaseError.
    """
    with closing(_opened(database, key)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise dbapi2.DatabaseError("The database is damaged.")
        return str(connection.execute("SELECT tenant FROM tenant_proof").fetchone()[0])


def tables_of(connection: Any) -> list[str]:
    """All tables that hold rows: not the virtual ones, but those in which these keep theirs."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    )
    return [name for (name,) in found]


def _count(connection: Any, table: str) -> int:
    sql = f'SELECT count(*) FROM "{table}"'  # noqa: S608 - a name from the schema
    return int(connection.execute(sql).fetchone()[0])


def _opened(database: Path, key: bytes) -> Any:
    connection = dbapi2.connect(f"file:{database}?mode=rw", uri=True, isolation_level=None)
    unlock(connection, key)
    return connection
