"""Looking whether every trail still is the chain that it was, and as long."""

import json
from collections.abc import Callable, Set
from pathlib import Path

from django.conf import settings

from siegel.audit import trail
from siegel.audit.models import Entry, TrailEntry
from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import OperatorTrailEntry, Tenant
from siegel.tenancy.probes import examined_tenants, probe_tenants
from siegel.vault.private_files import locked_folder, replace_private

Heads = dict[str, trail.Head]
Plant = Callable[[Heads, str], None]
# A trail of so many rows is verified from its first one on, a longer one from its newest so many:
# about a second.
WHOLE = 20_000
OPERATORS = "operators"


def examine_chains(plant: Plant | None = None) -> Finding:
    """Verify every tenant's trail and the operators', and whether each goes on from its kept head.

    The heads of what holds are kept for the next time. `plant` is given the kept heads and a
    probe's id, and breaks what is examined while that probe is served: then only the probes are
    looked at, and no head is kept.
    """
    kept = _kept()
    with probe_tenants() as (probe, other):
        with serving(probe):
            trail.append([trail.Event("control", "control.noted", str(n)) for n in range(3)])
            kept[probe.id] = trail.head()
            if plant is not None:
                plant(kept, probe.id)
        passing = set(Tenant.objects.filter(is_probe=True).values_list("pk", flat=True))
        tenants = examined_tenants() if plant is None else [probe, other]
        chains = [(tenant.id, _of_tenant(tenant, kept)) for tenant in tenants]
        chains.append((OPERATORS, _chain(OperatorTrailEntry, kept.get(OPERATORS))))
    heads = {owner: found for owner, found in chains if not isinstance(found, str)}
    # What does not hold keeps its head: it is red until it is understood.
    lasting = dict(chains).keys() - passing
    if plant is None:
        _keep({owner: heads[owner] for owner in lasting & heads.keys()}, kept.keys() - lasting)
    # How much is done in an organisation is nobody else's business.
    what = Text(
        f"{len(chains)} Protokolle, von jedem höchstens die neuesten {WHOLE} Zeilen",
        f"{len(chains)} trails, of each at most the newest {WHOLE} rows",
    )
    faults = tuple(f"{owner}: {found}" for owner, found in chains if isinstance(found, str))
    return Finding(len(chains), what, faults, expected=len(tenants) + 1)


def plant_changed_row(heads: Heads, probe: str) -> None:
    """A row that says something else than it did."""
    TrailEntry.objects.filter(seq=2).update(actor="somebody else")


def plant_removed_row(heads: Heads, probe: str) -> None:
    """A row that is gone."""
    TrailEntry.objects.filter(seq=2).delete()


def plant_cut_tail(heads: Heads, probe: str) -> None:
    """The newest row is gone, which only who has kept the head can tell."""
    TrailEntry.objects.filter(seq=heads[probe].seq).delete()


def plant_new_history(heads: Heads, probe: str) -> None:
    """Other rows in the places of those there were, each following from the one before."""
    TrailEntry.objects.all().delete()
    trail.append([trail.Event("control", "control.noted", str(n)) for n in range(9)])


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_changed_row: "The trail does not hold at sequence number 2",
        plant_removed_row: "The trail does not hold at sequence number 2",
        plant_cut_tail: "does not go on from row",
        plant_new_history: "does not go on from row",
    }
    return each_noticed(examine_chains, plants)


def _of_tenant(tenant: ServedTenant, kept: Heads) -> trail.Head | str:
    try:
        with serving(tenant):
            open_database(tenant)
            return _chain(TrailEntry, kept.get(tenant.id))
    except Unavailable:
        return "cannot be examined: it does not open"


def _chain(kind: type[Entry], kept: trail.Head | None) -> trail.Head | str:
    """The head of a trail that holds, else what is wrong with it."""
    newest = trail.head(kind)
    begin = None
    rows = kind._default_manager.order_by("seq")
    if newest.seq > WHOLE:
        before = rows.filter(seq=newest.seq - WHOLE).values_list("seq", "digest").first()
        if before is None:
            return "a row is missing"
        begin = trail.Head(*before)
        rows = rows.filter(seq__gt=begin.seq)
    try:
        head = trail.verify(rows.iterator(), after=begin)
    except trail.BrokenChain as broken:
        return str(broken)
    if kept is not None and not _passes(kind, kept):
        return f"does not go on from row {kept.seq}, at which it ended before"
    return head


def _passes(kind: type[Entry], kept: trail.Head) -> bool:
    row = kind._default_manager.filter(seq=kept.seq, digest=kept.digest)
    return kept.seq == 0 or row.exists()


def _file() -> Path:
    folder: Path = settings.SIEGEL_DATA
    return folder / "trail-heads.json"


def _kept() -> Heads:
    """The heads of the last time, by the tenants' ids; none before the first."""
    try:
        stored = json.loads(_file().read_text())
    except FileNotFoundError:
        return {}
    return {owner: trail.Head.parse(text) for owner, text in stored.items()}


def _keep(heads: Heads, gone: Set[str]) -> None:
    """Keep heads for the next time, and none of those that are gone.

    Another run may have kept later ones since this one began: no head is ever exchanged for one
    from before it.
    """
    with locked_folder(_file().parent):
        kept = {owner: head for owner, head in _kept().items() if owner not in gone}
        for owner, head in heads.items():
            if head.seq >= kept.get(owner, head).seq:
                kept[owner] = head
        replace_private({_file(): json.dumps({owner: str(kept[owner]) for owner in kept})})
