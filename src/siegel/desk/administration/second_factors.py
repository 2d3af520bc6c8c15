"""Which roles need a second factor besides those that always do."""

from typing import ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.people_forms import ROLE_NAMES
from siegel.desk.administration.setting_forms import SettingForm
from siegel.desk.administration.setting_page import setting_page
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.identity.second_factors import has_second_factor
from siegel.identity.step_up import stepped_up_to_change


class FactorsForm(SettingForm):
    """The organisation's own decision."""

    part = "factors"
    title = _("Who needs a second factor")
    more: ClassVar = {
        "factor_roles": _(
            "Whoever needs one and has none sets one up at the next page that they open, and "
            "reaches nothing else until then. Everybody else may have one."
        ),
    }

    factor_roles = forms.MultipleChoiceField(
        label=_("Besides administrators, who always do"),
        required=False,
        choices=[(role.value, ROLE_NAMES[role]) for role in (Role.ADVISER, Role.AUDITOR)],
        help_text=_("A passkey, or an authenticator app on a phone."),
        widget=forms.CheckboxSelectMultiple,
    )


def _without(_request: HttpRequest) -> dict[str, object]:
    active = Person.objects.filter(is_active=True)
    return {"without": sum(not has_second_factor(person) for person in active)}


second_factors = stepped_up_to_change(
    setting_page(
        "desk:second-factors", "administration/second_factors.html", [FactorsForm], _without
    )
)
