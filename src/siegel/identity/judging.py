"""Whether somebody's password satisfies the rules of today, and until when it need not.

Only at a sign-in is the password there to be judged. What was found is kept with the person, so
that every other way in is told of it too.
"""

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from siegel.identity.models import Person
from siegel.identity.passwords import against
from siegel.identity.policies import audience_of, holding, stricter_since
from siegel.tenancy.writing import write_transaction

# So long before a password expires its owner is told.
FORETOLD = dt.timedelta(days=14)


class Reason(StrEnum):
    """Why another password must be chosen."""

    UNFIT = "unfit"
    EXPIRED = "expired"


class Due(NamedTuple):
    """By when another password must be chosen, and why."""

    at: dt.datetime
    why: Reason


def judge(person: Person, password: str) -> None:
    """Keep by when the person must choose another one; `password` is theirs. Costs no hash."""
    due = _due(person, password)
    found = {"password_due_at": due and due.at, "password_due_why": due.why if due else ""}
    if found == {name: getattr(person, name) for name in found}:
        return
    for name, value in found.items():
        setattr(person, name, value)
    with write_transaction():
        # Of another one, set meanwhile, nothing was found.
        Person.objects.filter(pk=person.pk, password=person.password).update(**found)


def must_choose(person: Person) -> bool:
    """Whether the person chooses another password before anything else."""
    return person.password_due_at is not None and person.password_due_at <= timezone.now()


def foretold(person: Person) -> Due | None:
    """By when the person will have to choose another one, if they should know it by now."""
    at = person.password_due_at
    if at is None or must_choose(person):
        return None
    due = Due(at, Reason(person.password_due_why))
    is_near = due.why == Reason.UNFIT or at - timezone.now() <= FORETOLD
    return due if is_near else None


def begin_grace(person: Person) -> None:
    """The person is under harder rules from now on: another role, or a second factor less.

    Inside a write transaction. Their password is judged when it is given next; that it was good
    until now gives it the time that a change of the rules would.
    """
    person.password_grace_from = timezone.now()
    person.save(update_fields=["password_grace_from"])


def _due(person: Person, password: str) -> Due | None:
    audience = audience_of(person.roles)
    rules = holding(audience)
    found = []
    if rules.policy.expiry_days:
        lasts = dt.timedelta(days=rules.policy.expiry_days)
        found.append(Due(person.password_set_at + lasts, Reason.EXPIRED))
    grace = rules.policy.grace_days
    if grace is not None and against(password, person, rules.policy):
        since = [stricter_since(audience), person.password_set_at, person.password_grace_from]
        began = max(moment for moment in since if moment is not None)
        found.append(Due(began + dt.timedelta(days=grace), Reason.UNFIT))
    return min(found, default=None)
