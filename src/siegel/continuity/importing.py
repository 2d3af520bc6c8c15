"""A tenant out of a sealed archive, here or at another installation: all of it or nothing.

It is put together out of sight and looked at in full. Only then its row is made, as of one that is
being provisioned: whoever is killed in between leaves what nobody serves and the next run removes.
"""

import datetime as dt
import errno
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from sqlcipher3 import dbapi2

from siegel.continuity.archive import (
    CHUNK,
    DESCRIPTION,
    Advanced,
    ArchiveReader,
    DamagedArchive,
    Hashing,
    Refused,
    unexpected_content,
)
from siegel.continuity.schema import is_built_as_here
from siegel.continuity.snapshot import facts_of, owner_of
from siegel.continuity.staging import staging
from siegel.files import objects
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.databases import known_migrations, schema_fingerprint
from siegel.tenancy.migrating import migrate_tenant
from siegel.tenancy.models import State, Tenant, Tombstone
from siegel.tenancy.operator_trail import note_operation
from siegel.tenancy.provisioning import (
    OPERATORS_SLUG,
    check_names,
    one_at_a_time,
    remove_files,
    remove_remains,
)
from siegel.vault import kek, keyring
from siegel.vault.private_files import make_private_folder, new_private_file, sync_folder
from siegel.vault.recovery_keys import RecoveryKey
from siegel.vault.travelling_keys import USES, TravellingKeys

FULL = {errno.ENOSPC, errno.EDQUOT}
OBJECT = re.compile(r"objects/([0-9a-f]{32})")
TENANT_ID = re.compile(r"t[0-9a-f]{20}")
STATES = {State.ACTIVE.value, State.SUSPENDED.value}


class NewerSchema(Refused):
    """The database was made by a later version of Siegel."""


class AlreadyHere(Refused):
    """The tenant, its short name or its host is here already."""


class ShreddedHere(Refused):
    """The tenant was shredded at this installation."""


class Reserved(Refused):
    """The operators' short name for another tenant, or another one for theirs."""


class NotEnoughSpace(Refused):
    """The disk of the data has no room for it."""


@dataclass(frozen=True, slots=True)
class ArchivedTenant:
    """What an archive says of the tenant in it."""

    id: str
    slug: str
    host: str
    state: str
    is_operators: bool
    created_at: dt.datetime
    migrations: list[str]
    bytes: int
    keysets: dict[str, str]
    version: str

    @classmethod
    def of(
        cls, description: dict[str, Any], slug: str | None, host: str | None
    ) -> "ArchivedTenant":
        """Raises ValueError, KeyError, TypeError or OverflowError for what is none."""
        tenant = description["tenant"]
        if not TENANT_ID.fullmatch(tenant["id"]) or tenant["state"] not in STATES:
            raise ValueError(tenant["id"])
        size, created_at = description["bytes"], dt.datetime.fromisoformat(tenant["created_at"])
        if type(size) is not int or size < 0 or created_at.utcoffset() is None:
            raise ValueError(size, created_at)
        keysets = dict(description["keysets"])
        texts = [tenant["slug"], tenant["host"], *description["migrations"], *keysets.values()]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError(tenant)
        return cls(
            id=tenant["id"],
            slug=slug or tenant["slug"],
            host=host or tenant["host"],
            state=tenant["state"],
            is_operators=tenant.get("is_operators") is True,
            created_at=created_at.astimezone(dt.UTC),
            migrations=description["migrations"],
            bytes=size,
            keysets=keysets,
            version=str(description["version"]),
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What was brought back."""

    tenant: Tenant
    rows: int
    objects: int
    trail: str
    was_migrated: bool


def import_archive(
    path: Path,
    key: RecoveryKey,
    advanced: Advanced,
    *,
    slug: str | None = None,
    host: str | None = None,
) -> Imported:
    """Bring a tenant back under its own id; `slug` and `host` replace what it was called.

    Its keysets are wrapped by the KEK that is here, its database is migrated if this version is
    newer. Raises Refused, CannotCreate for a name that is none, OSError, KekUnavailable; nothing
    of it is left then.
    """
    with path.open("rb") as file, staging("importing") as folder, _full_disk_is_named():
        archive = ArchiveReader(file, key, advanced)
        members = archive.members()
        archived = _description_of(members, slug, host)
        _check_welcome(archived)
        keys = _keys_of(archived, key)
        staged = folder / "tenant"
        make_private_folder(staged)
        count = _receive(members, staged)
        schema = _check_database(archived, archive.manifest, staged / "tenant.sqlite3", keys)
        tenant, was_migrated = _adopt(archived, staged, keys, schema)
        manifest = archive.manifest
    return Imported(tenant, sum(manifest["rows"].values()), count, manifest["trail"], was_migrated)


@contextmanager
def _full_disk_is_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NotEnoughSpace("The disk of the data is full; nothing of it was kept.") from error


def _description_of(
    members: Iterator[tuple[str, Hashing]], slug: str | None, host: str | None
) -> ArchivedTenant:
    name, content = next(members, ("", None))
    if name != DESCRIPTION or content is None:
        raise unexpected_content()
    try:
        return ArchivedTenant.of(json.loads(content.read()), slug, host)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise unexpected_content() from None


def _check_welcome(archived: ArchivedTenant) -> None:
    """What can be refused before anything large is read."""
    check_names(archived.slug, archived.host)
    if (archived.slug == OPERATORS_SLUG) != archived.is_operators:
        raise Reserved(
            f"{OPERATORS_SLUG!r} is the short name of those who operate an installation, and of "
            "nobody else; name another with --slug, or none for theirs."
        )
    if unknown := set(archived.migrations) - set(known_migrations()):
        raise NewerSchema(
            f"The database was made by Siegel {archived.version}, which is newer than this one "
            f"({len(unknown)} migrations are unknown here). Upgrade first."
        )
    _check_not_shredded(archived)
    # One that is being provisioned may be what an interrupted import has left.
    here = Tenant.objects.exclude(state=State.PROVISIONING)
    _check_free(archived, here.filter(pk=archived.id).exists())
    free = shutil.disk_usage(settings.SIEGEL_DATA).free
    if free < archived.bytes:
        raise NotEnoughSpace(
            f"It needs {archived.bytes:,} bytes, and the disk of the data has {free:,} left."
        )


def _check_not_shredded(archived: ArchivedTenant) -> None:
    stone = Tombstone.objects.filter(pk=archived.id).first()
    if stone is not None:
        raise ShreddedHere(
            f"{archived.id} was shredded here on {stone.shredded_at:%Y-%m-%d}. "
            "An archive from before does not undo that."
        )


def _check_free(archived: ArchivedTenant, is_here: bool) -> None:
    if is_here:
        raise AlreadyHere(f"{archived.id} is here already; an import never writes into a tenant.")
    others = Tenant.objects.exclude(state=State.PROVISIONING)
    if archived.is_operators and others.filter(is_operators=True).exists():
        raise AlreadyHere("Those who operate this installation are here already.")
    if others.filter(slug=archived.slug).exists():
        raise AlreadyHere(f"There is a tenant {archived.slug} already; name another with --slug.")
    if others.filter(host=archived.host).exists():
        raise AlreadyHere(
            f"The host {archived.host} belongs to another tenant; name another with --host."
        )


def _keys_of(archived: ArchivedTenant, key: RecoveryKey) -> TravellingKeys:
    try:
        return TravellingKeys.unwrap(archived.id, archived.keysets, key.aead())
    except keyring.KeyUnavailable:
        raise DamagedArchive("The tenant's keys in the archive cannot be used.") from None


def _receive(members: Iterator[tuple[str, Hashing]], staged: Path) -> int:
    """Write all members to where they belong in the tenant's folder; how many objects it were."""
    count = 0
    make_private_folder(staged / "objects")
    for name, content in members:
        found = OBJECT.fullmatch(name)
        if found:
            path = objects.path_in(staged, uuid.UUID(found[1]))
            make_private_folder(path.parent)
            count += 1
        elif name == "database":
            path = staged / "tenant.sqlite3"
        else:
            raise unexpected_content()
        _write(path, content)
    return count


def _write(path: Path, content: Hashing) -> None:
    with new_private_file(path) as file:
        while data := content.read(CHUNK):
            file.write(data)


def _check_database(
    archived: ArchivedTenant, manifest: dict[str, Any], database: Path, keys: TravellingKeys
) -> str:
    """The fingerprint of the schema that it says it has."""
    key = keys.derive("database")
    try:
        owner = owner_of(database, key)
        schema, migrations, rows, head = facts_of(database, key)
    except dbapi2.DatabaseError:
        raise DamagedArchive("The database in the archive does not open.") from None
    told = (archived.id, archived.migrations, manifest.get("rows"), manifest.get("trail"))
    if (owner, migrations, rows, str(head)) != told:
        raise DamagedArchive("The database in the archive is not what the archive says of it.")
    return schema


def _adopt(
    archived: ArchivedTenant, staged: Path, keys: TravellingKeys, schema: str
) -> tuple[Tenant, bool]:
    """Make it a tenant of this installation; the last statement makes it visible."""
    kek.ensure()
    with one_at_a_time():
        # Again: it may have been here and shredded while the archive was read.
        _check_not_shredded(archived)
        remove_remains()
        served = ServedTenant(archived.id, archived.slug, archived.host)
        _check_free(archived, _is_here(served))
        tenant = Tenant.objects.create(
            id=archived.id,
            slug=archived.slug,
            host=archived.host,
            is_operators=archived.is_operators,
        )
        try:
            keys.store()
            staged.rename(served.folder)
            sync_folder(served.folder.parent)
            is_stale = (
                set(archived.migrations) != set(known_migrations())
                or schema != schema_fingerprint()
            )
            if is_stale:
                migrate_tenant(served)
            if not is_built_as_here(served.database, keys.derive("database")):
                raise unexpected_content()
            _make_visible(tenant, archived)
        except BaseException:
            remove_files(served)
            tenant.delete()
            raise
    registry.forget()
    return tenant, is_stale


def _is_here(tenant: ServedTenant) -> bool:
    return (
        Tenant.objects.filter(pk=tenant.id).exists()
        or tenant.folder.exists()
        or any(keyring.file_of(tenant.id, use).exists() for use in USES.values())
    )


def _make_visible(tenant: Tenant, archived: ArchivedTenant) -> None:
    with transaction.atomic(using="default"):
        tenant.state = State(archived.state)
        tenant.created_at = archived.created_at
        tenant.save(update_fields=["state", "created_at"])
        detail = {"slug": tenant.slug, "host": tenant.host, "version": archived.version}
        note_operation("tenant.imported", tenant.pk, detail)
