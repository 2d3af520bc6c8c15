"""Which tenant is being served: `serving(tenant)` is the only way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connections


class NoTenantServed(RuntimeError):
    """Something needs a tenant and none is served; there is never a default tenant."""


class WrongTenant(RuntimeError):
    """Something of one tenant is used while another is served, or a database is another's."""


class TenantDeparted(RuntimeError):
    """The tenant was shredded, and something of it is asked for nevertheless."""


@dataclass(frozen=True, slots=True)
class ServedTenant:
    """What the process needs to know of a tenant; `id` is opaque and also the database alias."""

    id: str
    slug: str = ""
    host: str = ""
    is_suspended: bool = False
    # Only while migrating: otherwise a database of another version is refused when it opens.
    accepts_any_schema: bool = False
    # Decrypted pages that a connection keeps at most; a small database needs less. A list of fifty
    # conversations among 50,000 reads 3 MB of pages, each decrypted anew if it was not kept.
    page_cache_kib: int = 4096

    @property
    def folder(self) -> Path:
        root: Path = settings.SIEGEL_DATA
        return root / "tenants" / self.id

    @property
    def database(self) -> Path:
        return self.folder / "tenant.sqlite3"


_served: ContextVar[ServedTenant | None] = ContextVar("served_tenant", default=None)


def served_or_none() -> ServedTenant | None:
    """The tenant being served, if any."""
    return _served.get()


def served() -> ServedTenant:
    """The tenant being served; raises NoTenantServed."""
    tenant = _served.get()
    if tenant is None:
        raise NoTenantServed("No tenant is served here.")
    return tenant


@contextmanager
def serving(tenant: ServedTenant) -> Iterator[ServedTenant]:
    """Serve a tenant until the block ends; raises WrongTenant inside another tenant's block.

    Entering it again for the same tenant is harmless. Context variables do not reach plain
    threads: whoever starts one enters here.
    """
    before = _served.get()
    if before is not None and before.id != tenant.id:
        raise WrongTenant(f"{before.id} is being served, not {tenant.id}.")
    token = _served.set(tenant)
    try:
        yield tenant
    finally:
        # Here and not at request_finished, which fires when no tenant is served any more.
        try:
            if before is None:
                connections.release(tenant.id)  # type: ignore[attr-defined] # siegel.tenancy.handler
        finally:
            _served.reset(token)
