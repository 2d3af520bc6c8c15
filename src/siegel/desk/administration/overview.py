"""Where the administration begins."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from siegel.desk.administration.navigation import administration_page
from siegel.desk.permitted import permitted
from siegel.identity.roles import Permission


@require_GET
@permitted(Permission.SETTINGS_READ)
def overview(request: HttpRequest) -> HttpResponse:
    """What can be decided here."""
    return administration_page(request, "administration/overview.html", "desk:administration", {})
