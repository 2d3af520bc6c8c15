"""Where a tenant's database lies and how it is opened."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.routing import TENANT_PLANE
from siegel.vault import keyring

# The log is copied back every 8,000 pages (16 MB) and not every 1,000: under load the same pages
# are in it again and again.
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8000"
TEMPLATE = ServedTenant(id="template", accepts_any_schema=True)


@lru_cache(maxsize=1)
def schema_fingerprint() -> str:
    """SHA-256 over the names of all migrations of the tenant plane that this program has."""
    return hashlib.sha256("\n".join(known_migrations()).encode()).hexdigest()


@lru_cache(maxsize=1)
def known_migrations() -> tuple[str, ...]:
    """Their names as `app.name`, sorted."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return tuple(
        sorted(f"{app}.{name}" for app, name in loader.disk_migrations if app in TENANT_PLANE)
    )


def template_file() -> Path:
    """Where the template of this version lies: an empty tenant, migrated, not encrypted."""
    root: Path = settings.SIEGEL_DATA
    return root / "template" / f"{schema_fingerprint()[:16]}.sqlite3"


def database_settings(tenant: ServedTenant) -> dict[str, Any]:
    """Django's DATABASES entry for a tenant: one SQLCipher file under the tenant's own raw key.

    The template of all tenants holds nobody's data and is not encrypted; its alias has no key.
    """
    is_template = tenant.id == TEMPLATE.id
    return {
        "ENGINE": "siegel.tenancy.sqlcipher",
        "NAME": template_file().with_suffix(".building") if is_template else tenant.database,
        "KEY": None if is_template else lambda: keyring.derive(tenant.id, "database"),
        "TENANT_ID": None if is_template else tenant.id,
        "SCHEMA": None if tenant.accepts_any_schema else schema_fingerprint(),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": f"PRAGMA cache_size=-{tenant.page_cache_kib}; {PRAGMAS}",
        },
    }
