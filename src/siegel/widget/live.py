"""The client's door to the socket, and to files."""

from siegel.conversations.access import Participant
from siegel.conversations.grants import Grant
from siegel.identity.tickets import accept_ticket
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant
from siegel.widget.visiting import CLIENT_COOKIE, COOKIE, client_of, holder, note_use


async def visitor_grant(tenant: ServedTenant, cookies: dict[str, str], ticket: str) -> Grant | None:
    """A grant for the cookie that a ticket was issued for: of a client or of a visitor."""
    held = {name: cookies[name] for name in (CLIENT_COOKIE, COOKIE) if cookies.get(name)}
    for name, token in held.items():
        if await in_tenant(tenant, accept_ticket, ticket, token):
            return _grant(tenant, {name: token})
    return None


def visitor_now(cookies: dict[str, str]) -> Participant | None:
    """The contact whose browser has these cookies."""
    held = holder(cookies)
    return held.participant if held else None


def _grant(tenant: ServedTenant, cookie: dict[str, str]) -> Grant:
    """By one cookie alone: who is signed out does not go on as whoever the other one is of."""

    def used() -> None:
        if (held := client_of(cookie)) is not None:
            note_use(held.visit)

    return Grant(tenant, lambda: visitor_now(cookie), note_use=used)
