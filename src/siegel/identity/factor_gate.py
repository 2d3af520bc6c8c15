"""Whoever must have a second factor reaches nothing without it but the pages that set it up."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from siegel.identity.models import Person
from siegel.identity.second_factors import fulfils, is_short, need_of, session_of
from siegel.identity.step_up import CONFIRM
from siegel.refusals import is_asked_by_program, refused

SET_UP = "/account/factors/"
CODE = "second-factor"
_MARK = "second_factor_required"

View = Callable[..., HttpResponseBase]
V = Callable[..., HttpResponse]


def without_second_factor(view: V) -> V:
    """Mark a view as one that is reached by whoever still has to set a second factor up."""
    setattr(view, _MARK, False)
    return view


class SecondFactorRequired:
    """Leads whoever must have a second factor to the page for it; programs are told so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        """Before every view but those that strangers may see as well."""
        is_open = not getattr(view, "login_required", True) or not getattr(view, _MARK, True)
        if is_open or not isinstance(request.user, Person):
            return None
        if not is_short(request.user, session_of(request)):
            return None
        return _refuse(request, request.user)


def _refuse(request: HttpRequest, person: Person) -> HttpResponseBase:
    if is_asked_by_program(request):
        message = _("Your role needs a second factor. Set it up under my account.")
        return refused(403, CODE, message)
    if not fulfils(person, need_of(person)):
        return HttpResponseRedirect(SET_UP)
    asked = {"next": request.get_full_path()} if request.method == "GET" else {}
    return HttpResponseRedirect(f"{CONFIRM}?{urlencode(asked, safe='/')}" if asked else CONFIRM)
