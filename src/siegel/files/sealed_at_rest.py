"""Looking whether attachments lie sealed, and whether that holds for every tenant."""

import contextlib
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from siegel.claims.control import Finding
from siegel.files import objects
from siegel.files.models import StoredFile
from siegel.files.probing import hand_over
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.migrating import all_tenants
from siegel.tenancy.probes import probe_tenants
from siegel.vault import keyring
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed

Plant = Callable[[ServedTenant, StoredFile, bytes], None]
PLAIN_HEADER = b"SQLite format 3\0"
# The newest files of each tenant that are opened and compared with their rows.
SAMPLE = 20


def examine_attachments(plant: Plant | None = None) -> Finding:
    """Hand a canary text over at one probe and look for it raw; open samples of all tenants.

    `plant` is given the probe, its file and the text, and breaks what is examined.
    """
    faults: list[str] = []
    with probe_tenants() as (one, other):
        text = f"canary-{secrets.token_hex(16)}".encode()
        with serving(one):
            file = hand_over(text)
            if plant is not None:
                plant(one, file, text)
            raw = objects.path_of(file.object)
            content = raw.read_bytes()
            stored = [path for path in (one.folder / "objects").rglob("*") if path.is_file()]
        if text in content or any(text in path.read_bytes() for path in stored):
            faults.append("an object holds the canary text readable")
        if not _opens(one, raw, _context(one, file)):
            faults.append("the object does not open with its own key")
        if _opens(other, raw, _context(one, file)):
            faults.append("another tenant's key opens the object")
        if _opens(one, raw, _context(one, file)[:-1]):
            faults.append("the object opens for another purpose")
        faults += _moved(one, other, file, raw)
        examined = len(stored)
    for tenant in all_tenants():
        with serving(tenant):
            for found in StoredFile.objects.order_by("-received_at")[:SAMPLE]:
                examined += 1
                faults += _sample(tenant, found)
    return Finding(
        examined=examined, what=f"{examined} sealed objects, opened and raw", faults=tuple(faults)
    )


def plant_readable_object(tenant: ServedTenant, file: StoredFile, text: bytes) -> None:
    """Store an object as it came, as a store without sealing would."""
    objects.path_of(file.object).write_bytes(text)


def examine_every_tenant(plant: Callable[[ServedTenant], None] | None = None) -> Finding:
    """Look at every tenant's database and keysets, whether any is without encryption."""
    with probe_tenants() as (_, other):
        if plant is not None:
            plant(other)
        tenants = all_tenants()
        faults = [fault for tenant in tenants for fault in _without_encryption(tenant)]
    return Finding(
        examined=len(tenants),
        what=f"databases and keysets of {len(tenants)} tenants",
        faults=tuple(faults),
    )


def plant_plain_database(tenant: ServedTenant) -> None:
    """Put an unencrypted database where the tenant's encrypted one lies."""
    tenant.database.unlink()
    with contextlib.closing(sqlite3.connect(tenant.database)) as plain:
        plain.execute("CREATE TABLE plain (text)")


def _moved(one: ServedTenant, other: ServedTenant, file: StoredFile, raw: Path) -> Iterator[str]:
    with serving(other):
        place = objects.path_of(file.object)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(raw, place)
        try:
            with objects.opened(file.object, objects.Purpose.FILE) as stream:
                stream.read(1)
        except objects.ObjectLost:
            return
    yield "an object that was moved to another tenant opens there"


def _sample(tenant: ServedTenant, file: StoredFile) -> Iterator[str]:
    try:
        with objects.opened(file.object, objects.Purpose.FILE) as stream:
            size = 0
            while block := stream.read(1024 * 1024):
                size += len(block)
    except (objects.ObjectLost, objects.StoreUnavailable):
        yield f"file {file.pk} of {tenant.id} does not open"
        return
    if size != file.size:
        yield f"file {file.pk} of {tenant.id} has another length than its row says"


def _without_encryption(tenant: ServedTenant) -> Iterator[str]:
    with tenant.database.open("rb") as file:
        if file.read(len(PLAIN_HEADER)) == PLAIN_HEADER:
            yield f"the database of {tenant.id} is not encrypted"
    try:
        keyring.derive(tenant.id, "database")
        keyring.sealing(tenant.id)
    except keyring.KeyUnavailable:
        yield f"{tenant.id} has no keyset to encrypt with"


def _context(tenant: ServedTenant, file: StoredFile) -> bytes:
    return f"{tenant.id}|{file.object.hex}|{objects.Purpose.FILE}".encode()


def _opens(tenant: ServedTenant, path: Path, context: bytes) -> bool:
    try:
        with open_sealed(tenant.id, path, context) as stream:
            stream.read(1)
    except CannotBeUnsealed:
        return False
    return True
