"""The rail at the left edge: where somebody can go, and who they are."""

from typing import Any

from django.http import HttpRequest

from siegel.desk.permitted import person_of
from siegel.identity.models import Organisation
from siegel.identity.roles import Permission


def rail(request: HttpRequest, place: str) -> dict[str, Any]:
    """What desk/_rail.html needs; `place` is the part that is open."""
    person = person_of(request)
    return {
        "place": place,
        "person": person,
        "organisation": Organisation.of_tenant(),
        "may_read": person.may(Permission.CONVERSATION_READ),
        "may_see_settings": person.may(Permission.SETTINGS_READ),
    }
