"""Looking whether attachments lie sealed."""

import secrets
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from siegel.claims.control import Finding
from siegel.files import objects
from siegel.files.models import Preview, StoredFile, UploadPart
from siegel.files.probing import hand_over
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.migrating import all_tenants
from siegel.tenancy.probes import probe_tenants
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed

Plant = Callable[[ServedTenant, StoredFile, bytes], None]
# The newest files, pictures and parts of each tenant that are opened, up to so many bytes each.
SAMPLE = 20
LONGEST_SAMPLE = 8 * 1024 * 1024


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
            count, found = _sampled(tenant)
            examined += count
            faults += found
    return Finding(
        examined=examined, what=f"{examined} sealed objects, opened and raw", faults=tuple(faults)
    )


def plant_readable_object(tenant: ServedTenant, file: StoredFile, text: bytes) -> None:
    """Store an object as it came, as a store without sealing would."""
    objects.path_of(file.object).write_bytes(text)


def plant_readable_preview(tenant: ServedTenant, file: StoredFile, text: bytes) -> None:
    """Store a picture of a page without sealing it."""
    preview = Preview.objects.create(file=file, page=1, object=uuid.uuid4())
    place = objects.path_of(preview.object)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"RIFF\x00\x00\x00\x00WEBP")


def plant_short_object(tenant: ServedTenant, file: StoredFile, text: bytes) -> None:
    """Cut an object, as a disk that lost its last writes would."""
    place = objects.path_of(file.object)
    place.write_bytes(place.read_bytes()[:-1])


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = (plant_readable_object, plant_readable_preview, plant_short_object)
    findings = [examine_attachments(plant) for plant in plants]
    noticed = all(finding.faults for finding in findings)
    return Finding(
        examined=sum(finding.examined for finding in findings),
        what=f"{len(findings)} planted failures",
        faults=tuple(fault for finding in findings for fault in finding.faults if noticed),
    )


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


def _sampled(tenant: ServedTenant) -> tuple[int, list[str]]:
    """The newest files, pictures and parts of a tenant: how many, and what is wrong with them."""
    try:
        with serving(tenant):
            open_database(tenant)
            files = list(StoredFile.objects.order_by("-received_at")[:SAMPLE])
            pictures = Preview.objects.order_by("-pk")[:SAMPLE].values_list("object", flat=True)
            parts = UploadPart.objects.order_by("-pk")[:SAMPLE].values_list("object", flat=True)
            rows = [
                *((file.object, objects.Purpose.FILE, file.size) for file in files),
                *((object_id, objects.Purpose.PREVIEW, None) for object_id in pictures),
                *((object_id, objects.Purpose.PART, None) for object_id in parts),
            ]
            return len(rows), [fault for row in rows for fault in _wrong(tenant, *row)]
    except Unavailable:
        return 1, [f"{tenant.id} cannot be examined: it does not open"]


def _wrong(
    tenant: ServedTenant, identifier: uuid.UUID, purpose: objects.Purpose, size: int | None
) -> Iterator[str]:
    try:
        with objects.opened(identifier, purpose) as stream:
            read = len(stream.read(LONGEST_SAMPLE))
    except (objects.ObjectLost, objects.StoreUnavailable):
        yield f"a {purpose} of {tenant.id} does not open: {identifier}"
        return
    if size is not None and read != min(size, LONGEST_SAMPLE):
        yield f"a {purpose} of {tenant.id} has another length than its row says: {identifier}"


def _opens(tenant: ServedTenant, path: Path, context: bytes) -> bool:
    try:
        with open_sealed(tenant.id, path, context) as stream:
            stream.read(1)
    except CannotBeUnsealed:
        return False
    return True
