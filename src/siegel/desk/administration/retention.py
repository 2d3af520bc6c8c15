"""Deletion and holds: the one rule, what it will delete next, and what is kept from it."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from siegel.audit.reading import newest
from siegel.conversations.holding import holds, lift
from siegel.conversations.retention import (
    LONGEST_DAYS,
    RULE,
    SHORTEST_DAYS,
    RefusedRule,
    due,
    set_rule,
)
from siegel.desk.administration.navigation import administration_page
from siegel.desk.participants import absent_is_404
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import Organisation, SettingChange
from siegel.identity.roles import Permission
from siegel.identity.step_up import stepped_up

ADDRESS = "desk:retention"
HOLDS_OF_PAGE = 50


@require_GET
@permitted(Permission.SETTINGS_READ)
def retention(request: HttpRequest) -> HttpResponse:
    """The rule, its last run, and the holds, without any content."""
    return _page(request)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def change_rule(request: HttpRequest) -> HttpResponse:
    """Ask first, with the number of conversations that the next run will delete; then set it."""
    wanted = request.POST.get("days", "").strip()
    try:
        days = _days(wanted)
    except RefusedRule:
        return _page(request, wanted=wanted, is_refused=True)
    if request.POST.get("confirmed") == "yes":
        set_rule(person_of(request), days)
        return redirect(ADDRESS)
    context = {"days": days, "wanted": wanted, "number": due(days).count() if days else 0}
    return administration_page(request, "administration/retention_rule.html", ADDRESS, context)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def lift_hold(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """The rule holds for the conversation again."""
    with absent_is_404():
        lift(person_of(request), identifier)
    return redirect(ADDRESS)


def _page(
    request: HttpRequest, wanted: str | None = None, is_refused: bool = False
) -> HttpResponse:
    days = Organisation.of_tenant().retention_days
    context = {
        "days": days,
        "wanted": wanted if wanted is not None else days or "",
        "is_refused": is_refused,
        "shortest": SHORTEST_DAYS,
        "longest": LONGEST_DAYS,
        "number": due(days).count() if days else 0,
        "change": SettingChange.objects.select_related("by").filter(pk=RULE).first(),
        "last_run": newest("retention.ran"),
        "holds": Paginator(holds(), HOLDS_OF_PAGE).get_page(request.GET.get("page")),
    }
    status = 422 if is_refused else 200
    return administration_page(request, "administration/retention.html", ADDRESS, context, status)


def _days(wanted: str) -> int | None:
    """A number of days, None for an empty field; raises RefusedRule."""
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(LONGEST_DAYS))):
        raise RefusedRule
    days = int(wanted)
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise RefusedRule
    return days
