"""The people who operate the installation: those of one reserved tenant."""

from siegel.identity.models import Person
from siegel.identity.organisations import furnish
from siegel.identity.people import create_person
from siegel.identity.roles import Role
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.operators import ensure_operators_tenant


def ensure_operators(host: str, name: str) -> tuple[ServedTenant, bool]:
    """The operators' tenant, and whether it was made just now; `name` is how it is called then.

    Raises tenancy.provisioning.CannotCreate, vault.kek.KekUnavailable.
    """

    def furnish_it() -> None:
        furnish(name)

    return ensure_operators_tenant(host, furnish_it)


def has_operator(tenant: ServedTenant) -> bool:
    """Whether somebody can sign in there and invite the others."""
    with serving(tenant):
        people = Person.objects.filter(is_active=True)
        return any(Role.ADMINISTRATOR in person.roles for person in people)


def create_first_operator(tenant: ServedTenant, *, name: str, email: str, password: str) -> None:
    """Create the first of them, an administrator.

    Raises what identity.people.create_person raises.
    """
    with serving(tenant):
        create_person(name=name, email=email, password=password, roles=[Role.ADMINISTRATOR])
