"""The administrator's pages of teams."""

import uuid
from typing import Any

import pytest
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.conversations.models import Conversation
from siegel.identity import teaming
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import Person, SettingChange, Team
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.test_people import actions, make_auditor

TEAMS = "/administration/teams/"


def create(browser: Client, name: str) -> Any:
    return browser.post(TEAMS, {"name": name})


def the_team(bank: Organisation) -> Team:
    with serving(bank.tenant):
        return Team.objects.get()


def test_a_team_is_created_renamed_and_deleted(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    assert "There is no team yet" in mia.get(TEAMS).content.decode()
    done = mia.post(TEAMS, {"name": " Sch\u0061\u0308den  Nord "}, follow=True)
    assert "Now add its members" in done.content.decode()
    team = the_team(bank)
    assert team.name == "Schäden Nord"
    here = f"{TEAMS}{team.pk}/"
    assert "nobody sees its conversations" in mia.get(here).content.decode()
    mia.post(here, {"name": "Schäden Nord"})  # The same is no change.
    done = mia.post(here, {"name": "schäden nord"}, follow=True)
    assert "new name" in done.content.decode()
    assert "schäden nord" in mia.get(TEAMS).content.decode()
    done = mia.post(f"{here}delete/", follow=True)
    assert "The team is deleted" in done.content.decode()
    assert mia.post(f"{here}delete/").status_code == 404
    assert actions(bank) == ["team.created", "team.renamed", "team.deleted"]


@pytest.mark.parametrize(
    "name", ["ÄRGER", "ärger", "A\u0308RGER", "Straße", "STRASSE", "團隊", "فريق", "🦊 Füchse"]
)
def test_names_are_of_any_script_and_not_twice(bank: Organisation, name: str) -> None:
    mia = bank.desk(bank.mia)
    assert create(mia, name).status_code == 302
    again = create(mia, name.swapcase())
    assert again.status_code == 422
    assert "Another team has this name already." in again.content.decode()
    assert create(mia, "Other").status_code == 302
    with serving(bank.tenant):
        other = Team.objects.get(name="Other")
    assert mia.post(f"{TEAMS}{other.pk}/", {"name": name}).status_code == 422
    assert mia.post(f"{TEAMS}{other.pk}/", {"name": "other"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "Please give a name."),
        ("x" * 61, "up to 60 characters"),
        ("\u2060", "up to 60 characters"),
        ("a\u0007", "up to 60 characters"),
        ("a\x00", "Null characters"),
    ],
)
def test_a_name_that_is_refused_says_why(bank: Organisation, name: str, told: str) -> None:
    page = create(bank.desk(bank.mia), name)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert create(bank.desk(bank.mia), "語" * 60).status_code == 302


def test_members_come_and_go(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    create(mia, "Schaden")
    here = f"{TEAMS}{the_team(bank).pk}/"
    for _ in range(2):  # Twice is once.
        done = mia.post(f"{here}add/", {"person": str(bank.ada.pk)}, follow=True)
        assert "They belong to the team now" in done.content.decode()
        assert [one.name for one in done.context["members"]] == ["Ada Adler"]
        assert bank.ada not in done.context["others"]
    assert "1 member<" in mia.get(TEAMS).content.decode()
    for _ in range(2):
        done = mia.post(f"{here}remove/", {"person": str(bank.ada.pk)}, follow=True)
        assert "do not belong" in done.content.decode()
        assert done.context["members"] == []
    assert actions(bank) == ["team.created", "team.member-added", "team.member-removed"]
    with serving(bank.tenant):
        detail = TrailEntry.objects.get(action="team.member-added").detail
    assert detail == {"person": str(bank.ada.pk)}
    for person in ("", "x", str(uuid.uuid4())):
        assert mia.post(f"{here}add/", {"person": person}).status_code == 404


def test_new_conversations_go_where_an_administrator_says(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    create(mia, "Schaden")
    team = the_team(bank)
    for _ in range(2):
        done = mia.post(f"{TEAMS}default/", {"team": str(team.pk)}, follow=True)
    assert "Changed last by" in done.content.decode()
    assert "gets new conversations" in done.content.decode()
    assert bank.conversation().team_id == team.pk
    mia.post(f"{TEAMS}default/", {"team": ""})
    assert bank.conversation().team_id is None
    assert actions(bank).count("team.default-changed") == 2
    assert mia.post(f"{TEAMS}default/", {"team": "x"}).status_code == 404


def test_a_deleted_team_leaves_its_conversations_to_everybody(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    create(mia, "Schaden")
    team = the_team(bank)
    here = f"{TEAMS}{team.pk}/"
    mia.post(f"{TEAMS}default/", {"team": str(team.pk)})
    conversations = [bank.conversation(), bank.conversation()]
    address = f"/inbox/{conversations[0].pk}/"
    assert bank.desk(bank.ben).get(address).status_code == 404
    page = mia.get(here).content.decode()
    assert "2 conversations of this team belong to no team then" in page
    assert "New conversations go to everybody then" in page
    mia.post(f"{here}delete/")
    assert bank.desk(bank.ben).get(address).status_code == 200
    with serving(bank.tenant):
        assert not Conversation.objects.exclude(team=None).exists()
        assert OrganisationRow.of_tenant().default_team is None
        entry = TrailEntry.objects.get(action="team.deleted")
        default = TrailEntry.objects.get(seq=entry.seq - 1)
    assert (entry.subject, entry.detail) == (f"team:{team.pk}", {"conversations": 2})
    # Where new ones go is another setting, which has changed with it.
    assert (default.action, default.detail) == ("team.default-changed", {"to": None})


def test_deleting_the_default_team_is_in_the_history_of_the_setting(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(roles=[Role.ADMINISTRATOR])
    mia, ben = bank.desk(bank.mia), bank.desk(bank.ben)
    for name in ("Schaden", "Leben"):
        create(mia, name)
    with serving(bank.tenant):
        default, other = Team.objects.get(name="Schaden"), Team.objects.get(name="Leben")
    mia.post(f"{TEAMS}default/", {"team": str(default.pk)})
    ben.post(f"{TEAMS}{other.pk}/delete/")
    assert actions(bank).count("team.default-changed") == 1
    ben.post(f"{TEAMS}{default.pk}/delete/")
    assert actions(bank).count("team.default-changed") == 2
    with serving(bank.tenant):
        assert SettingChange.objects.get(name="default_team").by_id == bank.ben.pk


@pytest.mark.parametrize("page", ["{}/", "{}/add/", "{}/delete/", "default/"])
def test_whoever_is_slower_than_the_deletion_finds_nothing(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    mia = bank.desk(bank.mia)
    create(mia, "Schaden")
    team = the_team(bank)

    def then_it_is_deleted(kind: type[Model], **named: object) -> Model:
        found = get_object_or_404(kind, **named)
        Team.objects.filter(pk=team.pk).delete()
        return found

    monkeypatch.setattr("siegel.desk.administration.teams.get_object_or_404", then_it_is_deleted)
    data = {"name": "Leben", "person": str(bank.ada.pk), "team": str(team.pk)}
    assert mia.post(f"{TEAMS}{page.format(team.pk)}", data).status_code == 404


def test_a_team_that_is_deleted_while_somebody_is_put_into_it(bank: Organisation) -> None:
    with serving(bank.tenant):
        gone = Team(name="Gone")
        teaming.set_teams("test", bank.ada, [gone])
        assert not bank.ada.teams.exists()


def test_an_auditor_sees_teams_and_changes_none(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    create(mia, "Schaden")
    team = the_team(bank)
    here = f"{TEAMS}{team.pk}/"
    mia.post(f"{here}add/", {"person": str(bank.ada.pk)})
    auditor = make_auditor(bank)
    for address in (TEAMS, here):
        page = auditor.get(address).content.decode()
        assert "Schaden" in page
        assert 'method="post" action="/administration' not in page
    assert "everybody" in auditor.get(TEAMS).content.decode()
    assert "Ada Adler" in auditor.get(here).content.decode()
    for address in (TEAMS, here, f"{here}add/", f"{here}remove/", f"{here}delete/"):
        assert auditor.post(address, {"name": "x"}).status_code == 403
        assert bank.desk(bank.ada).post(address).status_code == 403
    assert auditor.post(f"{TEAMS}default/").status_code == 403
