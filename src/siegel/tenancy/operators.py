"""The reserved tenant whose people are the installation's operators."""

from collections.abc import Callable

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant
from siegel.tenancy.provisioning import OPERATORS_SLUG, CannotCreate, create_tenant


def is_of_operators(tenant: ServedTenant) -> bool:
    """Whether a tenant is the one of the operators: nobody else's is called like it."""
    return tenant.slug == OPERATORS_SLUG


def operators_tenant() -> ServedTenant | None:
    """The tenant of the operators, if it is there already and is not being shredded."""
    row = Tenant.objects.filter(is_operators=True).exclude(state__in=WITHOUT_DATABASE).first()
    return row.as_served() if row else None


def ensure_operators_tenant(host: str, furnish: Callable[[], None]) -> tuple[ServedTenant, bool]:
    """The tenant of the operators, and whether it was made just now.

    Raises CannotCreate, also if it is there on another host, and KekUnavailable.
    """
    found = operators_tenant()
    if found is None:
        return create_tenant(OPERATORS_SLUG, host, furnish=furnish, is_operators=True), True
    if found.host != host:
        raise CannotCreate(
            f"The operators are on the host {found.host} already. Nothing was changed; "
            "call this again with that host."
        )
    return found, False
