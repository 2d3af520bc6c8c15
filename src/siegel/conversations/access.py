"""The one gate to conversations; pages, sockets and exports all pass it."""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from siegel.conversations.models import Contact, Conversation, Side, State
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

    A contact its own, with what it has joined to its account. An adviser what is assigned to them;
    what is nobody's, unless it is another team's; and what is open in a team of theirs, also when
    a colleague looks after it. Nobody what is being deleted.
    """
    kept = Conversation.objects.exclude(state=State.DELETING)
    if participant.person is None:
        if participant.contact is None:
            return Conversation.objects.none()  # A program, or a client to be.
        own = Q(pk=participant.contact) | Q(joined_to=participant.contact)
        return kept.filter(contact__in=Contact.objects.filter(own).values("pk"))
    if not participant.person.may(Permission.CONVERSATION_READ):
        return Conversation.objects.none()
    person = participant.person
    own_teams = Q(team__in=Membership.objects.filter(person=person).values("team"))
    return kept.filter(
        Q(assigned_to=person)
        | (Q(assigned_to__isnull=True) & (Q(team__isnull=True) | own_teams))
        | (Q(state=State.OPEN) & own_teams)
    )


class Reach(NamedTuple):
    """Who somebody is, and which teams they belong to: what their inbox is made of."""

    person: uuid.UUID
    teams: tuple[uuid.UUID, ...]


def reach_of(participant: Participant) -> Reach | None:
    """How far an adviser reaches; None for whoever reads no conversations."""
    person = participant.person
    if person is None or not person.may(Permission.CONVERSATION_READ):
        return None
    teams = Membership.objects.filter(person=person).values_list("team", flat=True)
    return Reach(person.pk, tuple(sorted(teams)))


def parts_of(reach: Reach, state: State) -> list[QuerySet[Conversation]]:
    """What `conversations_for` gives an adviser in a state, in parts that share no conversation.

    Their own, those of nobody, and, of open ones, those of colleagues of their teams. Each part is
    read in the order of its last messages from one index. The whole, with its alternatives, is
    not: the newest fifty of it cost as much as all.
    """
    person, teams = reach
    reachable = Q(team__isnull=True) | Q(team__in=teams)
    own = Conversation.objects.filter(state=state, assigned_to=person)
    free = Conversation.objects.filter(reachable, state=state, assigned_to__isnull=True)
    if state != State.OPEN or not teams:
        return [own, free]
    colleagues = Conversation.objects.filter(
        state=State.OPEN, team__in=teams, assigned_to__isnull=False
    ).exclude(assigned_to=person)
    return [own, free, colleagues]


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
