"""What people are told about passwords on every page that they see signed in."""

from django import template
from django.template import Context

from siegel.identity.judging import Due, foretold
from siegel.identity.models import PasswordPolicyProposal, Person
from siegel.identity.weakening import announced

register = template.Library()


@register.simple_tag(takes_context=True)
def due_password(context: Context) -> Due | None:
    """By when whoever is signed in will have to choose another password."""
    person = context["request"].user
    return foretold(person) if isinstance(person, Person) else None


@register.simple_tag
def weaker_rules() -> list[PasswordPolicyProposal]:
    """The rules that will hold by themselves, and accept what is not accepted yet."""
    return announced()
