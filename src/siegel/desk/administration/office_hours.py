"""When clients can expect an answer."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.setting_forms import Line, Paragraphs, SettingForm
from siegel.desk.administration.setting_page import setting_page
from siegel.identity.models import Organisation, Person
from siegel.identity.office_hours import (
    NotHours,
    OfficeHours,
    as_stored,
    clock,
    dates_in,
    from_stored,
    is_open,
    next_opening,
    spans_in,
    week_in_words,
    zone_names,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Day(forms.CharField):
    """The spans of a weekday, one line; empty when it is closed."""

    def __init__(self, number: int) -> None:
        super().__init__(
            label=WEEKDAYS[number],
            required=False,
            max_length=120,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
        )

    def to_python(self, value: Any) -> str:
        """The same hours are always the same text."""
        try:
            spans = spans_in(super().to_python(value) or "")
        except NotHours as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans)


class ClosedDays(Paragraphs):
    """Dates, one a line."""

    def to_python(self, value: Any) -> str:
        try:
            dates = dates_in(super().to_python(value))
        except NotHours as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return "\n".join(sorted(date.isoformat() for date in dates))


class OfficeHoursForm(SettingForm):
    """The week, the days on which it does not hold, and a word beside it."""

    part = "hours"
    title = _("Weekly hours")
    names: ClassVar = dict.fromkeys(("zone", *DAYS, "closed"), "office_hours")
    more: ClassVar = {
        "zone": _(
            "When daylight saving time begins or ends, the hours stay those of the clock on your "
            "wall. Clients are told the next opening in their own time."
        ),
        "monday": _(
            "Several spans are separated by commas: 8:00–12:00, 13:00–17:30. A span ends on its "
            "day, at 24:00 at the latest; what goes on after midnight is written on the next day."
        ),
    }

    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name.replace("_", " ")) for name in zone_names()],
        help_text=_("The hours are those of a clock there."),
    )
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (Day(n) for n in range(7))
    closed = ClosedDays(
        label=_("Closed days"),
        required=False,
        help_text=_("Holidays and other days without anybody, one a line, like 2026-12-24."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    office_note = Line(
        label=_("A word beside the hours"),
        required=False,
        max_length=200,
        help_text=_("What the hours do not say, for instance “and by appointment”."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["monday"].help_text = _("Like 8:00–18:00; empty when closed.")

    @classmethod
    def read(cls) -> dict[str, Any]:
        organisation = Organisation.of_tenant()
        hours = from_stored(organisation.office_hours)
        week = {
            day: ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans)
            for day, spans in zip(DAYS, hours.days, strict=True)
        }
        closed = "\n".join(sorted(date.isoformat() for date in hours.closed))
        note = organisation.office_note
        return {"zone": hours.zone, **week, "closed": closed, "office_note": note}

    def store(self, changed: dict[str, Any], person: Person) -> None:
        given = self.cleaned_data
        hours = OfficeHours(
            given["zone"], tuple(spans_in(given[day]) for day in DAYS), dates_in(given["closed"])
        )
        stored = {"office_hours": as_stored(hours), "office_note": given["office_note"]}
        super().store(stored, person)


def _now(request: HttpRequest) -> dict[str, Any]:
    hours, now = from_stored(Organisation.of_tenant().office_hours), timezone.now()
    return {
        "hours": week_in_words(hours, get_language() or "de"),
        "is_open": is_open(hours, now),
        "opening": next_opening(hours, now),
    }


office_hours = setting_page(
    "desk:office-hours", "administration/office_hours.html", [OfficeHoursForm], _now
)
