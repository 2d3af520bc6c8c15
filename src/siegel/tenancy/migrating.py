"""Bringing tenants' databases to the version of the program: only those that are stale."""

import dataclasses
from collections.abc import Iterable, Iterator

from django.core.management import call_command
from sqlcipher3 import dbapi2

from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant
from siegel.tenancy.proof.models import Proof
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.tenancy.writing import write_lock
from siegel.vault import keyring


def all_tenants() -> list[ServedTenant]:
    """Every provisioned tenant, suspended ones included.

    Probes are not: controls break them on purpose, and each lives for a minute.
    """
    rows = Tenant.objects.filter(is_probe=False).exclude(state__in=WITHOUT_DATABASE)
    return [tenant.as_served() for tenant in rows]


def schema_of(tenant: ServedTenant) -> str:
    """The schema fingerprint that the tenant's database holds, read without Django (0.7 ms).

    Raises vault.keyring.KeyUnavailable or sqlcipher3's DatabaseError.
    """
    key = keyring.derive(tenant.id, "database")
    connection = dbapi2.connect(f"file:{tenant.database}?mode=rw", uri=True)
    try:
        unlock(connection, key)
        row = connection.execute("SELECT schema FROM tenant_proof").fetchone()
    finally:
        connection.close()
    return str(row[0])


def stale_tenants(
    tenants: Iterable[ServedTenant],
) -> Iterator[tuple[ServedTenant, Exception | None]]:
    """The tenants to migrate; with the error for those whose database cannot be read."""
    wanted = schema_fingerprint()
    for tenant in tenants:
        try:
            if schema_of(tenant) != wanted:
                yield tenant, None
        except (keyring.KeyUnavailable, dbapi2.DatabaseError) as error:
            yield tenant, error


def migrate_tenant(tenant: ServedTenant) -> None:
    """Migrate one tenant's database under its write lock and renew its proof."""
    migrating = dataclasses.replace(tenant, accepts_any_schema=True)
    with write_lock(tenant), serving(migrating):
        close_connection(tenant.id)
        try:
            call_command("migrate", database=tenant.id, verbosity=0)
            Proof.objects.update(schema=schema_fingerprint())
        finally:
            close_connection(tenant.id)
