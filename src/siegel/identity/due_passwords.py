"""Who must choose another password does so before anything else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from siegel.identity.judging import must_choose
from siegel.identity.models import Person
from siegel.identity.second_factors import is_short, session_of
from siegel.refusals import is_asked_by_program, refused

PAGE = "desk:account-password"
# What is open meanwhile besides what is open to everybody.
OPEN = {PAGE, "desk:judge-my-password", "account_logout"}


class PasswordsFirst:
    """Leads to the page on which another password is chosen; a program is told so (403)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_arguments: Any
    ) -> HttpResponse | None:
        """Refuse, or nothing: the view answers."""
        person = request.user
        if not isinstance(person, Person) or not must_choose(person):
            return None
        if is_short(person, session_of(request)):
            return None  # The second factor comes first: siegel.identity.factor_gate.
        match = request.resolver_match
        if not getattr(view, "login_required", True) or (match and match.view_name in OPEN):
            return None
        if is_asked_by_program(request):
            return refused(
                403,
                "password-due",
                _("Please choose another password first. What you wrote is kept."),
                page=reverse(PAGE),
            )
        there = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse(PAGE)}{there and '?'}{there}")
