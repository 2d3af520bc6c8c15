"""Looking whether what is said of a file's scan is what happened."""

from collections.abc import Callable, Iterator

from siegel.claims.control import Finding, Text
from siegel.claims.planting import noticed_as
from siegel.files import clamd
from siegel.files.kinds import RefusedFile
from siegel.files.models import Scan, StoredFile
from siegel.files.probing import hand_over
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants, probe_tenants

# The test file of all scanners (eicar.org), in two halves, so that none removes this source.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def examine_scans(plant: Callable[[ServedTenant], None] | None = None) -> Finding:
    """Hand over a harmless file and the scanners' test file, and compare rows with what was said.

    `plant` may write into the probe what no scanner has said.
    """
    faults: list[str] = []
    with probe_tenants() as (one, _):
        with serving(one):
            faults += _harmless()
            faults += _harmful()
        if plant is not None:
            plant(one)
        tenants = examined_tenants()
        for tenant in tenants:
            with serving(tenant):
                faults += _claimed_without_scanner(tenant)
    has_scanner = clamd.is_configured()
    # How many files an organisation has is nobody else's business.
    what = Text(
        f"2 Probedateien, {'mit' if has_scanner else 'ohne'} Virenscanner, und alle Dateien von "
        f"{len(tenants)} Organisationen",
        f"2 probe files, {'with' if has_scanner else 'without'} a scanner, and all files of "
        f"{len(tenants)} organisations",
    )
    return Finding(examined=2 + len(tenants), what=what, faults=tuple(faults))


def plant_unseen_scan(tenant: ServedTenant) -> None:
    """Call a file clean that nothing has looked at."""
    with serving(tenant):
        StoredFile.objects.update(scan=Scan.CLEAN, scanner="")


def plant_each() -> Finding:
    """Plant the failure, and look whether it is noticed."""
    return noticed_as(examine_scans(plant_unseen_scan), "are called scanned, by no scanner")


def _harmless() -> Iterator[str]:
    file = hand_over(b"A harmless text.")
    expected = {Scan.CLEAN, Scan.WAITING} if clamd.is_configured() else {Scan.NONE}
    if file.scan not in expected:
        yield f"a harmless file is shown as {file.scan}"
    if file.scan == Scan.WAITING:
        yield "the scanner does not answer: files wait, and nobody can open them"


def _harmful() -> Iterator[str]:
    try:
        file = hand_over(EICAR)
    except RefusedFile as refusal:
        if refusal.code != "infected" or not clamd.is_configured():
            yield f"the scanners' test file is refused as {refusal.code}"
        return
    if file.scan == Scan.CLEAN:
        yield "the scanners' test file is shown as clean"


def _claimed_without_scanner(tenant: ServedTenant) -> Iterator[str]:
    claimed = StoredFile.objects.filter(scan__in=[Scan.CLEAN, Scan.INFECTED], scanner="").count()
    if claimed:
        yield f"{claimed} files of {tenant.id} are called scanned, by no scanner"
