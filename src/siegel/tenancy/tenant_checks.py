"""Whether databases and keys belong together and are of this version."""

import os
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from siegel.tenancy import provisioning
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.migrating import all_tenants, stale_tenants
from siegel.tenancy.models import State, Tenant
from siegel.tenancy.operator_trail import note_operation
from siegel.tenancy.operators import operators_tenant
from siegel.tenancy.routing import CONTROL_PLANE
from siegel.vault import keyring

NOT_CURRENT = "siegel.tenancy.E007"
NO_OPERATORS = "siegel.tenancy.W008"
KEYS_MISSING = "siegel.tenancy.E009"
STALE = "siegel.tenancy.E010"
DATABASE_CLOSED = "siegel.tenancy.E011"
TRAIL_CLOSED = "siegel.tenancy.E012"
HALF_MADE = "siegel.tenancy.E022"
HALF_SHREDDED = "siegel.tenancy.E023"
# Never committed.
LOOKED = "doctor.looked"


def control_database_is_current(**_: Any) -> list[checks.CheckMessage]:
    """The control database has the tables of this version."""
    if is_current():
        return []
    return [
        checks.Error(
            "The control database is missing or of another version.",
            hint="Every command brings it to this version, for instance: siegel tenants list",
            id=NOT_CURRENT,
        )
    ]


def operators_are_there(**_: Any) -> list[checks.CheckMessage]:
    """Somebody has said who operates the installation."""
    if not is_current() or operators_tenant() is not None:
        return []
    return [
        checks.Warning(
            "Nobody is named as operator.", hint="siegel init --host HOST", id=NO_OPERATORS
        )
    ]


def tenants_have_their_keys(**_: Any) -> list[checks.CheckMessage]:
    """Both keysets of every tenant open."""
    return [
        checks.Error(
            f"Keys of {_name(tenant)} are missing or do not open: nothing of it can be read.",
            hint=f"Bring {tenant.id}.json and {tenant.id}-objects.json back into "
            f"{settings.SIEGEL_KEYS} from a backup.",
            id=KEYS_MISSING,
        )
        for tenant in _tenants()
        if not keyring.opens(tenant.id)
    ]


def tenants_are_current(**_: Any) -> list[checks.CheckMessage]:
    """Every tenant's database opens and has the tables of this version."""
    found: list[checks.CheckMessage] = []
    readable = [tenant for tenant in _tenants() if keyring.opens(tenant.id)]
    for tenant, problem in stale_tenants(readable):
        if problem is None:
            message = f"The database of {_name(tenant)} is of another version: it is not served."
            found.append(checks.Error(message, hint="siegel tenants migrate", id=STALE))
        else:
            hint = f"Bring {tenant.database} back from a backup."
            message = f"The database of {_name(tenant)} does not open: {type(problem).__name__}."
            found.append(checks.Error(message, hint=hint, id=DATABASE_CLOSED))
    return found


def nothing_is_half_made(**_: Any) -> list[checks.CheckMessage]:
    """No creation or import was killed: nobody is served what it left, and all of it may open."""
    return [
        checks.Error(
            f"{_name(tenant.as_served())} was being created or imported, and nobody is at it.",
            hint="Call again what was interrupted; every creation and import removes such remains. "
            f"Or: siegel tenants shred {tenant.slug}",
            id=HALF_MADE,
        )
        for tenant in (provisioning.remains() if is_current() else [])
    ]


def nothing_is_half_shredded(**_: Any) -> list[checks.CheckMessage]:
    """Whatever was to be destroyed is."""
    if not is_current():
        return []
    return [
        checks.Error(
            f"The shredding of {_name(tenant.as_served())} has begun and is not finished.",
            hint=f"Unless it runs just now: siegel tenants shred {tenant.slug}, again.",
            id=HALF_SHREDDED,
        )
        for tenant in Tenant.objects.filter(state=State.SHREDDING)
    ]


def trails_can_be_written(**_: Any) -> list[checks.CheckMessage]:
    """What operators do, and what is done at a tenant, can be written down."""
    if not is_current():
        return []
    closed = [
        _name(tenant)
        for tenant in _tenants()
        if tenant.database.exists() and not os.access(tenant.database, os.W_OK)
    ]
    try:
        with transaction.atomic(using="default"):
            note_operation(LOOKED, "installation")
            transaction.set_rollback(True, using="default")
    except DatabaseError:
        closed.insert(0, "the operators")
    return [
        checks.Error(
            f"The trail of {name} cannot be written.",
            hint=f"chown everything in {settings.SIEGEL_DATA} to the user that runs siegel serve.",
            id=TRAIL_CLOSED,
        )
        for name in closed
    ]


def is_current() -> bool:
    """Whether the control database can be asked; never makes one."""
    if not (settings.SIEGEL_DATA / "control.sqlite3").exists():
        return False
    loader = MigrationLoader(connections["default"], ignore_no_migrations=True)
    wanted = {key for key in loader.disk_migrations if key[0] in CONTROL_PLANE}
    return wanted <= set(loader.applied_migrations)


def _tenants() -> list[ServedTenant]:
    return all_tenants() if is_current() else []


def _name(tenant: ServedTenant) -> str:
    return f"{tenant.slug} ({tenant.id})"
