"""The only way a password is set, whoever asks for it."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from siegel.identity.common_passwords import common_passwords
from siegel.identity.models import Organisation, Person
from siegel.identity.password_policy import objections, rules
from siegel.identity.policies import audience_of, policy_of, remember_earlier, was_used
from siegel.tenancy.context import served


def check(password: str, person: Person) -> None:
    """Whether a person, who need not be stored yet, may have it.

    Raises django's ValidationError with a sentence for each rule that it breaks.
    """
    policy = policy_of(audience_of(person.roles))
    found = objections(password, policy, named=_named(person), common=common_passwords())
    if not found and was_used(person, password, policy.history):
        raise ValidationError(_("You have used this password before."), code="used")
    if found:
        raise ValidationError([ValidationError(text, code=code) for code, text in found])


def set_password(person: Person, password: str) -> None:
    """Give a person a password, without storing the person; raises as `check` does."""
    check(password, person)
    remember_earlier(person, policy_of(audience_of(person.roles)).history)
    person.set_password(password)


def rules_for(roles: Iterable[str]) -> list[str]:
    """What somebody with these roles is told before they choose a password."""
    return rules(policy_of(audience_of(roles)))


class PolicyOfTenant:
    """Django's validator: whatever asks Django asks the organisation's policy."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raises as `check` does."""
        check(password, user or Person())

    def get_help_text(self) -> str:
        """The rules for somebody without any role."""
        return " ".join(rules_for([]))


def _named(person: Person) -> list[str]:
    names = Organisation.objects.values_list("name", flat=True)
    tenant = served()
    return [person.name, person.email, tenant.slug, tenant.host, "Siegel", *names]
