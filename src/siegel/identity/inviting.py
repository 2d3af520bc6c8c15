"""Invitations: a link that works once and for a week makes somebody a person.

A token has 256 bits of chance, so guessing needs no limit, and a password is hashed only for a
token that holds. An invitation may have several links, one that was handed over and one that was
mailed: the first that is used ends them all.
"""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from siegel.audit import trail
from siegel.identity import mailing, tokens
from siegel.identity.acting import acting
from siegel.identity.addresses import check_address
from siegel.identity.mailing import Notice
from siegel.identity.models import Invitation, Person, Team
from siegel.identity.naming import PERSON_LENGTH, checked_name
from siegel.identity.people import AddressTaken, add_person, prepare_person
from siegel.identity.roles import Role
from siegel.identity.teaming import join
from siegel.identity.tokens import Kind, NotHeld
from siegel.tenancy.writing import write_transaction

VALID = dt.timedelta(days=7)


class AlreadyInvited(ValueError):
    """An invitation to this address is pending."""


class Ended(LookupError):
    """The invitation was accepted or withdrawn meanwhile."""


def invite(
    by: Person, *, name: str, email: str, roles: Iterable[Role], teams: Iterable[Team]
) -> str:
    """Invite somebody, by mail too if there is a server; returns the token of a link to hand over.

    Raises naming.RefusedName, django's ValidationError for a malformed address,
    people.AddressTaken, AlreadyInvited.
    """
    name, email = checked_name(name, PERSON_LENGTH), email.strip().lower()
    check_address(email)
    with write_transaction():
        actor = acting(by)
        if Person.objects.filter(email__iexact=email).exists():
            raise AddressTaken
        if Invitation.objects.filter(email=email, ended_at=None).exists():
            raise AlreadyInvited
        invitation = Invitation.objects.create(
            email=email,
            name=name,
            roles=sorted(roles),
            teams=sorted(str(team.pk) for team in teams),
            invited_by=by,
            expires_at=timezone.now() + VALID,
        )
        _note(actor, "person.invited", invitation, roles=invitation.roles, teams=invitation.teams)
        write_to(Notice.INVITATION, invitation)
        return issue_token(invitation)


def renew(by: Person, identifier: uuid.UUID) -> tuple[Invitation, str]:
    """Give an invitation another week and another token: the old ones are dead. Raises Ended."""
    with write_transaction():
        actor = acting(by)
        invitation = _pending(identifier)
        _end_tokens(invitation)
        invitation.digest = None
        invitation.expires_at = timezone.now() + VALID
        # Whoever renews it answers for it from now on.
        invitation.invited_by = by
        invitation.reminded = 0
        invitation.save(update_fields=["digest", "expires_at", "invited_by", "reminded"])
        _note(actor, "invitation.renewed", invitation)
        write_to(Notice.INVITATION, invitation)
        return invitation, issue_token(invitation)


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
    pending = Invitation.objects.filter(ended_at=None, expires_at__gt=timezone.now())
    if token.startswith("sgl_"):
        row = tokens.find(Kind.INVITATION, token)
        found = pending.filter(pk=row.scope["invitation"]).first()
    else:
        # A link from before they had this form: it holds for the rest of its week.
        found = pending.filter(digest=_earlier_digest(token)).first()
    if found is None:
        raise NotHeld
    return found


def issue_token(invitation: Invitation) -> str:
    """One more token for a pending invitation, for what is left of its week."""
    left = invitation.expires_at - timezone.now()
    return tokens.issue(Kind.INVITATION, scope={"invitation": str(invitation.pk)}, lifetime=left)


def write_to(kind: Notice, invitation: Invitation) -> None:
    """Write to whoever is invited, if there is a mail server."""
    # In the language of whoever invites: nobody knows another one of the invited.
    language = translation.get_language() or "en"
    context = {"invitation": str(invitation.pk), "expires_at": invitation.expires_at.isoformat()}
    mailing.send(kind, invitation.email, language, context=context)


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
        if token.startswith("sgl_"):
            tokens.use(tokens.find(Kind.INVITATION, token))
        invitation.ended_at = timezone.now()
        invitation.save(update_fields=["ended_at"])
        _end_tokens(invitation)
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
        _end_tokens(invitation)
        _note(actor, "invitation.withdrawn", invitation)


def _end_tokens(invitation: Invitation) -> None:
    tokens.end_all(Kind.INVITATION, invitation=str(invitation.pk))


def _note(actor: str, action: str, invitation: Invitation, **detail: list[str]) -> None:
    trail.append([trail.Event(actor, action, f"invitation:{invitation.pk}", detail)])


def _earlier_digest(token: str) -> str:
    return salted_hmac("siegel.invitation", token, algorithm="sha256").hexdigest()
