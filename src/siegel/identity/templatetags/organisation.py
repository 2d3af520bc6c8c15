"""What templates of every room show of the organisation."""

from typing import NamedTuple

from django import template

from siegel.identity.logos import logo_of_tenant
from siegel.identity.models import Logo, Organisation

register = template.Library()


class Shown(NamedTuple):
    """Name and sign; a tenant that is being set up has no name yet."""

    name: str
    logo: Logo | None


@register.simple_tag
def organisation_shown() -> Shown:
    """The organisation as its pages name it."""
    organisation = Organisation.objects.first()
    return Shown(organisation.name if organisation else "", logo_of_tenant())
