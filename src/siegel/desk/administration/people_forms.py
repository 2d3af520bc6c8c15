"""What an administrator says of a person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.written_forms import WrittenForm
from siegel.identity.models import Team
from siegel.identity.naming import PERSON_LENGTH
from siegel.identity.roles import Role

ROLES = [
    (
        Role.ADVISER,
        _("Adviser"),
        _("Reads and answers conversations: own ones, free ones, and open ones of own teams."),
    ),
    (
        Role.ADMINISTRATOR,
        _("Administrator"),
        _("Invites people and decides all settings. Reads conversations only as adviser as well."),
    ),
    (
        Role.AUDITOR,
        _("Auditor"),
        _("Reads settings and the audit trail, no conversation, and changes nothing."),
    ),
]
ROLE_NAMES = {str(role): name for role, name, _meaning in ROLES}


class PersonForm(WrittenForm):
    """A name, at least one role, any number of teams."""

    name = forms.CharField(
        label=_("Name"),
        max_length=PERSON_LENGTH,
        error_messages={"required": _("Please give a name.")},
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role, name) for role, name, _meaning in ROLES],
        error_messages={"required": _("Please choose at least one role.")},
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _("One of these teams was deleted meanwhile. Please choose again."),
        },
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        teams = Team.objects.all()
        self.fields["teams"].queryset = teams  # type: ignore[attr-defined] # of this kind of field

    @property
    def role_choices(self) -> list[dict[str, Any]]:
        """The roles with what they mean, and whether they are chosen."""
        chosen = {str(role) for role in self["roles"].value() or []}
        return [
            {"value": role, "name": name, "meaning": meaning, "chosen": role in chosen}
            for role, name, meaning in ROLES
        ]

    @property
    def team_choices(self) -> list[dict[str, Any]]:
        """All teams, and whether they are chosen."""
        chosen = {str(team) for team in self["teams"].value() or []}
        teams = sorted(Team.objects.all(), key=lambda team: team.name.casefold())
        return [{"team": team, "chosen": str(team.pk) in chosen} for team in teams]


class InvitationForm(PersonForm):
    """The same, with the address that they will sign in with."""

    email = forms.EmailField(
        label=_("E-mail"),
        error_messages={
            "required": _("Please give an e-mail address."),
            "invalid": _("Please check the e-mail address."),
        },
    )


class TeamForm(WrittenForm):
    """A team's name."""

    name = forms.CharField(
        label=_("Name"),
        error_messages={"required": _("Please give a name.")},
    )
