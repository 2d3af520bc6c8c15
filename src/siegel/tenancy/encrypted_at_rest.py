"""Looking whether every tenant's database is encrypted, and has keys to encrypt with."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

from siegel.claims.control import Finding
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.migrating import all_tenants
from siegel.tenancy.probes import probe_tenants
from siegel.tenancy.separation import is_plain_database
from siegel.vault import keyring


def examine_every_tenant(plant: Callable[[ServedTenant], None] | None = None) -> Finding:
    """Look at every tenant's database and keysets, whether any is without encryption.

    `plant` is given a probe, and breaks what is examined.
    """
    with probe_tenants() as (_, other):
        if plant is not None:
            plant(other)
        tenants = all_tenants()
        faults = [fault for tenant in tenants for fault in _without_encryption(tenant)]
    return Finding(
        examined=len(tenants),
        what=f"databases and keysets of {len(tenants)} tenants",
        faults=tuple(faults),
    )


def plant_plain_database(tenant: ServedTenant) -> None:
    """Put an unencrypted database where the tenant's encrypted one lies."""
    tenant.database.unlink()
    with contextlib.closing(sqlite3.connect(tenant.database)) as plain:
        plain.execute("CREATE TABLE plain (text)")


def _without_encryption(tenant: ServedTenant) -> Iterator[str]:
    if is_plain_database(tenant):
        yield f"the database of {tenant.id} is not encrypted"
    try:
        keyring.derive(tenant.id, "database")
        keyring.sealing(tenant.id)
    except keyring.KeyUnavailable:
        yield f"{tenant.id} has no keyset to encrypt with"
