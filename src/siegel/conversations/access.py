"""The one gate to conversations; pages, sockets and exports all pass it."""

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from siegel.conversations.models import Conversation, Side, State
from siegel.identity.models import Membership, Person
from siegel.identity.roles import Permission


class NotFound(LookupError):
    """Absent, forbidden or another tenant's: nobody can tell which."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Who acts: a contact, a person of the organisation, or a program of the house."""

    side: Side
    contact: uuid.UUID | None = None
    person: Person | None = None
    program: str = ""

    @property
    def actor(self) -> str:
        """How the trail names them."""
        if self.person is not None:
            return f"person:{self.person.pk}"
        return self.program or f"contact:{self.contact}"

    @property
    def name(self) -> str:
        return self.person.name if self.person is not None else ""


def conversations_for(participant: Participant) -> QuerySet[Conversation]:
    """What they may see.

    A contact its own. An adviser what is assigned to them; what is nobody's, unless it is another
    team's; and what is open in a team of theirs, also when a colleague looks after it.
    """
    if participant.person is None:
        # A program has no contact, and no conversation has none: it sees nothing through here.
        return Conversation.objects.filter(contact=participant.contact)
    if not participant.person.may(Permission.CONVERSATION_READ):
        return Conversation.objects.none()
    person = participant.person
    own_teams = Q(team__in=Membership.objects.filter(person=person).values("team"))
    return Conversation.objects.filter(
        Q(assigned_to=person)
        | (Q(assigned_to__isnull=True) & (Q(team__isnull=True) | own_teams))
        | (Q(state=State.OPEN) & own_teams)
    )


def conversation_for(participant: Participant, conversation: uuid.UUID | str) -> Conversation:
    """One conversation through the relation that grants the right; raises NotFound."""
    try:
        identifier = uuid.UUID(str(conversation))
    except ValueError:
        raise NotFound from None
    found = (
        conversations_for(participant)
        .select_related("contact", "assigned_to")
        .filter(pk=identifier)
        .first()
    )
    if found is None:
        raise NotFound
    return found
