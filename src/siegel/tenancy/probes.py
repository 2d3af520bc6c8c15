"""Two tenants for controls that write or attack: on no host, with nobody's data, made anew."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant, new_tenant_id
from siegel.tenancy.provisioning import create_tenant, remove_files

# Of this process: two controls run at the same time, each in a process of its own.
_made_here: set[str] = set()


@contextmanager
def probe_tenants() -> Iterator[tuple[ServedTenant, ServedTenant]]:
    """Two fresh tenants for the length of the block; nothing of them remains."""
    made: list[ServedTenant] = []
    try:
        for _ in range(2):
            slug = f"probe-{new_tenant_id()}"
            made.append(create_tenant(slug, f"{slug}.invalid", is_probe=True, actor="control"))
            _made_here.add(made[-1].id)
        yield made[0], made[1]
    finally:
        for tenant in made:
            _remove(tenant)
            _made_here.discard(tenant.id)


def examined_tenants() -> list[ServedTenant]:
    """Every tenant that has a database, and of the probes those that this process has made.

    Another control's probes are broken on purpose, or gone before they are looked at. Of one that
    is being shredded nothing shall open.
    """
    rows = Tenant.objects.filter(Q(is_probe=False) | Q(pk__in=_made_here))
    return [tenant.as_served() for tenant in rows.exclude(state__in=WITHOUT_DATABASE)]


def remove_abandoned_probes(made_before: dt.datetime) -> int:
    """Remove what controls left behind that were killed; returns how many tenants that were."""
    abandoned = Tenant.objects.filter(is_probe=True, created_at__lt=made_before)
    found = [row.as_served() for row in abandoned]
    for tenant in found:
        _remove(tenant)
    return len(found)


def _remove(tenant: ServedTenant) -> None:
    remove_files(tenant)
    Tenant.objects.filter(pk=tenant.id).delete()
