"""Creating and removing tenants."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from sqlcipher3 import dbapi2

from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import State, Tenant
from siegel.tenancy.operator_trail import OPERATOR, note_operation
from siegel.tenancy.sqlcipher.unlocking import attach
from siegel.tenancy.template import ensure_template
from siegel.vault import kek, keyring
from siegel.vault.private_files import (
    give_to_owner_of_folder,
    locked_folder,
    make_private_folder,
)

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
HOST = re.compile(r"(?=.{3,190}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
RESERVED_FIRST_LABELS = {"chat", "replay"}
# Its people operate the installation; `siegel init` makes it.
OPERATORS_SLUG = "operators"


class CannotCreate(ValueError):
    """The tenant cannot be created as asked; the message says why and what to do."""


def create_tenant(
    slug: str,
    host: str,
    *,
    furnish: Callable[[], None] = lambda: None,
    is_probe: bool = False,
    is_operators: bool = False,
    actor: str = OPERATOR,
) -> ServedTenant:
    """Create a tenant with its own folder, database and keyset, and return it.

    `furnish` runs while the tenant is served, before anyone can reach it. If anything fails,
    nothing of the tenant remains; what killed processes have left of theirs is removed first.
    Raises CannotCreate, KekUnavailable.
    """
    check_names(slug, host)
    if (slug == OPERATORS_SLUG) != is_operators:
        raise CannotCreate(
            f"{slug!r} is reserved for those who operate the installation: siegel init."
        )
    kek.ensure()
    template = ensure_template()
    with one_at_a_time():
        remove_remains()
        check_free(slug, host)
        tenant = Tenant.objects.create(
            slug=slug, host=host, is_probe=is_probe, is_operators=is_operators
        )
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
            if not tenant.is_probe:  # Made every hour, by nobody, and gone a minute later.
                note_operation("tenant.created", served.id, detail, actor=actor)
    except BaseException:
        remove_files(served)
        tenant.delete()
        raise
    registry.forget()
    return tenant.as_served()


def remove_files(tenant: ServedTenant) -> None:
    """Delete the tenant's keys first, so that nothing can be opened again, then its folder."""
    keyring.remove(tenant.id)
    with contextlib.suppress(Exception), serving(tenant):
        close_connection(tenant.id)
    shutil.rmtree(tenant.folder, ignore_errors=True)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """One creation or import in the installation: the kernel ends the lock with its process."""
    with locked_folder(_folder()):
        yield


def _folder() -> Path:
    data: Path = settings.SIEGEL_DATA
    return data / "tenants"


def remove_remains() -> None:
    """Remove what killed processes have left. Within `one_at_a_time`: whoever was at it does not
    hold the lock any more, so nobody will ever finish it, and all of it may be there and open."""
    for left in Tenant.objects.filter(state=State.PROVISIONING):
        remove_files(left.as_served())
        left.delete()


def remains() -> list[Tenant]:
    """What `remove_remains` would remove; nothing as long as somebody creates or imports one."""
    idle = contextlib.suppress(FileNotFoundError, BlockingIOError)
    with idle, locked_folder(_folder(), waits=False):
        return list(Tenant.objects.filter(state=State.PROVISIONING))
    return []


def check_free(slug: str, host: str) -> None:
    """Raises CannotCreate if another tenant has one of the names."""
    if (found := Tenant.objects.filter(slug=slug).first()) is not None:
        if found.state == State.SHREDDING:
            raise CannotCreate(
                f"The shredding of {slug} is not finished: siegel tenants shred {slug}, again."
            )
        raise CannotCreate(f"There is a tenant {slug} already.")
    if Tenant.objects.filter(host=host).exists():
        raise CannotCreate(f"The host {host} belongs to another tenant.")


def check_names(slug: str, host: str) -> None:
    """Raises CannotCreate for what can be neither a short name nor a host."""
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
    make_private_folder(tenant.folder)
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
    give_to_owner_of_folder(tenant.database)
