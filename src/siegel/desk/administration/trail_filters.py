"""What somebody asks of the trail: the fields of its form as a question to siegel.audit.reading."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from siegel.audit.reading import Area, Wanted
from siegel.desk.administration.written_forms import WrittenForm
from siegel.identity.zones import beginning_of, zone_named

# Longer than every identifier that a row may have.
_LONGEST = 80
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
_identifier = RegexValidator(r"\A[\w:.-]*\Z", _("This is no identifier of the trail."))


class TrailFilters(WrittenForm):
    """The filters; every field may be empty. Dates are days in `zone`, the browser's."""

    who = forms.CharField(
        label=_("Who"), max_length=_LONGEST, required=False, validators=[_identifier]
    )
    area = forms.ChoiceField(
        label=_("Area"), choices=[("", "")] + [(a, a) for a in Area], required=False
    )
    action = forms.CharField(
        label=_("What"), max_length=_LONGEST, required=False, validators=[_identifier]
    )
    subject = forms.CharField(
        label=_("Identifier (conversation, file, person)"),
        max_length=_LONGEST,
        required=False,
        validators=[_identifier],
    )
    since = forms.DateField(label=_("From"), required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(
        label=_("Up to and including"), required=False, input_formats=["%Y-%m-%d"]
    )
    messages = forms.BooleanField(required=False)
    zone = forms.CharField(max_length=_LONGEST, required=False)

    def clean_subject(self) -> str:
        """People copy identifiers as they find them: in capitals, in an address, with a prefix."""
        subject: str = self.cleaned_data["subject"]
        try:
            return str(uuid.UUID(subject.removeprefix("conversation:")))
        except ValueError:
            return subject

    def clean_zone(self) -> str:
        """UTC, which the page then says, for a zone that nobody knows."""
        return zone_named(self.cleaned_data["zone"]).key

    def clean(self) -> dict[str, Any]:
        """The end is no earlier than the beginning."""
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first one."))
        return given

    @property
    def wanted(self) -> Wanted:
        """The question; only of a form that is valid."""
        given = self.cleaned_data
        zone = zone_named(given["zone"])
        return Wanted(
            actor=given["who"],
            area=Area(given["area"]) if given["area"] else None,
            action=given["action"],
            subject=given["subject"],
            since=_midnight(given["since"], zone, 0),
            until=_midnight(given["until"], zone, 1),
            messages=given["messages"],
        )

    @property
    def facts(self) -> dict[str, Any]:
        """Which filters are set, as the trail keeps them: identifiers and days, no content."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if not {"since", "until"} & set(given):
            given.pop("zone", None)
        return {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in given.items()
        }


def _midnight(day: dt.date | None, zone: ZoneInfo, later: int) -> dt.datetime | None:
    """When a day (or that many days later) begins in a zone; None for no day."""
    if day is None:
        return None
    try:
        return beginning_of(day + dt.timedelta(days=later), zone)
    except OverflowError:
        # Before the first year or after the last: no row is there, whatever the bound.
        return _LAST if day.year > 1 else _FIRST
