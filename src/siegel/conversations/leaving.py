"""What becomes of conversations when people or teams leave them: nothing stays with nobody."""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Case, F, When

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.events import append_numbered
from siegel.conversations.hot_rows import EventRow
from siegel.conversations.models import Conversation, Side, State
from siegel.identity import staffing, teaming
from siegel.identity.models import Person, Team
from siegel.identity.roles import Permission, Role
from siegel.tenancy import bus
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction


def looks_after(person: uuid.UUID) -> bool:
    """Whether somebody may still look after conversations, as it is now."""
    found = Person.objects.filter(pk=person).first()
    return found is not None and found.may(Permission.CONVERSATION_READ)


def change_person(
    by: Person,
    person: Person,
    *,
    name: str,
    roles: Iterable[Role],
    teams: Iterable[Team],
    expected: str | None = None,
) -> None:
    """`staffing.change_person`; who is no adviser any more looks after no conversation."""
    with write_transaction():
        changed = staffing.change_person(
            by, person, name=name, roles=roles, teams=teams, expected=expected
        )
        _free_conversations(by, changed)


def deactivate(by: Person, person: Person) -> None:
    """`staffing.deactivate`, and whatever they looked after is free."""
    with write_transaction():
        _free_conversations(by, staffing.deactivate(by, person))


def delete_team(by: Person, team: Team) -> int:
    """Delete a team; its conversations are of no team then. Returns how many that were.

    Raises Team.DoesNotExist if somebody else was quicker.
    """
    with write_transaction():
        team = Team.objects.get(pk=team.pk)
        count = Conversation.objects.filter(team=team).update(team=None)
        teaming.delete_team(by, team, count)
        # Of no conversation in particular: every desk looks at its lists again.
        tenant, hint = served(), bus.Hint("internal", "")
        transaction.on_commit(lambda: bus.publish(tenant, hint), using=tenant.id)
    return count


def _free_conversations(by: Person, person: Person) -> None:
    if person.may(Permission.CONVERSATION_READ):
        return
    participant = Participant(Side.ADVISER, person=by)
    _free_open(participant, person)
    _free_resolved(participant, person)


def _free_open(by: Participant, person: Person) -> None:
    """Each one notes it. Few statements, however many they are: messages wait meanwhile."""
    own = Conversation.objects.filter(state=State.OPEN, assigned_to=person)
    events = []
    for pk, seq, snoozed_until in own.values_list("pk", "last_seq", "snoozed_until"):
        number = seq + 1
        if snoozed_until is not None:  # In no list of those who may take it.
            events.append(EventRow(pk, number, "woken", {}))
            number += 1
        events.append(EventRow(pk, number, "freed", {"name": person.name}))
    numbers = Case(When(snoozed_until=None, then=1), default=2)
    own.update(assigned_to=None, snoozed_until=None, last_seq=F("last_seq") + numbers)
    append_numbered(by, events)


def _free_resolved(by: Participant, person: Person) -> None:
    """Nobody could see them any more, nor keep them from being deleted by rule.

    There can be very many, and nothing of them changes for anybody who waits: no events.
    """
    own = Conversation.objects.filter(state=State.RESOLVED, assigned_to=person)
    if count := own.update(assigned_to=None):
        subject = f"person:{person.pk}"
        freed = {"conversations": count}
        trail.append([trail.Event(by.actor, "person.conversations-freed", subject, freed)])
