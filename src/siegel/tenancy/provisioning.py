"""Creating and removing tenants."""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from sqlcipher3 import dbapi2

from siegel.audit import trail
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import OperatorTrailEntry, State, Tenant
from siegel.tenancy.sqlcipher.unlocking import attach
from siegel.tenancy.template import ensure_template
from siegel.vault import kek, keyring

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
HOST = re.compile(r"(?=.{3,190}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
RESERVED_FIRST_LABELS = {"chat", "replay"}


class CannotCreate(ValueError):
    """The tenant cannot be created as asked; the message says why and what to do."""


def create_tenant(
    slug: str,
    host: str,
    *,
    furnish: Callable[[], None] = lambda: None,
    is_probe: bool = False,
    actor: str = "operator",
) -> ServedTenant:
    """Create a tenant with its own folder, database and keyset, and return it.

    `furnish` runs while the tenant is served, before anyone can reach it. If anything fails,
    nothing of the tenant remains; what a killed process has left of one with these names is
    removed first. Raises CannotCreate, KekUnavailable.
    """
    _check_names(slug, host)
    kek.ensure()
    template = ensure_template()
    with _one_at_a_time():
        _remove_remains(slug, host)
        _check_free(slug, host)
        tenant = Tenant.objects.create(slug=slug, host=host, is_probe=is_probe)
        return _furnished(tenant, template, furnish, actor)


def _furnished(
    tenant: Tenant, template: Path, furnish: Callable[[], None], actor: str
) -> ServedTenant:
    served = tenant.as_served()
    try:
        keyring.create(served.id)
        _export(template, served)
        with serving(served):
            furnish()
        with transaction.atomic(using="default"):
            tenant.state = State.ACTIVE
            tenant.save(update_fields=["state"])
            detail = {"slug": tenant.slug, "host": tenant.host}
            created = trail.Event(actor, "tenant.created", served.id, detail)
            trail.append([created], OperatorTrailEntry)
    except BaseException:
        remove_files(served)
        tenant.delete()
        raise
    registry.forget()
    return tenant.as_served()


def remove_files(tenant: ServedTenant) -> None:
    """Delete the tenant's key first, so that nothing can be opened again, then its folder."""
    keyring.remove(tenant.id)
    with contextlib.suppress(Exception), serving(tenant):
        close_connection(tenant.id)
    shutil.rmtree(tenant.folder, ignore_errors=True)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One creation in the whole installation: the kernel ends the lock with its process."""
    descriptor = os.open(settings.SIEGEL_DATA / "provisioning.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_remains(slug: str, host: str) -> None:
    """Whoever was at it does not hold the lock any more, so nobody will ever finish it."""
    names = Q(slug=slug) | Q(host=host)
    for left in Tenant.objects.filter(names, state=State.PROVISIONING):
        remove_files(left.as_served())
        left.delete()


def _check_free(slug: str, host: str) -> None:
    if Tenant.objects.filter(slug=slug).exists():
        raise CannotCreate(f"There is a tenant {slug} already.")
    if Tenant.objects.filter(host=host).exists():
        raise CannotCreate(f"The host {host} belongs to another tenant.")


def _check_names(slug: str, host: str) -> None:
    if not SLUG.fullmatch(slug):
        raise CannotCreate(
            f"{slug!r} cannot be a short name: use 3 to 40 small letters, digits and hyphens, "
            "beginning with a letter."
        )
    if not HOST.fullmatch(host) or host.split(".", maxsplit=1)[0] in RESERVED_FIRST_LABELS:
        raise CannotCreate(
            f"{host!r} cannot be a host name: give one like bank.example, without port, "
            "not beginning with chat. or replay., which are made from it."
        )


def _export(template: Path, tenant: ServedTenant) -> None:
    """Copy the template into a new file under the tenant's key, in one transaction.

    Not a copied file with a new key: that would keep the salt of the template.
    """
    tenant.folder.mkdir(mode=0o700, parents=True)
    key = keyring.derive(tenant.id, "database")
    connection = dbapi2.connect(str(template), isolation_level=None)
    try:
        attach(connection, str(tenant.database), key, "tenant")
        connection.execute("BEGIN")
        connection.execute("SELECT sqlcipher_export('tenant')")
        connection.execute(
            "INSERT INTO tenant.tenant_proof (tenant, schema) VALUES (?, ?)",
            [tenant.id, schema_fingerprint()],
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA tenant.journal_mode = WAL")
    finally:
        connection.close()
    tenant.database.chmod(0o600)
