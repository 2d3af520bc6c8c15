"""Changing people: their names, roles and teams, and whether they may sign in.

What becomes of their conversations is decided above, in conversations.leaving, which calls this.
"""

from collections.abc import Iterable

from siegel.audit import trail
from siegel.identity import inviting, weakening
from siegel.identity.acting import acting
from siegel.identity.alarms import alarm_if_one_is_left
from siegel.identity.ending_sessions import end_everywhere
from siegel.identity.judging import begin_grace
from siegel.identity.models import Person, Team
from siegel.identity.naming import PERSON_LENGTH, checked_name
from siegel.identity.policies import audience_of
from siegel.identity.roles import Permission, Role
from siegel.identity.teaming import set_teams
from siegel.tenancy.writing import write_transaction


class LastAdministrator(ValueError):
    """Without this person nobody could administer the organisation any more."""


class ChangedMeanwhile(ValueError):
    """Somebody else has changed the person since they were looked at."""


class Oneself(ValueError):
    """Nobody deactivates themselves."""


def standing(person: Person) -> str:
    """A person's roles, teams and name, as a text to compare: what a change was decided on."""
    teams = sorted(str(pk) for pk in person.teams.values_list("pk", flat=True))
    return " ".join([*sorted(person.roles), *teams, person.name])


def change_person(
    by: Person,
    person: Person,
    *,
    name: str,
    roles: Iterable[Role],
    teams: Iterable[Team],
    expected: str | None = None,
) -> Person:
    """Give somebody a name, roles and teams; returns them as they are now.

    `expected` is the `standing` that was decided on, if it was: what another administrator has
    taken since must not come back by a form that was open. Raises naming.RefusedName,
    LastAdministrator, ChangedMeanwhile.
    """
    name = checked_name(name, PERSON_LENGTH)
    with write_transaction():
        actor = acting(by)
        person = Person.objects.get(pk=person.pk)
        if expected is not None and standing(person) != expected:
            raise ChangedMeanwhile
        before = (person.name, person.roles)
        person.name, person.roles = name, sorted(roles)
        _keep_an_administrator(person)
        if before != (person.name, person.roles):
            person.save(update_fields=["name", "roles"])
            _note(actor, "person.changed", person, roles=person.roles)
        if audience_of(before[1]) != audience_of(person.roles):
            begin_grace(person)
        if not person.may(Permission.SETTINGS_CHANGE):
            _withdraw_all_of(actor, person)
            if Role.ADMINISTRATOR in before[1]:
                alarm_if_one_is_left()
        set_teams(actor, person, teams)
    return person


def deactivate(by: Person, person: Person) -> Person:
    """End all sessions of somebody, who signs in no more; sockets notice it within 5 seconds.

    Whoever does it stays, so that an administrator does. Raises Oneself.
    """
    if by.pk == person.pk:
        raise Oneself
    with write_transaction():
        actor = acting(by)
        person = Person.objects.get(pk=person.pk)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            end_everywhere(person)
            _withdraw_all_of(actor, person)
            _note(actor, "person.deactivated", person)
            if Role.ADMINISTRATOR in person.roles:
                alarm_if_one_is_left()
    return person


def reactivate(by: Person, person: Person) -> Person:
    """Let somebody sign in again, with the roles and teams that they had."""
    with write_transaction():
        actor = acting(by)
        person = Person.objects.get(pk=person.pk)
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            _note(actor, "person.reactivated", person, roles=person.roles)
    return person


def _keep_an_administrator(changed: Person) -> None:
    """Inside a write transaction, so that of two who leave at once the second one stays."""
    others = Person.objects.filter(is_active=True).exclude(pk=changed.pk)
    if not any(person.may(Permission.SETTINGS_CHANGE) for person in [changed, *others]):
        raise LastAdministrator


def _withdraw_all_of(actor: str, person: Person) -> None:
    inviting.withdraw_all_of(actor, person)
    weakening.withdraw_all_of(actor, person)


def _note(actor: str, action: str, person: Person, **detail: list[str]) -> None:
    trail.append([trail.Event(actor, action, f"person:{person.pk}", detail)])
