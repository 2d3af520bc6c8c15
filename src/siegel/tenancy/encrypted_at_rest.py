"""Looking whether every tenant's database is encrypted, and has keys to encrypt with."""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from unittest import mock

from django.apps import apps
from django.conf import settings

from siegel.claims.control import Finding, Text
from siegel.claims.planting import all_noticed, each_noticed, noticed_as
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.databases import database_settings
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant
from siegel.tenancy.probes import examined_tenants, probe_tenants
from siegel.tenancy.separation import database_fault
from siegel.vault import keyring

ENGINE = "siegel.tenancy.sqlcipher"
# How a switch would be called by whoever adds one.
SWITCH = re.compile(r"encrypt|cipher|crypt_|plain_?(text|data)|unsealed", re.IGNORECASE)

# What is called so and is none.
HARMLESS = {"files.FilePolicy.encrypted_archives": "whether people may send archives of that kind"}


def examine_every_tenant(plant: Callable[[ServedTenant], None] | None = None) -> Finding:
    """Look at every tenant's database and keysets, whether any is or can be without encryption.

    `plant` is given a probe, and breaks what is examined.
    """
    with probe_tenants() as (_, other):
        if plant is not None:
            plant(other)
        # Counted by their rows, whatever the list leaves out; both probes are in it.
        served = Tenant.objects.filter(is_probe=False).exclude(state__in=WITHOUT_DATABASE)
        expected = served.count() + 2
        tenants = examined_tenants()
        found = [(tenant, fault) for tenant in tenants for fault in _without_encryption(tenant)]
        # One that departs meanwhile has neither keys nor a file.
        left = {tenant.id for tenant in examined_tenants()}
        faults = [fault for tenant, fault in found if tenant.id in left]
        names = _names_of_switches()
        faults += [f"{name} may be a switch" for name in names if _is_switch(name)]
    return Finding(
        examined=len(tenants) + len(names),
        what=Text(
            de=f"Datenbanken und Schlüssel von {len(tenants)} Organisationen, {len(names)} "
            "Einstellungen und Spalten",
            en=f"databases and keysets of {len(tenants)} organisations, {len(names)} settings and "
            "columns",
        ),
        faults=tuple(faults),
        expected=expected + len(names),
    )


def plant_missing_database(tenant: ServedTenant) -> None:
    """Have a tenant whose database is not where it should lie."""
    for suffix in ("", "-wal", "-shm"):
        tenant.database.with_name(tenant.database.name + suffix).unlink(missing_ok=True)


def plant_readable_file(tenant: ServedTenant) -> None:
    """Put a file that everybody reads where the tenant's encrypted database lies."""
    plant_missing_database(tenant)
    tenant.database.write_text("id;text\n1;a text that everybody reads\n" * 100)


def plant_plain_database(tenant: ServedTenant) -> None:
    """Put an unencrypted database where the tenant's encrypted one lies."""
    plant_missing_database(tenant)
    with contextlib.closing(sqlite3.connect(tenant.database)) as plain:
        plain.execute("CREATE TABLE plain (text)")


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    with mock.patch.object(settings, "SIEGEL_ENCRYPT_DATABASES", new=False, create=True):
        switched = noticed_as(examine_every_tenant(), "SIEGEL_ENCRYPT_DATABASES may be a switch")
    plants = {
        plant_plain_database: "is not encrypted",
        plant_missing_database: "is missing",
        plant_readable_file: "does not open with its key",
    }
    return all_noticed([each_noticed(examine_every_tenant, plants), switched])


def _names_of_switches() -> list[str]:
    """Everything that can be set: by operators, and by rows of any plane."""
    of_operators = [name for name in dir(settings) if name.startswith("SIEGEL_")]
    columns = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
    ]
    return of_operators + columns


def _is_switch(name: str) -> bool:
    return SWITCH.search(name) is not None and name not in HARMLESS


def _without_encryption(tenant: ServedTenant) -> Iterator[str]:
    described = database_settings(tenant)
    if described["ENGINE"] != ENGINE or described["KEY"] is None:
        yield f"the database of {tenant.id} would be opened without a key"
    if not keyring.opens(tenant.id):
        yield f"{tenant.id} has no keyset to encrypt with"
    elif fault := database_fault(tenant):
        yield fault
