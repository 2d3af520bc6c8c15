"""The store of sealed objects of the served tenant: the only module that knows where they lie.

An object is bound to its tenant, its id and its purpose; under another name, in another tenant's
folder or for another purpose it does not open.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from siegel.tenancy.context import ServedTenant, served
from siegel.vault.keyring import KeyUnavailable
from siegel.vault.private_files import make_private_folder, sync_folder
from siegel.vault.sealed_streams import CannotBeUnsealed, SealedWriter, open_sealed


class Purpose(StrEnum):
    """What an object holds."""

    PART = "part"
    FILE = "file"
    PREVIEW = "preview"


class StoreUnavailable(Exception):
    """The store, the key or the disk's space is missing; nothing was stored, nothing is lost."""


class ObjectLost(Exception):
    """An object is gone, or is not what was sealed."""


def new_object(purpose: Purpose) -> tuple[uuid.UUID, SealedWriter]:
    """An id and what writes the object; to be ended by commit or abort. Raises StoreUnavailable."""
    tenant, identifier = served(), uuid.uuid4()
    path = _path(tenant, identifier)
    try:
        if not path.parent.is_dir():
            make_private_folder(path.parent)
            sync_folder(path.parent.parent)
            sync_folder(path.parent.parent.parent)
        return identifier, SealedWriter(tenant.id, path, context_of(tenant, identifier, purpose))
    except (OSError, KeyUnavailable) as error:
        raise StoreUnavailable(type(error).__name__) from error


@contextmanager
def sealing(purpose: Purpose) -> Iterator[tuple[uuid.UUID, SealedWriter]]:
    """Write an object in one block; an exception leaves nothing of it. Raises StoreUnavailable."""
    identifier, writer = new_object(purpose)
    try:
        yield identifier, writer
        writer.commit()
    except OSError as error:
        writer.abort()
        raise StoreUnavailable(type(error).__name__) from error
    except BaseException:
        writer.abort()
        raise


@contextmanager
def opened(identifier: uuid.UUID, purpose: Purpose) -> Iterator[BinaryIO]:
    """The content of an object; raises ObjectLost or StoreUnavailable, also while it is read."""
    stream = open_object(identifier, purpose)
    try:
        with stream:
            yield stream
    except CannotBeUnsealed as error:
        raise ObjectLost(str(identifier)) from error


def open_object(identifier: uuid.UUID, purpose: Purpose) -> BinaryIO:
    """As `opened`, for a reader that outlives a block; reading raises CannotBeUnsealed."""
    tenant = served()
    try:
        return open_sealed(
            tenant.id, _path(tenant, identifier), context_of(tenant, identifier, purpose)
        )
    except FileNotFoundError as error:
        raise ObjectLost(str(identifier)) from error
    except (OSError, KeyUnavailable) as error:
        raise StoreUnavailable(type(error).__name__) from error


def delete(identifier: uuid.UUID) -> None:
    """Remove an object; one that is gone already is fine. Raises StoreUnavailable."""
    try:
        _path(served(), identifier).unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(type(error).__name__) from error


def objects_older_than(seconds: float) -> Iterator[uuid.UUID]:
    """Objects that were finished at least so long ago."""
    before = time.time() - seconds
    for path in all_paths():
        try:
            finished_at = path.stat().st_mtime
        except FileNotFoundError:  # Deleted since it was listed.
            continue
        if finished_at < before:
            yield uuid.UUID(path.name)


def path_of(identifier: uuid.UUID) -> Path:
    """Where an object's bytes lie, for whoever looks whether they do, and how."""
    return _path(served(), identifier)


def all_paths() -> list[Path]:
    """Where the bytes of every object lie, for the controls as well."""
    return sorted(_root(served()).glob("*/*"))


def link_all(folder: Path) -> list[Path]:
    """Give each object a second name in another folder of the same disk, laid out alike.

    An object is never changed, only deleted: its bytes stay as long as the second name does.
    Returns the new names, sorted.
    """
    linked = []
    for path in all_paths():
        second = path_in(folder, uuid.UUID(path.name))
        make_private_folder(second.parent)
        try:
            second.hardlink_to(path)
        except FileNotFoundError:  # Deleted since it was listed.
            continue
        linked.append(second)
    return linked


def path_in(folder: Path, identifier: uuid.UUID) -> Path:
    """Where an object lies in the folder of its tenant."""
    return folder / "objects" / identifier.hex[:2] / identifier.hex


def context_of(tenant: ServedTenant, identifier: uuid.UUID, purpose: Purpose) -> bytes:
    """What an object is bound to."""
    return f"{tenant.id}|{identifier.hex}|{purpose}".encode()


def _root(tenant: ServedTenant) -> Path:
    return tenant.folder / "objects"


def _path(tenant: ServedTenant, identifier: uuid.UUID) -> Path:
    return path_in(tenant.folder, identifier)
