"""Conversations in the states in which an inbox shows them."""

import uuid
from typing import Any

from siegel.conversations.models import Conversation
from siegel.conversations.posting import post_message
from siegel.desk.inbox import inbox_of
from siegel.identity.models import Membership, Person, Team
from siegel.tenancy.context import serving
from tests.cast import Organisation


def asked(
    bank: Organisation, body: str = "Was kostet das?", to: Person | None = None, **more: Any
) -> Conversation:
    """A conversation with a question in it, assigned as wished."""
    conversation = bank.conversation()
    post_message(
        bank.tenant, bank.as_client(conversation), conversation.pk, uuid.uuid4(), body
    ).result(5)
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation.pk).update(assigned_to=to, **more)
        conversation.refresh_from_db()
    return conversation


def team_of(bank: Organisation, name: str, *people: Person) -> Team:
    """A team with its members."""
    with serving(bank.tenant):
        team = Team.objects.create(name=name)
        for person in people:
            Membership.objects.create(team=team, person=person)
    return team


def page(bank: Organisation, person: Person, view: str, **more: Any) -> dict[str, Any]:
    """A page of somebody's inbox."""
    with serving(bank.tenant):
        return inbox_of(bank.as_adviser(person), view, **more)


def shown(bank: Organisation, person: Person, view: str, **more: Any) -> list[str]:
    """The excerpts of a page of somebody's inbox."""
    return [row["excerpt"] for row in page(bank, person, view, **more)["rows"]]
