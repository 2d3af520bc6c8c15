"""Where the administration begins."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from siegel.desk.administration.checklist import checklist
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_titles import changed_last
from siegel.desk.permitted import permitted
from siegel.identity.models import Organisation
from siegel.identity.roles import Permission


@require_GET
@permitted(Permission.SETTINGS_READ)
def overview(request: HttpRequest) -> HttpResponse:
    """What is still to be done, and what was changed last."""
    context = checklist(Organisation.of_tenant()) | {"changed": changed_last()}
    return administration_page(
        request, "administration/overview.html", "desk:administration", context
    )
