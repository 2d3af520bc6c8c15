"""Teams: who looks after the same conversations, and where new ones go."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from siegel.conversations import leaving
from siegel.conversations.models import Conversation
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.people_forms import TeamForm
from siegel.desk.permitted import permitted, permitted_to_change, person_of
from siegel.identity import teaming
from siegel.identity.models import Organisation, Person, SettingChange, Team
from siegel.identity.naming import TEAM_LENGTH, RefusedName, folded
from siegel.identity.roles import Permission


@require_http_methods(["GET", "POST"])
@permitted_to_change
def teams(request: HttpRequest) -> HttpResponse:
    """All teams, the form for another one, and where new conversations go."""
    form = TeamForm(_sent(request))
    if form.is_valid():
        try:
            made = teaming.create_team(person_of(request), form.cleaned_data["name"])
        except (RefusedName, teaming.NameTaken) as problem:
            _refuse(form, problem)
        else:
            return redirect_with("team-created", "desk:team", made.pk)
    found = sorted(Team.objects.prefetch_related("members"), key=lambda team: folded(team.name))
    changed = SettingChange.objects.filter(name=teaming.DEFAULT_TEAM).select_related("by").first()
    context = {
        "form": form,
        "teams": found,
        "default": Organisation.of_tenant().default_team_id,
        "changed": changed,
        **done_before(request),
    }
    return administration_page(
        request, "administration/teams.html", "desk:teams", context, 422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@permitted_to_change
def team(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """One team: its name, its members, and its end."""
    shown = get_object_or_404(Team, pk=team)
    form = TeamForm(_sent(request), initial={"name": shown.name})
    if form.is_valid():
        try:
            teaming.rename_team(person_of(request), shown, form.cleaned_data["name"])
        except (RefusedName, teaming.NameTaken) as problem:
            _refuse(form, problem)
        except Team.DoesNotExist:
            raise Http404 from None
        else:
            return redirect_with("team-changed", "desk:team", shown.pk)
    members = list(shown.members.all())
    others = Person.objects.filter(is_active=True).exclude(pk__in=[one.pk for one in members])
    context = {
        "title": shown.name,
        "shown": shown,
        "form": form,
        "members": sorted(members, key=lambda person: folded(person.name)),
        "others": sorted(others, key=lambda person: folded(person.name)),
        "conversations": Conversation.objects.filter(team=shown).count(),
        "is_default": Organisation.of_tenant().default_team_id == shown.pk,
        **done_before(request),
    }
    return administration_page(
        request, "administration/team.html", "desk:teams", context, 422 if form.errors else 200
    )


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def add(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """Add a member."""
    shown = get_object_or_404(Team, pk=team)
    try:
        teaming.add_member(person_of(request), shown, _person_named(request))
    except Team.DoesNotExist:
        raise Http404 from None
    return redirect_with("member-added", "desk:team", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def remove(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """Take a member out."""
    shown = get_object_or_404(Team, pk=team)
    teaming.remove_member(person_of(request), shown, _person_named(request))
    return redirect_with("member-removed", "desk:team", shown.pk)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def delete(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """Delete a team; whoever was slower finds it gone."""
    try:
        leaving.delete_team(person_of(request), get_object_or_404(Team, pk=team))
    except Team.DoesNotExist:
        raise Http404 from None
    return redirect_with("team-deleted", "desk:teams")


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def default(request: HttpRequest) -> HttpResponse:
    """Where new conversations go: a team, or everybody."""
    wanted = request.POST.get("team", "")
    chosen = get_object_or_404(Team, pk=_identifier(wanted)) if wanted else None
    try:
        teaming.choose_default_team(person_of(request), chosen)
    except Team.DoesNotExist:
        raise Http404 from None
    return redirect_with("default-team", "desk:teams")


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _refuse(form: TeamForm, problem: Exception) -> None:
    if isinstance(problem, RefusedName):
        text = _("This name cannot be taken: up to %(longest)d characters, on one line.")
        form.add_error("name", text % {"longest": TEAM_LENGTH})
    else:
        form.add_error("name", _("Another team has this name already."))


def _person_named(request: HttpRequest) -> Person:
    return get_object_or_404(Person, pk=_identifier(request.POST.get("person", "")))


def _identifier(told: str) -> uuid.UUID:
    try:
        return uuid.UUID(told)
    except ValueError:
        raise Http404 from None
