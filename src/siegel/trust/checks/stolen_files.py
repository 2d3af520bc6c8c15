"""Looking what somebody could read who has the files and not the keys."""

import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import Tenant
from siegel.tenancy.probes import examined_tenants
from siegel.tenancy.raw_files import beginnings, holding
from siegel.tenancy.separation import files_below, knows, opens, shared_files
from siegel.trust.checks.scene import Scene, scenes
from siegel.vault import keyring
from siegel.vault.devices import keys_lie_beside_the_data

Plant = Callable[[Scene, str], None]
# Of each tenant, the files that were written last, and of each its beginning.
NEWEST = 20
BEGINNING = 64 * 1024
# Random bytes have so many printable ones in a row once in 10^21 places.
READABLE = re.compile(rb"[\x20-\x7e]{48}")
# What every SQLite file that is not encrypted begins with.
PLAIN_HEADER = b"SQLite format 3\0"
SUFFIXES = ("", "-wal", "-shm")


def examine_stolen_files(plant: Plant | None = None) -> Finding:
    """Write texts at a probe and look for them in every raw file; read the files of all tenants.

    `plant` is given the probe and the text, and breaks what is examined.
    """
    text = secrets.token_hex(16)
    with scenes(lambda place: f"{place} {text}") as (scene, _):
        if plant is not None:
            plant(scene, text)
        if not knows(scene.tenant, text):
            raise LookupError("The text was not found where it was written.")
        files = [*files_below(scene.tenant.folder), *shared_files()]
        spelled = (text.encode(), text.encode("utf-16-le"))
        faults = [f"a text lies readable in {path.name}" for path in holding(files, *spelled)]
        tenants = examined_tenants()
        for tenant in tenants:
            newest = beginnings(_newest(tenant.folder), BEGINNING)
            faults += [
                f"{path.name} of {tenant.id} is readable"
                for path, beginning in newest.items()
                if _tells(beginning)
            ]
        for one, other in pairwise([*tenants, tenants[0]]):
            faults += _opened(one, other)
    where = where_the_keys_lie()
    # How many files an organisation has is nobody else's business.
    what = Text(
        f"{len(files)} Dateien einer Probe und der Verwaltung, und die neuesten von "
        f"{len(tenants)} Organisationen. {where.de}",
        f"{len(files)} files of a probe and of the control plane, and the newest of "
        f"{len(tenants)} organisations. {where.en}",
    )
    return Finding(len(files) + len(tenants), what, tuple(faults))


def where_the_keys_lie() -> Text:
    """Whether whoever takes the disk of the data takes the keys with it, in words."""
    if keys_lie_beside_the_data():
        return Text(
            "Der Schlüssel liegt auf demselben Datenträger wie die Daten: Kopien und "
            "Sicherungen der Daten sind geschützt, die Maschine selbst ist es nicht.",
            "The key lies on the same disk as the data: copies and backups of the data are "
            "protected, the machine itself is not.",
        )
    return Text(
        "Der Schlüssel liegt auf einem anderen Datenträger als die Daten: auch wer den ganzen "
        "Datenträger der Daten hat, liest nichts.",
        "The key lies on another disk than the data: not even whoever has the whole disk of the "
        "data reads anything.",
    )


def plant_stray_copy(scene: Scene, text: str) -> None:
    """A copy of what was written, beside the database."""
    (scene.tenant.folder / "stray-copy").write_text(f"\0\1\2{text}")


def plant_plain_database(scene: Scene, text: str) -> None:
    """A database of the probe's that everybody opens, as a forgotten export would be."""
    with closing(sqlite3.connect(scene.tenant.folder / "export.sqlite3")) as plain:
        plain.execute("CREATE TABLE plain (text)")


def plant_content_in_control(scene: Scene, text: str) -> None:
    """What somebody wrote, among the rows of the control plane."""
    Tenant.objects.filter(pk=scene.tenant.id).update(slug=text)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_stray_copy: "a text lies readable in stray-copy",
        plant_plain_database: "export.sqlite3",
        plant_content_in_control: "a text lies readable in control.sqlite3",
    }
    return each_noticed(examine_stolen_files, plants)


def _opened(one: ServedTenant, other: ServedTenant) -> Iterator[str]:
    """Whether a tenant's database opens without its key."""
    if opens(one.database, None):
        yield f"the database of {one.id} opens without a key"
    try:
        if opens(one.database, keyring.derive(other.id, "database")):
            yield f"the key of {other.id} opens the database of {one.id}"
    except keyring.KeyUnavailable:
        yield f"{other.id} has no key"


def _newest(folder: Path) -> list[Path]:
    """A tenant's database with its log, and the other files that were written last."""
    known = [folder / f"tenant.sqlite3{suffix}" for suffix in SUFFIXES]
    others = sorted(set(files_below(folder)) - set(known), key=_written, reverse=True)
    return [path for path in known if path.exists()] + others[:NEWEST]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0  # People go on working: what was there a moment ago may be deleted.


def _tells(beginning: bytes) -> bool:
    """Whether what a file begins with is anything that a person or SQLite reads."""
    return beginning.startswith(PLAIN_HEADER) or READABLE.search(beginning) is not None
