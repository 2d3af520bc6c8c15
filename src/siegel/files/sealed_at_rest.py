"""Looking whether attachments lie sealed."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from siegel.claims.control import Finding
from siegel.files import objects
from siegel.files.models import StoredFile
from siegel.files.probing import hand_over
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.migrating import all_tenants
from siegel.tenancy.probes import probe_tenants
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed

Plant = Callable[[ServedTenant, StoredFile, bytes], None]
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
            context = objects.context_of(one, file.object, objects.Purpose.FILE)
            stored = objects.all_paths()
        if text in content or any(text in path.read_bytes() for path in stored):
            faults.append("an object holds the canary text readable")
        if not _opens(one, raw, context):
            faults.append("the object does not open with its own key")
        if _opens(other, raw, context):
            faults.append("another tenant's key opens the object")
        if _opens(one, raw, context[:-1]):
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


def _opens(tenant: ServedTenant, path: Path, context: bytes) -> bool:
    try:
        with open_sealed(tenant.id, path, context) as stream:
            stream.read(1)
    except CannotBeUnsealed:
        return False
    return True
