"""The adviser's door to the socket, and to files."""

from django.conf import settings

from siegel.conversations.access import Participant
from siegel.conversations.grants import Grant
from siegel.conversations.models import Side
from siegel.desk.inbox import inbox_of
from siegel.identity.roles import Permission
from siegel.identity.sessions import note_use, person_of_session
from siegel.identity.tickets import accept_ticket
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant


async def adviser_grant(tenant: ServedTenant, cookies: dict[str, str], ticket: str) -> Grant | None:
    """A grant for the session's person, if the ticket was issued for that session."""
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    if not session or not await in_tenant(tenant, accept_ticket, ticket, session):
        return None
    return Grant(tenant, lambda: adviser_now(cookies), inbox_of, lambda: note_use(session))


def adviser_now(cookies: dict[str, str]) -> Participant | None:
    """Whoever is signed in with these cookies, if they may read conversations."""
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    person = person_of_session(session) if session else None
    if person is None or not person.may(Permission.CONVERSATION_READ):
        return None
    return Participant(Side.ADVISER, person=person)
