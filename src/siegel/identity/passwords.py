"""The only way a password is set, whoever asks for it."""

import copy
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from siegel.identity.breaches import is_breached
from siegel.identity.common_passwords import common_passwords
from siegel.identity.models import Organisation, Person
from siegel.identity.password_policy import Objection, Policy, objections, rules
from siegel.identity.policies import audience_of, policy_of, remember_earlier, was_used
from siegel.identity.second_factors import has_second_factor
from siegel.tenancy.context import served


class SetMeanwhile(ValueError):
    """Another password was set since the person was read."""


def check(password: str, person: Person, *, with_earlier: bool = True) -> None:
    """Whether a person, who need not be stored yet, may have it.

    Each earlier password costs a hash, and a service may be asked whether it was stolen; without
    them, and without that, a page may ask while somebody types. Raises
    django's ValidationError with a sentence for each rule that it breaks.
    """
    policy = policy_of(audience_of(person.roles))
    found = against(password, person, policy)
    if with_earlier and not found and was_used(person, password, policy.history):
        raise ValidationError(_("You have used this password before."), code="used")
    if with_earlier and not found and policy.blocklist and is_breached(password):
        raise ValidationError(
            _("This password stands in a collection of stolen ones."), code="breached"
        )
    if found:
        raise ValidationError([ValidationError(text, code=code) for code, text in found])


def against(password: str, person: Person, policy: Policy) -> list[Objection]:
    """What a policy has against somebody's password, without asking for earlier ones."""
    return objections(
        password,
        policy,
        named=_named(person),
        has_second_factor=has_second_factor(person),
        common=common_passwords(),
    )


def set_password(person: Person, password: str) -> None:
    """Give somebody who is not stored yet a password; raises as `check` does."""
    check(password, person)
    person.set_password(password)


def with_password(person: Person, password: str) -> Person:
    """The person as they are with another password, for `replace_password`; raises as `check` does.

    Hashed here: it takes its time, and needs no lock.
    """
    check(password, person)
    changed = copy.copy(person)
    changed.set_password(password)
    return changed


def replace_password(person: Person, changed: Person) -> None:
    """Store what `with_password` made of a person. Within a write transaction.

    Raises SetMeanwhile if the password is another one by now.
    """
    if not Person.objects.filter(pk=person.pk, password=person.password).exists():
        raise SetMeanwhile
    remember_earlier(person, policy_of(audience_of(person.roles)).history)
    changed.save(update_fields=_differing(person, changed))


def rules_for(roles: Iterable[str]) -> list[str]:
    """What somebody with these roles is told before they choose a password."""
    return rules(policy_of(audience_of(roles)))


def rules_of(person: Person) -> list[str]:
    """What a person is told before they choose another one."""
    return rules(policy_of(audience_of(person.roles)), has_second_factor=has_second_factor(person))


class PolicyOfTenant:
    """Django's validator: whatever asks Django asks the organisation's policy."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raises as `check` does."""
        check(password, user or Person())

    def get_help_text(self) -> str:
        """The rules for somebody without any role."""
        return " ".join(rules_for([]))


def _differing(before: Person, after: Person) -> list[str]:
    """The columns that a new password has changed: what else was changed meanwhile stays."""
    return [
        field.attname
        for field in Person._meta.concrete_fields
        if getattr(before, field.attname) != getattr(after, field.attname)
    ]


def _named(person: Person) -> list[str]:
    names = Organisation.objects.values_list("name", flat=True)
    tenant = served()
    return [person.name, person.email, tenant.slug, tenant.host, "Siegel", *names]
