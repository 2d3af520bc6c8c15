"""Looking whether attachments lie sealed."""

import secrets
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.db.models import Model

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.files import objects
from siegel.files.models import Preview, StoredFile, UploadPart
from siegel.files.probing import hand_over
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants, probe_tenants
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed

Plant = Callable[[ServedTenant, StoredFile, bytes], None]
# The newest files, pictures and parts of each tenant that are opened, up to so many bytes each.
SAMPLE = 20
MIB = 1024 * 1024
LONGEST_SAMPLE = 8 * MIB
NAMED_BY: dict[objects.Purpose, type[Model]] = {
    objects.Purpose.FILE: StoredFile,
    objects.Purpose.PREVIEW: Preview,
    objects.Purpose.PART: UploadPart,
}


class Row(NamedTuple):
    """What a row says of an object; of files it tells the size as well."""

    object: uuid.UUID
    purpose: objects.Purpose
    size: int | None = None


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
        tenants = examined_tenants()
        for tenant in tenants:
            faults += _sampled(tenant)
    # How many files an organisation has is nobody else's business.
    what = Text(
        f"{len(stored)} versiegelte Objekte einer Probe, und von {len(tenants)} Organisationen je "
        f"die neuesten {SAMPLE} Dateien, Bilder und Teile, jedes bis {LONGEST_SAMPLE // MIB} MiB",
        f"{len(stored)} sealed objects of a probe, and of each of {len(tenants)} organisations the "
        f"newest {SAMPLE} files, pictures and parts, each up to {LONGEST_SAMPLE // MIB} MiB",
    )
    return Finding(examined=len(stored) + len(tenants), what=what, faults=tuple(faults))


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
    plants = {
        plant_readable_object: "an object holds the canary text readable",
        plant_readable_preview: f"a {objects.Purpose.PREVIEW} of",
        plant_short_object: f"a {objects.Purpose.FILE} of",
    }
    return each_noticed(examine_attachments, plants)


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


def _sampled(tenant: ServedTenant) -> list[str]:
    """What is wrong with the newest files, pictures and parts of a tenant."""
    try:
        with serving(tenant):
            open_database(tenant)
            rows = list(_newest())
            found = [(row, fault) for row in rows for fault in _wrong(tenant, row)]
            # People go on working: what was listed may have been deleted or completed meanwhile.
            return [fault for row, fault in found if _is_named(row)]
    except Unavailable:
        return [f"{tenant.id} cannot be examined: it does not open"]


def _newest() -> Iterator[Row]:
    for file in StoredFile.objects.order_by("-received_at")[:SAMPLE]:
        yield Row(file.object, objects.Purpose.FILE, file.size)
    for picture in Preview.objects.order_by("-pk")[:SAMPLE]:
        yield Row(picture.object, objects.Purpose.PREVIEW)
    for part in UploadPart.objects.order_by("-pk")[:SAMPLE]:
        yield Row(part.object, objects.Purpose.PART)


def _is_named(row: Row) -> bool:
    """Whether a row still names the object."""
    kind = NAMED_BY[row.purpose]
    return kind._default_manager.filter(object=row.object).exists()


def _wrong(tenant: ServedTenant, row: Row) -> Iterator[str]:
    called = f"a {row.purpose} of {tenant.id}"
    try:
        with objects.opened(row.object, row.purpose) as stream:
            read = len(stream.read(LONGEST_SAMPLE))
    except (objects.ObjectLost, objects.StoreUnavailable):
        yield f"{called} does not open: {row.object}"
        return
    if row.size is not None and read != min(row.size, LONGEST_SAMPLE):
        yield f"{called} has another length than its row says: {row.object}"


def _opens(tenant: ServedTenant, path: Path, context: bytes) -> bool:
    try:
        with open_sealed(tenant.id, path, context) as stream:
            stream.read(1)
    except CannotBeUnsealed:
        return False
    return True
