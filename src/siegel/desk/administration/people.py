"""Who works here: inviting people, changing them, and switching them off and on."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from siegel.conversations import leaving
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.people_forms import ROLE_NAMES, InvitationForm, PersonForm
from siegel.desk.permitted import permitted, permitted_to_change, person_of
from siegel.identity import factor_changes, inviting, mailing, resetting, staffing
from siegel.identity.ending_sessions import sessions_of
from siegel.identity.models import Invitation, Organisation, Person, Presence, Team
from siegel.identity.naming import RefusedName, folded
from siegel.identity.people import AddressTaken
from siegel.identity.roles import Permission, Role
from siegel.identity.second_factors import factors_of
from siegel.identity.step_up import ask_to_prove, is_proved, stepped_up, stepped_up_to_change

SHOWN = 200


@require_http_methods(["GET", "POST"])
@permitted_to_change
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, whoever is invited, and the form to invite somebody else.

    A new link is in the answer to the form itself: its token is stored nowhere, so that no page
    that comes afterwards could show it.
    """
    if request.method != "POST":
        return _people(request, InvitationForm(initial={"roles": [Role.ADVISER]}))
    if "renew" in request.POST:
        return _renew(request)
    form = InvitationForm(request.POST)
    if form.is_valid():
        if not is_proved(request):
            return ask_to_prove(request)
        try:
            token = inviting.invite(person_of(request), **form.cleaned_data)
        except RefusedName:
            form.add_error("name", _("This name cannot be taken. Please check it."))
        except AddressTaken:
            form.add_error("email", _("Somebody has this e-mail address already."))
        except inviting.AlreadyInvited:
            form.add_error(
                "email", _("This address is invited already. Renew or withdraw that invitation.")
            )
        else:
            return _with_link(request, token, form.cleaned_data["name"])
    return _people(request, form, status=422)


@require_http_methods(["GET", "POST"])
@permitted_to_change
@stepped_up_to_change
def person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """One of them: name, roles and teams."""
    shown = get_object_or_404(Person, pk=person)
    if request.method != "POST":
        given = {"name": shown.name, "roles": shown.roles, "teams": list(shown.teams.all())}
        return _person(request, shown, PersonForm(initial=given))
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            expected = request.POST.get("expected")
            leaving.change_person(person_of(request), shown, **form.cleaned_data, expected=expected)
        except RefusedName:
            form.add_error("name", _("This name cannot be taken. Please check it."))
        except staffing.LastAdministrator:
            form.add_error(
                "roles",
                _("Nobody else administers this organisation. Make somebody else one first."),
            )
        except staffing.ChangedMeanwhile:
            return redirect_with("person-changed-meanwhile", "desk:person", shown.pk)
        else:
            return redirect_with("person-changed", "desk:person", shown.pk)
    return _person(request, shown, form, status=422)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def deactivate(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Sign somebody out everywhere, for as long as it takes."""
    shown = get_object_or_404(Person, pk=person)
    try:
        leaving.deactivate(person_of(request), shown)
    except staffing.Oneself:
        return redirect_with("oneself", "desk:person", shown.pk)
    return redirect_with("person-deactivated", "desk:person", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def reset(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Have somebody choose another password; nobody else chooses it for them (ASVS 6.4.6).

    Where mail is sent, the link goes to them alone; otherwise it is shown once, to be handed over.
    """
    return _reset(request, get_object_or_404(Person, pk=person), "reset-sent")


def _reset(request: HttpRequest, shown: Person, done: str) -> HttpResponse:
    expected = request.POST.get("expected", staffing.standing(shown))
    try:
        token = resetting.start(person_of(request), shown)
    except resetting.SwitchedOff:
        return redirect_with("reset-switched-off", "desk:person", shown.pk)
    if not token:
        return redirect_with(done, "desk:person", shown.pk)
    link = request.build_absolute_uri(reverse("desk:reset")) + f"#{token}"
    given = {"name": shown.name, "roles": shown.roles, "teams": list(shown.teams.all())}
    minutes = int(resetting.VALID.total_seconds()) // 60
    return _person(
        request, shown, PersonForm(initial=given), link=link, minutes=minutes, standing=expected
    )


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def reactivate(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Let them sign in again."""
    shown = get_object_or_404(Person, pk=person)
    staffing.reactivate(person_of(request), shown)
    return redirect_with("person-reactivated", "desk:person", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def reset_factors(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Take away the second factors of somebody who has lost theirs.

    Together with `choose_new` they choose another password: whoever knows the old one could come
    first.
    """
    # Read before anything is done: a form that is too large is refused here.
    chooses_new = "choose_new" in request.POST
    shown = get_object_or_404(Person, pk=person)
    if shown.pk == person_of(request).pk:
        return redirect_with("own-factors", "desk:person", shown.pk)
    factor_changes.reset_factors(person_of(request), shown)
    if chooses_new:
        return _reset(request, shown, "factors-and-password-reset")
    return redirect_with("factors-reset", "desk:person", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def withdraw(request: HttpRequest, invitation: uuid.UUID) -> HttpResponse:
    """End an invitation."""
    try:
        inviting.withdraw(person_of(request), invitation)
    except inviting.Ended:
        return redirect_with("invitation-ended", "desk:people")
    return redirect_with("invitation-withdrawn", "desk:people")


def _renew(request: HttpRequest) -> HttpResponse:
    if not is_proved(request):
        return ask_to_prove(request)
    try:
        invitation, token = inviting.renew(person_of(request), uuid.UUID(request.POST["renew"]))
    except (ValueError, inviting.Ended):
        return redirect_with("invitation-ended", "desk:people")
    return _with_link(request, token, invitation.name)


def _with_link(request: HttpRequest, token: str, name: str) -> HttpResponse:
    # In the fragment, which browsers send to nobody: no log of any server has it.
    link = request.build_absolute_uri(reverse("desk:invitation")) + f"#{token}"
    form = InvitationForm(initial={"roles": [Role.ADVISER]})
    return _people(request, form, link=link, invited=name, days=inviting.VALID.days)


def _people(
    request: HttpRequest, form: InvitationForm, status: int = 200, **more: Any
) -> HttpResponse:
    wanted = request.GET.get("q", "").strip()
    everybody = Person.objects.prefetch_related("teams")
    found = [person for person in everybody if _matches(person, wanted)]
    found.sort(key=lambda person: (not person.is_active, folded(person.name)))
    seen = _last_seen()
    context = {
        "form": form,
        "wanted": wanted,
        "found": len(found),
        "rows": [_row(person, seen.get(person.pk)) for person in found[:SHOWN]],
        "left_out": len(found[SHOWN:]),
        "is_alone": len(everybody) == 1,
        "invitations": _pending(),
        "sends_mail": mailing.is_configured(),
    }
    context |= done_before(request) | more
    return administration_page(
        request, "administration/people.html", "desk:people", context, status
    )


def _person(
    request: HttpRequest, shown: Person, form: PersonForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "title": shown.name,
        "shown": shown,
        "form": form,
        "roles": _roles(shown.roles),
        "is_oneself": shown.pk == person_of(request).pk,
        "sends_mail": mailing.is_configured(),
        # When somebody works is no affair of those who only read the settings.
        "sessions": sessions_of(shown) if _may_change(request) else [],
        "own": request.session.session_key,
        "factors": len(factors_of(shown)),
        # A form that is refused was still decided on what was seen then.
        "standing": request.POST.get("expected", staffing.standing(shown)),
    }
    context |= done_before(request) | more
    return administration_page(
        request, "administration/person.html", "desk:people", context, status
    )


def _may_change(request: HttpRequest) -> bool:
    """Whether somebody decides here, and does not only read."""
    return person_of(request).may(Permission.SETTINGS_CHANGE)


def _row(person: Person, seen_at: dt.datetime | None) -> dict[str, Any]:
    return {
        "person": person,
        "seen_at": seen_at,
        "roles": _roles(person.roles),
        "teams": sorted((team.name for team in person.teams.all()), key=folded),
    }


def _roles(roles: list[str]) -> list[Any]:
    return [ROLE_NAMES[role] for role in roles]


def _matches(person: Person, wanted: str) -> bool:
    return folded(wanted) in folded(f"{person.name} {person.email}")


def _pending() -> list[dict[str, Any]]:
    now = timezone.now()
    names = {str(team.pk): team.name for team in Team.objects.all()}
    pending = Invitation.objects.filter(ended_at=None).select_related("invited_by")
    return [
        {
            "invitation": invitation,
            "roles": _roles(invitation.roles),
            "teams": sorted((names[pk] for pk in invitation.teams if pk in names), key=folded),
            "is_over": invitation.expires_at <= now,
        }
        for invitation in pending.order_by("-created_at")
    ]


def _last_seen() -> dict[uuid.UUID, dt.datetime]:
    """When whose desk was open last; of nobody unless the works council's switch is on."""
    if not Organisation.of_tenant().figures_per_person:
        return {}
    return dict(Presence.objects.values_list("person", "seen_at"))
