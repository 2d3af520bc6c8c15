"""The first steps of a new organisation, ticked off by what is so and not by what was clicked."""

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from siegel.desk.permitted import permitted, person_of
from siegel.identity.acting import acting
from siegel.identity.models import Invitation, Organisation, Person, SettingChange, Team
from siegel.identity.organisations import IMPRINT, PRIVACY_NOTICE
from siegel.identity.roles import Permission
from siegel.identity.setting_changes import note_change
from siegel.tenancy.writing import write_transaction

# Steps that are also done when somebody has decided to leave things as they are.
DECIDED = {"teams": "decided.teams", "retention": "decided.retention", "files": "decided.files"}


class Step(NamedTuple):
    """A step: its name, what is to be done and why, where, whether it is, and what may be kept."""

    name: str
    title: Any
    reason: Any
    address: str
    is_done: bool
    # The words of the button that decides to leave it as it is; empty: there is none.
    keep: Any = ""


def steps() -> list[Step]:
    """All steps, in the order in which they are sensible."""
    organisation = Organisation.of_tenant()
    default_imprint = IMPRINT.format(name=organisation.name).strip()
    changed = set(SettingChange.objects.values_list("name", flat=True))
    return [
        Step(
            "imprint",
            _("Name and imprint"),
            _("Clients want to know, and the law says, with whom they speak."),
            reverse("desk:organisation"),
            organisation.imprint.strip() not in {"", default_imprint},
        ),
        Step(
            "privacy",
            _("Privacy notice"),
            _("The one that stands there is a placeholder."),
            reverse("desk:organisation"),
            organisation.privacy_notice.strip() != PRIVACY_NOTICE.strip(),
        ),
        Step(
            "hours",
            _("Office hours"),
            _("Then the chat says when clients can expect an answer."),
            reverse("desk:office-hours"),
            bool(organisation.office_hours or organisation.office_note),
        ),
        Step(
            "pages",
            _("Pages that show the chat"),
            _("Without any, no client sees it."),
            reverse("desk:chat"),
            bool(organisation.page_origins),
        ),
        Step(
            "people",
            _("Invite somebody"),
            _("Who advises, who administers, who audits."),
            reverse("desk:people"),
            Invitation.objects.exists() or Person.objects.count() > 1,
        ),
        Step(
            "teams",
            _("Teams"),
            _("Free conversations of a team are seen by its members only."),
            reverse("desk:teams"),
            Team.objects.exists() or DECIDED["teams"] in changed,
            _("We work without teams"),
        ),
        Step(
            "retention",
            _("How long conversations are kept"),
            _("Resolved ones can be deleted after some time by themselves."),
            reverse("desk:retention"),
            bool(changed & {"retention_days", DECIDED["retention"]}),
            _("Keep them until somebody decides otherwise"),
        ),
        Step(
            "files",
            _("Files"),
            _("Which kinds, how large, how many."),
            reverse("desk:chat") + "#uploads",
            any(name.startswith("files.") for name in changed) or DECIDED["files"] in changed,
            _("Leave the limits as they are"),
        ),
    ]


def checklist(organisation: Organisation) -> dict[str, Any]:
    """What the overview shows of it."""
    found = steps()
    is_done = all(step.is_done for step in found)
    return {
        "steps": found,
        "done_count": sum(step.is_done for step in found),
        "is_checklist_done": is_done,
        "shows_checklist": not is_done and not organisation.checklist_away,
        "is_checklist_away": not is_done and organisation.checklist_away,
    }


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def decide(request: HttpRequest) -> HttpResponse:
    """Leave something as it is (`keep`), put the list away, or bring it back (`list`)."""
    person, keep, wanted = person_of(request), request.POST.get("keep"), request.POST.get("list")
    with write_transaction():
        if keep in DECIDED:
            note_change(DECIDED[keep], person)
        elif wanted in {"away", "back"}:
            acting(person)
            Organisation.objects.update(checklist_away=wanted == "away")
        else:
            raise Http404
    return redirect("desk:administration")
