"""Invitations: a link that works once and for a week makes somebody a person.

A token has 256 bits of chance, so guessing needs no limit, and a password is hashed only for a
token that holds.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable

from django.core.validators import validate_email
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.models import Invitation, Person, Team
from siegel.identity.naming import PERSON_LENGTH, checked_name
from siegel.identity.people import AddressTaken, add_person, prepare_person
from siegel.identity.roles import Role
from siegel.identity.teaming import join
from siegel.tenancy.writing import write_transaction

VALID = dt.timedelta(days=7)


class NotHeld(LookupError):
    """A token that is unknown, used, expired or withdrawn; nobody can tell which."""


class AlreadyInvited(ValueError):
    """An invitation to this address is pending."""


class Ended(LookupError):
    """The invitation was accepted or withdrawn meanwhile."""


def invite(
    by: Person, *, name: str, email: str, roles: Iterable[Role], teams: Iterable[Team]
) -> str:
    """Invite somebody; returns the token, of which only a keyed digest is kept.

    Raises naming.RefusedName, django's ValidationError for a malformed address,
    people.AddressTaken, AlreadyInvited.
    """
    name, email = checked_name(name, PERSON_LENGTH), email.strip().lower()
    validate_email(email)
    token, now = secrets.token_urlsafe(32), timezone.now()
    with write_transaction():
        actor = acting(by)
        if Person.objects.filter(email__iexact=email).exists():
            raise AddressTaken
        if Invitation.objects.filter(email=email, ended_at=None).exists():
            raise AlreadyInvited
        invitation = Invitation.objects.create(
            digest=_digest(token),
            email=email,
            name=name,
            roles=sorted(roles),
            teams=sorted(str(team.pk) for team in teams),
            invited_by=by,
            expires_at=now + VALID,
        )
        _note(actor, "person.invited", invitation, roles=invitation.roles, teams=invitation.teams)
    return token


def renew(by: Person, identifier: uuid.UUID) -> tuple[Invitation, str]:
    """Give an invitation another week and another token: the old one is dead. Raises Ended."""
    token = secrets.token_urlsafe(32)
    with write_transaction():
        actor = acting(by)
        invitation = _pending(identifier)
        invitation.digest = _digest(token)
        invitation.expires_at = timezone.now() + VALID
        # Whoever renews it answers for it from now on.
        invitation.invited_by = by
        invitation.save(update_fields=["digest", "expires_at", "invited_by"])
        _note(actor, "invitation.renewed", invitation)
    return invitation, token


def withdraw(by: Person, identifier: uuid.UUID) -> None:
    """End an invitation. Raises Ended."""
    with write_transaction():
        _end(acting(by), [_pending(identifier)])


def withdraw_all_of(actor: str, person: Person) -> None:
    """End what somebody has invited who is no administrator any more.

    Inside a write transaction. Otherwise a leaver could come back by a link of their own.
    """
    _end(actor, Invitation.objects.filter(invited_by=person, ended_at=None))


def invitation_of(token: str) -> Invitation:
    """The invitation that a token opens; raises NotHeld."""
    found = Invitation.objects.filter(
        digest=_digest(token), ended_at=None, expires_at__gt=timezone.now()
    ).first()
    if found is None:
        raise NotHeld
    return found


def accept(token: str, password: str) -> Person:
    """Make the invited one a person, in their teams.

    Raises NotHeld, django's ValidationError for a weak password, people.AddressTaken.
    """
    invited = invitation_of(token)
    roles = [Role(role) for role in invited.roles]
    person = prepare_person(name=invited.name, email=invited.email, password=password, roles=roles)
    with write_transaction():
        # Of two browsers that accept at once the second one finds it ended here.
        invitation = invitation_of(token)
        actor = f"person:{person.pk}"
        add_person(person, actor, invitation=str(invitation.pk))
        teams = Team.objects.filter(pk__in=invitation.teams).values_list("pk", flat=True)
        join(actor, {(team, person.pk) for team in teams})
        invitation.ended_at = timezone.now()
        invitation.save(update_fields=["ended_at"])
    return person


def _pending(identifier: uuid.UUID) -> Invitation:
    found = Invitation.objects.filter(pk=identifier, ended_at=None).first()
    if found is None:
        raise Ended
    return found


def _end(actor: str, invitations: Iterable[Invitation]) -> None:
    for invitation in invitations:
        invitation.ended_at = timezone.now()
        invitation.save(update_fields=["ended_at"])
        _note(actor, "invitation.withdrawn", invitation)


def _note(actor: str, action: str, invitation: Invitation, **detail: list[str]) -> None:
    trail.append([trail.Event(actor, action, f"invitation:{invitation.pk}", detail)])


def _digest(token: str) -> str:
    return salted_hmac("siegel.invitation", token, algorithm="sha256").hexdigest()
