"""Looking whether tenants share a file, a key or a text."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from sqlcipher3 import dbapi2

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants, probe_tenants
from siegel.tenancy.proof.models import Canary
from siegel.tenancy.raw_files import holding
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring

Plant = Callable[[ServedTenant, str], None]


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
        tenants = examined_tenants()
        faults = [*_shared_places(tenants), *_not_sealed(tenants)]
        files = [*files_below(other.folder), *files_below(one.folder), *shared_files()]
        faults += [f"the text lies readable in {p.name}" for p in holding(files, text.encode())]
        if not knows(one, text):
            raise LookupError("The text was not found where it was written.")
        if knows(other, text):
            faults.append("the second probe's database holds the first one's text")
        if opens(one.database, keyring.derive(other.id, "database")):
            faults.append("the second probe's key opens the first one's database")
    return Finding(
        examined=len(tenants) + len(files),
        what=Text(
            de=f"Dateien und Schlüssel von {len(tenants)} Organisationen, {len(files)} Dateien "
            "Byte für Byte",
            en=f"files and keys of {len(tenants)} organisations, {len(files)} files byte by byte",
        ),
        faults=tuple(faults),
    )


def plant_foreign_row(tenant: ServedTenant, text: str) -> None:
    """A row of another tenant's, as a wrong router would write it."""
    with serving(tenant):
        Canary.objects.create(text=text)


def plant_stray_copy(tenant: ServedTenant, text: str) -> None:
    """A copy of another tenant's text beside the database."""
    (tenant.folder / "stray-copy").write_text(text)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_foreign_row: "the second probe's database holds the first one's text",
        plant_stray_copy: "the text lies readable in stray-copy",
    }
    return each_noticed(examine_separation, plants)


def _shared_places(tenants: list[ServedTenant]) -> Iterator[str]:
    inodes: Counter[tuple[int, int]] = Counter()
    keys: Counter[str] = Counter()
    for tenant in tenants:
        try:
            status = tenant.database.stat()
        except FileNotFoundError:
            continue  # Said of the file itself.
        inodes[status.st_dev, status.st_ino] += 1
        # Only a digest of the key is kept while comparing.
        keys[hashlib.sha256(keyring.derive(tenant.id, "database")).hexdigest()] += 1
        if tenant.database.resolve().parent != tenant.folder.resolve():
            yield f"the database of {tenant.id} lies outside its folder"
    if any(count > 1 for count in inodes.values()):
        yield "two tenants share a file"
    if any(count > 1 for count in keys.values()):
        yield "two tenants share a key"


def _not_sealed(tenants: list[ServedTenant]) -> Iterator[str]:
    for tenant in tenants:
        if fault := database_fault(tenant):
            yield fault


def database_fault(tenant: ServedTenant) -> str:
    """What is wrong with a tenant's database, which opens with its key only; empty if nothing."""
    if not tenant.database.is_file():
        return f"the database of {tenant.id} is missing"
    if opens(tenant.database, None):
        return f"the database of {tenant.id} is not encrypted"
    if not opens(tenant.database, keyring.derive(tenant.id, "database")):
        return f"the database of {tenant.id} does not open with its key"
    return ""


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and in those below it."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def shared_files() -> Iterator[Path]:
    """What no tenant has for itself: the control plane, the template, and what lies about."""
    data: Path = settings.SIEGEL_DATA
    yield from (path for path in sorted(data.glob("*")) if path.is_file())
    yield from files_below(data / "template")


def knows(tenant: ServedTenant, text: str) -> bool:
    """Whether any row of any table of the tenant's opened database holds the text."""
    with serving(tenant), connections[tenant.id].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from the schema
            if any(text in str(value) for row in cursor.fetchall() for value in row):
                return True
    return False


def opens(database: Path, key: bytes | None) -> bool:
    """Whether a file opens as a database, with a key or with none; it is only read."""
    try:
        connection: Any = dbapi2.connect(f"file:{database}?mode=ro", uri=True)
    except dbapi2.DatabaseError:
        return False
    try:
        if key is not None:
            unlock(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_master")
    except dbapi2.DatabaseError:
        return False
    finally:
        connection.close()
    return True
