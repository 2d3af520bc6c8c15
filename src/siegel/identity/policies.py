"""An organisation's rules for passwords: one policy for each audience, every version kept."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import check_password
from django.utils import timezone

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.models import EarlierPassword, PasswordPolicyVersion, Person
from siegel.identity.password_policy import (
    PRESETS,
    Audience,
    Policy,
    Preset,
    check_policy,
    weakened,
)
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction


class Weakens(ValueError):
    """The change accepts what was not accepted before; `fields` are the knobs that do."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(f"These would be weaker: {', '.join(fields)}.")
        self.fields = fields


def audience_of(roles: Iterable[str]) -> Audience:
    """Whose policy somebody with these roles is under."""
    return Audience.ADMINISTRATOR if Role.ADMINISTRATOR in roles else Audience.ADVISER


def policy_of(audience: Audience) -> Policy:
    """What holds now; `nist-2025` until somebody decides otherwise."""
    newest = newest_version(audience)
    return _from_stored(newest.knobs) if newest else PRESETS[Preset.NIST_2025]


def newest_version(audience: Audience) -> PasswordPolicyVersion | None:
    """The row of the policy that holds now; none if nobody has ever decided."""
    return PasswordPolicyVersion.objects.filter(audience=audience).order_by("-version").first()


def change(by: Person | None, audience: Audience, policy: Policy) -> int:
    """Let a policy hold from now on; returns the number of its version. None is the operator.

    Raises password_policy.RefusedPolicy, Weakens, and django's PermissionDenied if they are no
    administrator any more.
    """
    check_policy(policy)
    with write_transaction():
        actor = acting(by)
        newest, old = newest_version(audience), policy_of(audience)
        fields = [
            field.name
            for field in dataclasses.fields(Policy)
            if getattr(policy, field.name) != getattr(old, field.name)
        ]
        version = newest.version if newest else 0
        if not fields:
            return version
        if weaker := weakened(old, policy):
            raise Weakens(weaker)
        made = PasswordPolicyVersion.objects.create(
            audience=audience,
            version=version + 1,
            knobs=dataclasses.asdict(policy),
            by=by,
            at=timezone.now(),
        )
        detail = {"version": made.version, "fields": sorted(fields)}
        trail.append(
            [trail.Event(actor, "password-policy.changed", f"password-policy:{audience}", detail)]
        )
    return made.version


def was_used(person: Person, password: str, history: int) -> bool:
    """Whether it is among somebody's newest passwords, the present one included; each is hashed."""
    if not history or person._state.adding:
        return False
    earlier = EarlierPassword.objects.filter(person=person).order_by("-pk")
    records = [person.password, *earlier.values_list("record", flat=True)[: history - 1]]
    return any(check_password(password, record) for record in records)


def remember_earlier(person: Person, history: int) -> None:
    """Keep the record of the password that is about to be replaced, and no more than are asked for.

    A person who is not stored yet has none.
    """
    if person._state.adding:
        return
    with write_transaction():
        if history:
            EarlierPassword.objects.create(person=person, record=person.password)
        kept = EarlierPassword.objects.filter(person=person).order_by("-pk")
        newest = list(kept.values_list("pk", flat=True)[: max(history - 1, 0)])
        kept.exclude(pk__in=newest).delete()


def _from_stored(knobs: dict[str, Any]) -> Policy:
    return Policy(**knobs | {"words": tuple(knobs["words"])})
