"""The pages of the administration, and what every one of them shows around itself."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siegel.desk.rail import rail
from siegel.identity.roles import Permission


class Page(NamedTuple):
    """An entry of the navigation: the name of its address, its title, who may see it."""

    address: str
    title: str | Promise
    permission: Permission = Permission.SETTINGS_READ


PAGES = [
    Page("desk:administration", _("Overview")),
    Page("desk:people", _("People")),
    Page("desk:teams", _("Teams")),
    Page("desk:second-factors", _("Second factors")),
    Page("desk:password-rules", _("Passwords")),
    Page("desk:trail", _("Trail"), Permission.TRAIL_READ),
    Page("desk:retention", _("Deletion and holds")),
    Page("desk:organisation", _("Organisation")),
    Page("desk:office-hours", _("Office hours")),
    Page("desk:chat", _("Chat")),
    Page("desk:recognising", _("Recognising clients")),
    Page("desk:texts", _("Canned replies")),
    Page("desk:labels", _("Labels")),
    Page("desk:mail", _("E-mail")),
    Page("desk:figures", _("Figures")),
]


def administration_page(
    request: HttpRequest, template: str, address: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page that extends administration/layout.html, with `address` marked in it.

    Templates get `may_change`: without it they show what is set, and no way to change it.
    """
    pages = [page for page in PAGES if request.user.has_perm(page.permission)]
    around = rail(request, "administration") | {
        "pages": pages,
        "address": address,
        "title": next(page.title for page in PAGES if page.address == address),
        "may_change": request.user.has_perm(Permission.SETTINGS_CHANGE),
    }
    return render(request, template, around | context, status=status)
