"""Figures: totals for those who may read settings, single people only if the organisation says so.

In Germany such figures are subject to codetermination (BetrVG section 87): hence a switch that is
off at first, names what it shows before it is turned on, and is in the trail.
"""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from siegel.conversations.figures import Totals, of_people, totals
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_page import check_may_change
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import Organisation, Person
from siegel.identity.office_hours import from_stored
from siegel.identity.roles import Permission
from siegel.identity.setting_changes import note_change, who_changed
from siegel.tenancy.writing import write_transaction

ADDRESS = "desk:figures"
SETTING = "figures_per_person"


class SwitchForm(forms.Form):
    """Turning the figures of single people on, knowingly."""

    confirmed = forms.BooleanField(
        label=_("I have read what becomes visible, and those who have a say in it have agreed."),
        error_messages={
            "required": _("Nothing was changed. Confirm first that this was agreed upon.")
        },
    )


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_READ)
def figures(request: HttpRequest) -> HttpResponse:
    """The numbers, and the works council's switch."""
    form, status = SwitchForm(), 200
    if request.method == "POST":
        check_may_change(request)
        is_on = request.POST.get("switch") == "on"
        form = SwitchForm(request.POST)
        if not is_on or form.is_valid():
            switch(person_of(request), is_on=is_on)
            return redirect("/administration/figures/")
        status = 422
    return administration_page(
        request, "administration/figures.html", ADDRESS, _shown() | {"form": form}, status
    )


def switch(person: Person, *, is_on: bool) -> None:
    """Show the figures of single people, or hide them; doing it twice is noted once."""
    with write_transaction():
        organisation = Organisation.of_tenant()
        if organisation.figures_per_person == is_on:
            return
        organisation.figures_per_person = is_on
        organisation.save(update_fields=["figures_per_person"])
        note_change(SETTING, person, on=int(is_on))


def _shown() -> dict[str, Any]:
    organisation = Organisation.of_tenant()
    zone = from_stored(organisation.office_hours).zone
    found = totals(zone)
    return {
        "totals": found,
        "days": _bars(found),
        "zone": zone,
        "waited": _told(found.first_answers.median),
        "is_per_person": organisation.figures_per_person,
        "people": of_people() if organisation.figures_per_person else [],
        "change": who_changed([SETTING]).get(SETTING),
    }


def _bars(found: Totals) -> list[dict[str, Any]]:
    """The days with the widths of their bars, in hundredths of the largest number."""
    most = max(found.most, 1)
    return [
        {
            "day": day,
            "begun_width": round(100 * day.begun / most),
            "resolved_width": round(100 * day.resolved / most),
        }
        for day in found.days
    ]


def _told(wait: dt.timedelta | None) -> str:
    """A time to wait in the two largest units that say something; empty for none."""
    if wait is None:
        return ""
    seconds = int(wait.total_seconds())
    if seconds < 60:
        return gettext("%(s)d s") % {"s": seconds}
    if seconds < 3600:
        return gettext("%(m)d min %(s)d s") % {"m": seconds // 60, "s": seconds % 60}
    return gettext("%(h)d h %(m)d min") % {"h": seconds // 3600, "m": seconds % 3600 // 60}
