"""What settings are called, for the list of what was changed last."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.chat import ChatForm, UploadsForm
from siegel.desk.administration.mail import MailForm
from siegel.desk.administration.office_hours import OfficeHoursForm
from siegel.desk.administration.organisation import LogoForm, OrganisationForm
from siegel.desk.administration.second_factors import FactorsForm
from siegel.identity.models import SettingChange
from siegel.identity.setting_changes import last_changes

PAGES = {
    OrganisationForm: "desk:organisation",
    LogoForm: "desk:organisation",
    OfficeHoursForm: "desk:office-hours",
    ChatForm: "desk:chat",
    UploadsForm: "desk:chat",
    FactorsForm: "desk:second-factors",
    MailForm: "desk:mail",
}
# By the setting's name: title, and the page on which it is changed if it is one of ours.
TITLES: dict[str, tuple[Any, str]] = {
    form.setting(field): (form.base_fields[field].label, address)
    for form, address in PAGES.items()
    for field in form.base_fields
} | {
    "languages": (_("Languages of the chat"), "desk:organisation"),
    "logo": (_("Logo"), "desk:organisation"),
    "office_hours": (_("Office hours"), "desk:office-hours"),
    "canned_replies": (_("Canned replies"), "desk:texts"),
    "labels": (_("Labels"), "desk:labels"),
    "default_team": (_("New conversations go to"), "desk:teams"),
    "figures_per_person": (_("Figures of single people"), "desk:figures"),
    "retention_days": (_("How long conversations are kept"), "desk:retention"),
    "decided.teams": (_("Decided: no teams"), "desk:teams"),
    "decided.retention": (_("Decided: conversations are kept"), "desk:retention"),
    "decided.files": (_("Decided: limits of files stay"), "desk:chat"),
}


class Changed(NamedTuple):
    """A setting that was changed."""

    title: Any
    address: str
    change: SettingChange


def changed_last() -> list[Changed]:
    """The ten settings that were changed last; one that is not known here has its bare name."""
    return [
        Changed(*TITLES.get(change.name, (change.name, "")), change) for change in last_changes(10)
    ]
