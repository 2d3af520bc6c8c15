"""An organisation's rules for passwords: one policy for each audience, every version kept."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.auth.hashers import check_password
from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit import trail
from siegel.identity.models import (
    EarlierPassword,
    PasswordPolicyProposal,
    PasswordPolicyVersion,
    Person,
)
from siegel.identity.password_policy import (
    PRESETS,
    Audience,
    Policy,
    Preset,
    weakened,
)
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction


def audience_of(roles: Iterable[str]) -> Audience:
    """Whose policy somebody with these roles is under."""
    return Audience.ADMINISTRATOR if Role.ADMINISTRATOR in roles else Audience.ADVISER


def policy_of(audience: Audience) -> Policy:
    """What holds now; `nist-2025` until somebody decides otherwise."""
    return holding(audience).policy


class Holding(NamedTuple):
    """What holds now, as which version and since when; version 0, null: since ever."""

    policy: Policy
    version: int
    since: dt.datetime | None
    reason: str = ""


def holding(audience: Audience) -> Holding:
    """What `policy_of` returns, with its version."""
    newest = _newest_first(audience).first()
    if newest is None:
        return Holding(PRESETS[Preset.NIST_2025], 0, None)
    return Holding(as_policy(newest.knobs), newest.version, newest.at, newest.reason)


def stricter_since(audience: Audience) -> dt.datetime | None:
    """When a policy held for the first time that refuses what the one before accepted.

    Of those that do, the newest one counts; null: never. What only gives another reason, or
    accepts more, gives nobody more time.
    """
    newer: PasswordPolicyVersion | None = None
    for row in _newest_first(audience).iterator():
        if newer and weakened(as_policy(newer.knobs), as_policy(row.knobs)):
            return newer.at
        newer = row
    is_first_stricter = newer and weakened(as_policy(newer.knobs), PRESETS[Preset.NIST_2025])
    return newer.at if newer and is_first_stricter else None


def let_hold(
    actor: str,
    by: Person | None,
    audience: Audience,
    policy: Policy,
    *,
    reason: str = "",
    approved_by: Person | None = None,
) -> int:
    """Make the version that holds from now on. Inside a write transaction.

    Whatever waits for this audience was decided on another version, and is over.
    """
    old = holding(audience)
    made = PasswordPolicyVersion.objects.create(
        audience=audience,
        version=old.version + 1,
        knobs=dataclasses.asdict(policy),
        reason=reason,
        by=by,
        approved_by=approved_by,
        at=timezone.now(),
    )
    detail = {"version": made.version, **differences(old.policy, policy)}
    # Whoever proposed it, where somebody else, or the time that has passed, lets it hold.
    if by is not None and actor != f"person:{by.pk}":
        detail["person"] = str(by.pk)
    subject = f"password-policy:{audience}"
    events = [trail.Event(actor, "password-policy.changed", subject, detail)]
    waiting = PasswordPolicyProposal.objects.filter(audience=audience, ended_at=None)
    if waiting.update(ended_at=timezone.now()):
        over = {"version": old.version + 1}
        events.append(trail.Event(actor, "password-policy.withdrawn", subject, over))
    trail.append(events)
    return made.version


def differences(old: Policy, new: Policy) -> dict[str, dict[str, Any]]:
    """The knobs that differ, with what they were and what they will be.

    Of words their number, and the beginning of a digest that tells others from them.
    """
    names = [
        field.name
        for field in dataclasses.fields(Policy)
        if getattr(old, field.name) != getattr(new, field.name)
    ]
    return {
        "old": {name: _told(getattr(old, name)) for name in names},
        "new": {name: _told(getattr(new, name)) for name in names},
    }


def was_used(person: Person, password: str, history: int) -> bool:
    """Whether it is among somebody's newest passwords, the present one included; each is hashed."""
    if not history or person._state.adding:
        return False
    earlier = EarlierPassword.objects.filter(person=person).order_by("-pk")
    records = [person.password, *earlier.values_list("record", flat=True)[: history - 1]]
    return any(check_password(password, record) for record in records)


def remember_earlier(person: Person, history: int) -> None:
    """Keep the record of the password that is about to be replaced, and no more than asked for."""
    with write_transaction():
        if history:
            EarlierPassword.objects.create(person=person, record=person.password)
        kept = EarlierPassword.objects.filter(person=person).order_by("-pk")
        newest = list(kept.values_list("pk", flat=True)[: max(history - 1, 0)])
        kept.exclude(pk__in=newest).delete()


def as_policy(knobs: dict[str, Any]) -> Policy:
    """What is stored, as a policy."""
    return Policy(**knobs | {"words": tuple(knobs["words"])})


def _newest_first(audience: Audience) -> QuerySet[PasswordPolicyVersion]:
    return PasswordPolicyVersion.objects.filter(audience=audience).order_by("-version")


def _told(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    digest = hashlib.sha256("\n".join(sorted(value)).encode()).hexdigest()
    return f"{len(value)} ({digest[:16]})" if value else "0"
