"""The one way in which pages of settings are shown, checked and saved."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_forms import SettingForm
from siegel.desk.permitted import View, permitted, person_of
from siegel.identity.roles import Permission


def check_may_change(request: HttpRequest) -> None:
    """Refuse (403) whoever may only read settings."""
    if not request.user.has_perm(Permission.SETTINGS_CHANGE):
        raise PermissionDenied


def setting_page(
    address: str,
    template: str,
    forms: list[type[SettingForm]],
    context: Callable[[HttpRequest], dict[str, Any]],
) -> View:
    """A view that shows the parts and saves the one that is posted.

    After saving it leads back to itself. What cannot be saved is answered with 422 and everything
    that was typed; `preview` shows what was typed and saves nothing.
    """

    @require_http_methods(["GET", "POST"])
    @permitted(Permission.SETTINGS_READ)
    def view(request: HttpRequest) -> HttpResponse:
        posted, status = None, 200
        is_preview = "preview" in request.POST
        if request.method == "POST":
            check_may_change(request)
            posted = _posted(request, forms)
            if not is_preview:
                if posted.save(person_of(request), request.POST.get("seen", "")):
                    return redirect(f"{reverse(address)}?saved={posted.part}#{posted.part}")
                status = 422
        parts = [
            posted if posted and kind is type(posted) else kind(initial=kind.read())
            for kind in forms
        ]
        around = {
            "parts": parts,
            "posted": posted,
            "is_preview": is_preview,
            "saved": request.GET.get("saved", ""),
        }
        return administration_page(request, template, address, around | context(request), status)

    return view


def _posted(request: HttpRequest, forms: list[type[SettingForm]]) -> SettingForm:
    kind = next((kind for kind in forms if kind.part == request.POST.get("part")), None)
    if kind is None:
        raise Http404
    return kind(request.POST, request.FILES, initial=kind.read())
