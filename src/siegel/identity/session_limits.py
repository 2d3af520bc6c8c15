"""How long a session lasts: without use, and at all."""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

from siegel.identity.models import Person, Session
from siegel.identity.roles import Role


class Limits(NamedTuple):
    """`idle`: since it was used last; `absolute`: since the person signed in."""

    idle: dt.timedelta
    absolute: dt.timedelta


_HALF_A_DAY = dt.timedelta(hours=12)
# Advisers wait for answers; whoever sees settings or the trail has no reason to.
LIMITS = {
    Role.ADVISER: Limits(dt.timedelta(minutes=60), _HALF_A_DAY),
    Role.ADMINISTRATOR: Limits(dt.timedelta(minutes=30), _HALF_A_DAY),
    Role.AUDITOR: Limits(dt.timedelta(minutes=30), _HALF_A_DAY),
}
LONGEST_IDLE = max(each.idle for each in LIMITS.values())


def limits_of(person: Person) -> Limits:
    """The shortest of the person's roles; of all roles, for whoever has none."""
    found = [LIMITS[Role(role)] for role in person.roles] or list(LIMITS.values())
    return Limits(min(each.idle for each in found), min(each.absolute for each in found))


def is_over(session: Session) -> bool:
    """Whether a limit has passed; without a person there is only the one of its row."""
    now = timezone.now()
    if session.expire_date <= now:
        return True
    if session.person is None:
        return False
    limits = limits_of(session.person)
    return session.seen_at + limits.idle <= now or session.created_at + limits.absolute <= now
