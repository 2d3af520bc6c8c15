"""Two tenants for controls that write or attack: on no host, with nobody's data, made anew."""

from collections.abc import Iterator
from contextlib import contextmanager

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import Tenant, new_tenant_id
from siegel.tenancy.provisioning import create_tenant, remove_files


@contextmanager
def probe_tenants() -> Iterator[tuple[ServedTenant, ServedTenant]]:
    """Two fresh tenants for the length of the block; nothing of them remains."""
    made: list[ServedTenant] = []
    try:
        for _ in range(2):
            slug = f"probe-{new_tenant_id()}"
            made.append(create_tenant(slug, f"{slug}.invalid", is_probe=True, actor="control"))
        yield made[0], made[1]
    finally:
        for tenant in made:
            remove_files(tenant)
            Tenant.objects.filter(pk=tenant.id).delete()
