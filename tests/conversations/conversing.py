"""Sockets of the people of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings

from siegel.conversations.models import Conversation
from siegel.identity.models import Person
from siegel.identity.tickets import issue_ticket
from siegel.tenancy.context import serving
from siegel.widget.visiting import COOKIE
from tests.cast import Organisation
from tests.server import Running, Socket, socket


@asynccontextmanager
async def client_socket(
    server: Running, organisation: Organisation, conversation: Conversation
) -> AsyncIterator[Socket]:
    """The visitor's socket, after its hello."""
    token = organisation._visitors[conversation.pk]
    ticket = await asyncio.to_thread(ticket_for, organisation, token)
    cookie = f"{COOKIE}={token}"
    async with socket(server.port, organisation.chat_host, cookie, ticket=ticket) as made:
        yield made


@asynccontextmanager
async def adviser_socket(
    server: Running, organisation: Organisation, person: Person
) -> AsyncIterator[Socket]:
    """The socket of somebody's desk, after its hello."""
    session = await asyncio.to_thread(session_of, organisation, person)
    ticket = await asyncio.to_thread(ticket_for, organisation, session)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    async with socket(server.port, organisation.host, cookie, ticket=ticket) as made:
        yield made


def ticket_for(organisation: Organisation, credential: str) -> str:
    """A fresh ticket of the tenant for a session key or a visitor's token."""
    with serving(organisation.tenant):
        return issue_ticket(credential)


def session_of(organisation: Organisation, person: Person) -> str:
    """The key of a session in which somebody is signed in."""
    return organisation.desk(person).cookies[settings.SESSION_COOKIE_NAME].value


def message(conversation: Conversation, key: Any, body: str) -> dict[str, Any]:
    """A `send` frame."""
    return {"type": "send", "conversation": str(conversation.pk), "key": str(key), "body": body}
