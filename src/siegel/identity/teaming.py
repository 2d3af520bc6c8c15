"""Teams: creating, naming and deleting them, and who belongs to them."""

import uuid
from collections.abc import Iterable

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.models import Membership, Organisation, Person, Team
from siegel.identity.naming import TEAM_LENGTH, checked_name, folded
from siegel.identity.setting_changes import remember_change
from siegel.tenancy.writing import write_transaction

DEFAULT_TEAM = "default_team"


class NameTaken(ValueError):
    """Another team has this name already."""


def create_team(by: Person, name: str) -> Team:
    """Raises naming.RefusedName, NameTaken."""
    name = checked_name(name, TEAM_LENGTH)
    with write_transaction():
        actor = acting(by)
        _refuse_taken(name)
        team = Team.objects.create(name=name)
        trail.append([trail.Event(actor, "team.created", f"team:{team.pk}")])
    return team


def rename_team(by: Person, team: Team, name: str) -> None:
    """Raises naming.RefusedName, NameTaken, Team.DoesNotExist."""
    name = checked_name(name, TEAM_LENGTH)
    with write_transaction():
        actor = acting(by)
        team.refresh_from_db()
        if name != team.name:
            _refuse_taken(name, besides=team)
            team.name = name
            team.save(update_fields=["name"])
            trail.append([trail.Event(actor, "team.renamed", f"team:{team.pk}")])


def add_member(by: Person, team: Team, person: Person) -> None:
    """Add somebody to a team, if they are not in it. Raises Team.DoesNotExist."""
    with write_transaction():
        actor = acting(by)
        team.refresh_from_db()
        if not Membership.objects.filter(team=team, person=person).exists():
            join(actor, {(team.pk, person.pk)})


def remove_member(by: Person, team: Team, person: Person) -> None:
    """Take somebody out of a team, if they are in it."""
    with write_transaction():
        actor = acting(by)
        if Membership.objects.filter(team=team, person=person).exists():
            leave(actor, {(team.pk, person.pk)})


def set_teams(actor: str, person: Person, teams: Iterable[Team]) -> None:
    """Have a person in these teams and no others. Inside a write transaction."""
    before = set(Membership.objects.filter(person=person).values_list("team", flat=True))
    # Read again: one of them may have been deleted meanwhile.
    wanted = [team.pk for team in teams]
    after = set(Team.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    join(actor, {(team, person.pk) for team in after - before})
    leave(actor, {(team, person.pk) for team in before - after})


def delete_team(by: Person, team: Team, conversations: int) -> None:
    """Delete a team; `conversations` is how many have been made those of no team before.

    If new ones went to it, they go to everybody from now on. Inside a write transaction, on a team
    read within it.
    """
    if Organisation.of_tenant().default_team_id == team.pk:
        # The database would forget it silently: that it was decided is to be found afterwards.
        choose_default_team(by, None)
    detail = {"conversations": conversations}
    trail.append([trail.Event(acting(by), "team.deleted", f"team:{team.pk}", detail)])
    team.delete()


def choose_default_team(by: Person, team: Team | None) -> None:
    """Have new conversations go to a team, or to everybody. Raises Team.DoesNotExist."""
    with write_transaction():
        if team is not None:
            team.refresh_from_db()
        organisation = Organisation.of_tenant()
        if organisation.default_team_id == (team and team.pk):
            return
        organisation.default_team = team
        organisation.save(update_fields=["default_team"])
        actor = remember_change(DEFAULT_TEAM, by)
        detail = {"to": str(team.pk) if team else None}
        trail.append([trail.Event(actor, "team.default-changed", "organisation", detail)])


def join(actor: str, pairs: set[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Add people to teams, as (team, person). Inside a write transaction."""
    Membership.objects.bulk_create(
        Membership(team_id=team, person_id=person) for team, person in sorted(pairs)
    )
    trail.append(_told(actor, "team.member-added", pairs))


def leave(actor: str, pairs: set[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Take people out of teams, as (team, person). Inside a write transaction."""
    for team, person in pairs:
        Membership.objects.filter(team=team, person=person).delete()
    trail.append(_told(actor, "team.member-removed", pairs))


def _told(actor: str, action: str, pairs: set[tuple[uuid.UUID, uuid.UUID]]) -> list[trail.Event]:
    return [
        trail.Event(actor, action, f"team:{team}", {"person": str(person)})
        for team, person in sorted(pairs)
    ]


def _refuse_taken(name: str, besides: Team | None = None) -> None:
    """Inside a write transaction: there is nobody else who could take it meanwhile."""
    others = Team.objects.exclude(pk=besides.pk) if besides else Team.objects.all()
    if folded(name) in {folded(other) for other in others.values_list("name", flat=True)}:
        raise NameTaken
