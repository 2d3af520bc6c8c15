"""A tenant into one sealed file, from which any installation brings it back."""

import dataclasses
import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

from django.utils import timezone

import siegel
from siegel.audit import trail
from siegel.continuity.archive import DESCRIPTION, Advanced, ArchiveWriter
from siegel.continuity.leaving import CannotExport, check_is_here
from siegel.continuity.snapshot import Snapshot
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import Tenant
from siegel.tenancy.operator_trail import OPERATOR, note_operation
from siegel.tenancy.writing import write_transaction
from siegel.vault.private_files import new_private_file, sync_folder
from siegel.vault.recovery_keys import RecoveryKey
from siegel.vault.travelling_keys import TravellingKeys

# What a disk answers that has no second names, such as a stick with exFAT.
WITHOUT_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


def note_export(tenant: Tenant, form: Literal["sealed", "readable"]) -> None:
    """Write into both trails that the tenant leaves the installation, before it does.

    A tenant that has not been migrated yet may leave sealed, and not readable: Unavailable is
    raised then, and nothing is written.
    """
    served = dataclasses.replace(tenant.as_served(), accepts_any_schema=form == "sealed")
    detail: dict[str, Any] = {"format": form}
    with serving(served):
        try:
            open_database(served)
            note_operation("tenant.exported", tenant.pk, detail)
            with write_transaction():
                exported = trail.Event(OPERATOR, "organisation.exported", "organisation", detail)
                trail.append([exported])
        finally:
            # Whoever opens it next looks at its schema again.
            close_connection(served.id)


def write_archive(
    tenant: Tenant, taken: Snapshot, path: Path, key: RecoveryKey, advanced: Advanced
) -> None:
    """Write a snapshot into a new file (0600), sealed so that only `key` opens it.

    The file has its name when all of it is on the disk, and not before. Raises CannotExport,
    OSError, keyring.KeyUnavailable.
    """
    with new_file(path) as file:
        archive = ArchiveWriter(file, key, advanced)
        try:
            archive.add_json(DESCRIPTION, _description(tenant, taken, key))
            for name, source in _members(taken):
                with source.open("rb") as content:
                    archive.add(name, content, source.stat().st_size)
            check_is_here(tenant.as_served())
            archive.finish(rows=taken.rows, trail=str(taken.trail))
        except BaseException:
            archive.abort()
            raise


def _description(tenant: Tenant, taken: Snapshot, key: RecoveryKey) -> dict[str, Any]:
    """What whoever brings it back decides by, before anything large is read."""
    return {
        "version": siegel.__version__,
        "at": timezone.now().isoformat(timespec="seconds"),
        "tenant": {
            "id": tenant.pk,
            "slug": tenant.slug,
            "host": tenant.host,
            "state": tenant.state,
            "is_operators": tenant.is_operators,
            "created_at": tenant.created_at.isoformat(),
        },
        "schema": taken.schema,
        "migrations": taken.migrations,
        "bytes": taken.size,
        "keysets": TravellingKeys.of(tenant.pk).wrap(key.aead()),
    }


def _members(taken: Snapshot) -> Iterator[tuple[str, Path]]:
    yield "database", taken.database
    for path in taken.objects:
        yield f"objects/{path.name}", path


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which gets its name at the end of the block; nothing is left of it if the
    block raises. Nothing that is there is touched. Raises CannotExport if the name is taken,
    OSError."""
    check_is_new(path)
    partial = partial_of(path)
    try:
        with new_private_file(partial) as file:
            yield file
        _name(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def partial_of(path: Path) -> Path:
    """A name beside another that nobody has and nobody can know."""
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")


def _name(partial: Path, path: Path) -> None:
    """Give a file its name; a rename would write over what has got it since."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        check_is_new(path)
        partial.rename(path)


def check_is_new(path: Path) -> None:
    """Raises CannotExport rather than letting anything be written over."""
    if os.path.lexists(path):
        raise _taken(path)
    if not path.parent.is_dir():
        raise CannotExport(f"There is no folder {path.parent}.")


def _taken(path: Path) -> CannotExport:
    return CannotExport(f"{path} exists already; nothing is written over it.")
