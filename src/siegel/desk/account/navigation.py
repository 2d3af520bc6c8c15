"""The pages on which people look after their own account, and what each shows around itself."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siegel.desk.rail import rail


class Page(NamedTuple):
    """An entry of the navigation: the name of its address, and its title."""

    address: str
    title: str | Promise


# Of everybody who signs in, whatever their role: each page shows only what is theirs.
PAGES = [
    Page("desk:my-factors", _("Second factors")),
    Page("desk:account-password", _("Password")),
    Page("desk:my-devices", _("Devices")),
]


def account_page(
    request: HttpRequest, template: str, address: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page that extends my_account/layout.html, with `address` marked in it."""
    around = rail(request, "account") | {
        "pages": PAGES,
        "address": address,
        "title": next(page.title for page in PAGES if page.address == address),
    }
    return render(request, template, around | context, status=status)
