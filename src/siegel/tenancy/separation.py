"""Looking whether tenants share a file, a key or a text."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections
from sqlcipher3 import dbapi2

from siegel.claims.control import Finding
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.migrating import all_tenants
from siegel.tenancy.probes import probe_tenants
from siegel.tenancy.proof.models import Canary
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring

Plant = Callable[[ServedTenant, str], None]

PLAIN_HEADER = b"SQLite format 3\0"
CHUNK = 1024 * 1024


def examine_separation(plant: Plant | None = None) -> Finding:
    """Compare all tenants' files and keys, and look for a text of one probe in the other.

    `plant` is given the second probe and the text that must not be in it: the canary's way to
    break what is examined.
    """
    with probe_tenants() as (one, other):
        text = f"canary-{secrets.token_hex(16)}"
        with serving(one):
            Canary.objects.create(text=text)
        if plant is not None:
            plant(other, text)
        tenants = all_tenants()
        faults = [*_shared_places(tenants), *_unencrypted(tenants)]
        files = [*_files(other.folder), *_files(one.folder), *_shared_files()]
        faults += [f"the text lies readable in {p.name}" for p in files if _holds(p, text)]
        if not knows(one, text):
            raise LookupError("The text was not found where it was written.")
        if knows(other, text):
            faults.append("the second probe's database holds the first one's text")
        if _opens(one.database, keyring.derive(other.id, "database")):
            faults.append("the second probe's key opens the first one's database")
    return Finding(
        examined=len(tenants) + len(files),
        what=f"{len(tenants)} tenants' files and keys, {len(files)} files byte by byte",
        faults=tuple(faults),
    )


def plant_in_other(tenant: ServedTenant, text: str) -> None:
    """Break the separation as a wrong router or a stray copy would."""
    with serving(tenant):
        Canary.objects.create(text=text)
    (tenant.folder / "stray-copy").write_text(text)


def _shared_places(tenants: list[ServedTenant]) -> Iterator[str]:
    inodes: Counter[tuple[int, int]] = Counter()
    keys: Counter[str] = Counter()
    for tenant in tenants:
        status = tenant.database.stat()
        inodes[status.st_dev, status.st_ino] += 1
        # Only a digest of the key is kept while comparing.
        keys[hashlib.sha256(keyring.derive(tenant.id, "database")).hexdigest()] += 1
        if tenant.database.resolve().parent != tenant.folder.resolve():
            yield f"the database of {tenant.id} lies outside its folder"
    if any(count > 1 for count in inodes.values()):
        yield "two tenants share a file"
    if any(count > 1 for count in keys.values()):
        yield "two tenants share a key"


def is_plain_database(tenant: ServedTenant) -> bool:
    """Whether the tenant's file is one that SQLite opens without a key."""
    with tenant.database.open("rb") as file:
        return file.read(len(PLAIN_HEADER)) == PLAIN_HEADER


def _unencrypted(tenants: list[ServedTenant]) -> Iterator[str]:
    for tenant in tenants:
        if is_plain_database(tenant):
            yield f"the database of {tenant.id} is not encrypted"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _shared_files() -> Iterator[Path]:
    data: Path = settings.SIEGEL_DATA
    yield from (path for path in sorted(data.glob("control.sqlite3*")) if path.is_file())
    yield from _files(data / "template")


def _holds(path: Path, text: str) -> bool:
    wanted = text.encode()
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if wanted in tail + chunk:
                return True
            tail = chunk[-len(wanted) :]
    return False


def knows(tenant: ServedTenant, text: str) -> bool:
    """Whether any row of any table of the tenant's opened database holds the text."""
    with serving(tenant), connections[tenant.id].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from the schema
            if any(text in str(value) for row in cursor.fetchall() for value in row):
                return True
    return False


def _opens(database: Path, key: bytes) -> bool:
    connection = dbapi2.connect(str(database))
    try:
        unlock(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_master")
    except dbapi2.DatabaseError:
        return False
    finally:
        connection.close()
    return True
