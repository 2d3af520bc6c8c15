"""A tenant as JSON and original files: to be read without Siegel, and without any key."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connections

from siegel.audit.export import Format, lines
from siegel.audit.models import TrailEntry
from siegel.continuity import readable_rows as rows
from siegel.continuity.archive import CHUNK, Advanced
from siegel.continuity.leaving import check_is_here, leaving
from siegel.continuity.readable_folder import ReadableFolder, new_folder
from siegel.continuity.readable_texts import README
from siegel.continuity.staging import staging
from siegel.files import objects
from siegel.files.models import Scan, StoredFile
from siegel.identity.models import Logo
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import Tenant
from siegel.tenancy.writing import write_lock
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed

LONGEST_NAME = 80


@contextmanager
def held_still(tenant: ServedTenant) -> Iterator[Path]:
    """Serve a tenant as it is now, whatever others write meanwhile.

    Yields a folder in which its objects have second names. Raises leaving.CannotExport,
    Unavailable.
    """
    with leaving(tenant), serving(tenant), staging("exporting") as folder:
        open_database(tenant)
        with connections[tenant.id].cursor() as cursor:
            with write_lock(tenant):
                # Not Django's, which begins as a writer and would keep others from writing.
                cursor.execute("BEGIN")
                cursor.execute("SELECT count(*) FROM tenant_proof")
                objects.link_all(folder)
            try:
                yield folder
            finally:
                cursor.execute("ROLLBACK")


def bytes_of_files() -> int:
    """How many bytes the original files of the served tenant have together."""
    return sum(StoredFile.objects.values_list("size", flat=True))


def write_readable(tenant: Tenant, linked: Path, path: Path, advanced: Advanced) -> list[str]:
    """Write a folder (0700) of all that the tenant has, within `held_still`.

    The folder has its name when all of it is on the disk. Returns the ids of files whose bytes are
    lost. Raises leaving.CannotExport, OSError.
    """
    with new_folder(path) as folder:
        for name, found in rows.OBJECTS.items():
            folder.write_json(name, found(tenant))
        for name, each in rows.LISTS.items():
            folder.write_list(name, each())
        trail = TrailEntry.objects.order_by("seq").iterator()
        folder.write_lines("trail.jsonl", lines(trail, Format.JSONL))
        for logo in Logo.objects.all():
            folder.write_bytes("logo.webp", [bytes(logo.webp)])
        lost: list[str] = []
        folder.write_list("files.json", _files(tenant.as_served(), linked, folder, advanced, lost))
        folder.write_lines("README.txt", README.splitlines())
        folder.write_sums()
        check_is_here(tenant.as_served())
    return lost


def _files(
    tenant: ServedTenant, linked: Path, folder: ReadableFolder, advanced: Advanced, lost: list[str]
) -> Iterator[dict[str, Any]]:
    for file in StoredFile.objects.order_by("received_at", "pk").iterator():
        name: str | None = place_of(file)
        try:
            with _opened(tenant, linked, file) as content:
                folder.write_bytes(str(name), _checked(content, file, advanced))
        except (CannotBeUnsealed, FileNotFoundError):
            folder.drop(str(name))
            lost.append(str(file.pk))
            name = None
        yield rows.plain(file, without={"object"}) | {"path": name}


def place_of(file: StoredFile) -> str:
    """Where a file lies in the folder, by a name that no system takes for anything else."""
    folded = unicodedata.normalize("NFKD", file.name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", folded).strip("._-")[-LONGEST_NAME:].lstrip("._-")
    name = f"{file.pk}-{safe}" if safe else str(file.pk)
    if file.scan == Scan.INFECTED:
        return f"infected/{name}.infected"
    return f"files/{name}"


def _opened(tenant: ServedTenant, linked: Path, file: StoredFile) -> BinaryIO:
    context = objects.context_of(tenant, file.object, objects.Purpose.FILE)
    return open_sealed(tenant.id, objects.path_in(linked, file.object), context)


def _checked(content: BinaryIO, file: StoredFile, advanced: Advanced) -> Iterator[bytes]:
    digest = hashlib.sha256()
    while data := content.read(CHUNK):
        digest.update(data)
        advanced(len(data))
        yield data
    if digest.hexdigest() != file.sha256:
        raise CannotBeUnsealed("The file is not what was received.")
