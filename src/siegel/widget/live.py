"""The visitor's door to the socket, and to files."""

from siegel.conversations.access import Participant
from siegel.conversations.grants import Grant
from siegel.identity.tickets import accept_ticket
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant
from siegel.widget.visiting import COOKIE, visitor


async def visitor_grant(tenant: ServedTenant, cookies: dict[str, str], ticket: str) -> Grant | None:
    """A grant for the visitor's cookie, if the ticket was issued for it."""
    token = cookies.get(COOKIE, "")
    if not token or not await in_tenant(tenant, accept_ticket, ticket, token):
        return None
    return Grant(tenant, lambda: visitor(token))


def visitor_now(cookies: dict[str, str]) -> Participant | None:
    """The contact whose browser has these cookies."""
    return visitor(cookies.get(COOKIE, ""))
