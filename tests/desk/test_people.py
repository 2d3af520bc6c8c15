"""The administrator's pages of people: who is shown, invited, changed, deactivated and back."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.identity import staffing
from siegel.identity.models import Invitation, Membership, Person, Team
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.presence import beat
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation, hashed_password

PEOPLE = "/administration/people/"


def invite(browser: Client, **changes: Any) -> Any:
    given = {"name": "Nora Nagel", "email": "nora@bank.example", "roles": ["adviser"]}
    return browser.post(PEOPLE, given | changes)


def token_in(page: Any) -> str:
    found = re.search(
        r'value="http://bank\.test/invitation/#(sgl_i_\w{61})"', page.content.decode()
    )
    assert found is not None
    return found[1]


def actions(bank: Organisation) -> list[str]:
    with serving(bank.tenant):
        return list(TrailEntry.objects.order_by("seq").values_list("action", flat=True))


def person_page(person: Person, more: str = "") -> str:
    return f"{PEOPLE}{person.pk}/{more}"


def given_of(person: Person, **changes: Any) -> Mapping[str, Any]:
    return {"name": person.name, "roles": person.roles} | changes


def standing_in(page: Any) -> str:
    found = re.search(r'name="expected" value="([^"]*)"', page.content.decode())
    assert found is not None
    return found[1]


def make_auditor(bank: Organisation) -> Client:
    with serving(bank.tenant):
        auditor = Person.objects.create(
            name="Rita Roth", email="rita@bank.example", roles=[Role.AUDITOR],
            password=hashed_password(),
        )  # fmt: skip
    return bank.desk(auditor)


def test_everybody_is_shown_with_roles_and_teams(bank: Organisation) -> None:
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
        Membership.objects.create(team=team, person=bank.ada)
        staffing.deactivate(bank.mia, bank.ben)
    page = bank.desk(bank.mia).get(PEOPLE)
    text = page.content.decode()
    for expected in ("Ada Adler", "ada@bank.example", "Adviser", "Schaden", "deactivated"):
        assert expected in text
    # Who is deactivated stands at the end.
    names = [row["person"].name for row in page.context["rows"]]
    assert names == ["Ada Adler", "Mia Maurer", "Ben Brandt"]
    assert "last at the desk" not in text


def test_who_was_seen_when_is_told_only_if_the_works_council_agreed(bank: Organisation) -> None:
    with serving(bank.tenant):
        beat(bank.ada)
        OrganisationRow.objects.update(figures_per_person=True)
    assert bank.desk(bank.mia).get(PEOPLE).content.decode().count("last at the desk") == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ADLER", ["Ada Adler"]),
        ("öz", ["Özlem Öztürk"]),
        ("ben@", ["Ben Brandt"]),
        ("nobody", []),
        ("岡本", ["岡本 葵"]),
    ],
)
def test_people_are_found_in_all_scripts(bank: Organisation, wanted: str, found: list[str]) -> None:
    with serving(bank.tenant):
        for name in ("Özlem Öztürk", "岡本 葵"):
            email = f"{uuid.uuid4()}@bank.example"
            Person.objects.create(name=name, email=email, roles=[Role.ADVISER])
    page = bank.desk(bank.mia).get(PEOPLE, {"q": wanted})
    assert [row["person"].name for row in page.context["rows"]] == found
    assert ("Nobody has this" in page.content.decode()) is (not found)


def test_a_long_list_says_what_it_leaves_out(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.desk.administration.people.SHOWN", 1)
    assert "2 more are not shown" in bank.desk(bank.mia).get(PEOPLE).content.decode()


def test_whoever_is_alone_is_told_what_to_do(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.exclude(pk=bank.mia.pk).delete()
    text = bank.desk(bank.mia).get(PEOPLE).content.decode()
    assert "a second administrator" in text
    assert '<details class="panel" open>' in text


def test_a_link_is_shown_once_and_kept_nowhere(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = invite(mia, email=" Nora@Bank.example ")
    assert page.status_code == 200
    token = token_in(page)
    assert token not in mia.get(PEOPLE).content.decode()
    with serving(bank.tenant):
        invitation = Invitation.objects.get()
        assert invitation.email == "nora@bank.example"
        assert token not in str(vars(invitation))
        entry = TrailEntry.objects.get(action="person.invited")
    assert (entry.actor, entry.subject) == (
        f"person:{bank.mia.pk}", f"invitation:{invitation.pk}",
    )  # fmt: skip
    assert entry.detail == {"roles": ["adviser"], "teams": []}
    assert "Nora Nagel" in mia.get(PEOPLE).content.decode()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "Please give a name."),
        ({"name": "\u200b"}, "This name cannot be taken."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"email": ""}, "Please give an e-mail address."),
        ({"email": "nora"}, "Please check the e-mail address."),
        ({"email": "ADA@bank.example"}, "Somebody has this e-mail address already."),
        ({"roles": []}, "Please choose at least one role."),
        ({"roles": ["emperor"]}, "emperor is not one of the available choices"),
        ({"teams": [str(uuid.uuid4())]}, "One of these teams was deleted meanwhile."),
        ({"teams": ["x"]}, "is not a valid UUID"),
    ],
)
def test_an_invitation_that_is_refused_says_why(
    bank: Organisation, changes: dict[str, Any], told: str
) -> None:
    page = invite(bank.desk(bank.mia), **changes)
    assert page.status_code == 422
    assert told in page.content.decode()
    with serving(bank.tenant):
        assert not Invitation.objects.exists()


def test_an_address_is_invited_once(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    invite(mia)
    again = invite(mia, email="NORA@bank.example")
    assert again.status_code == 422
    assert "invited already" in again.content.decode()
    with serving(bank.tenant):
        assert Invitation.objects.count() == 1


def test_a_new_link_kills_the_old_one(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    old = token_in(invite(mia))
    with serving(bank.tenant):
        pk = Invitation.objects.get().pk
    new = token_in(mia.post(PEOPLE, {"renew": str(pk)}))
    stranger = bank.anonymous()
    assert stranger.post("/invitation/", {"token": old}).status_code == 404
    assert stranger.post("/invitation/", {"token": new}).status_code == 200
    assert actions(bank) == ["person.invited", "invitation.renewed"]


def test_a_withdrawn_invitation_is_over(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    token = token_in(invite(mia))
    with serving(bank.tenant):
        pk = Invitation.objects.get().pk
    withdraw = f"/administration/invitations/{pk}/withdraw/"
    done = mia.post(withdraw, follow=True)
    assert "opens nothing any more" in done.content.decode()
    assert "Nora Nagel" not in done.content.decode()
    assert bank.anonymous().post("/invitation/", {"token": token}).status_code == 404
    for address, data in ((withdraw, {}), (PEOPLE, {"renew": str(pk)}), (PEOPLE, {"renew": "x"})):
        told = mia.post(address, data, follow=True)
        assert "accepted or withdrawn meanwhile" in told.content.decode()
    assert actions(bank) == ["person.invited", "invitation.withdrawn"]


def test_changing_somebody(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
    page = mia.get(person_page(bank.ada))
    assert page.context["form"]["name"].value() == "Ada Adler"
    changes = {"name": "Ada  Anders", "roles": ["auditor", "adviser"], "teams": [str(team.pk)]}
    done = mia.post(person_page(bank.ada), changes, follow=True)
    assert "The changes are saved." in done.content.decode()
    with serving(bank.tenant):
        bank.ada.refresh_from_db()
        assert (bank.ada.name, bank.ada.roles) == ("Ada Anders", ["adviser", "auditor"])
        assert list(bank.ada.teams.all()) == [team]
        entry = TrailEntry.objects.get(action="person.changed")
    assert entry.detail == {"roles": ["adviser", "auditor"]}
    # Saving the same again changes nothing; without the team they leave it.
    mia.post(person_page(bank.ada), changes)
    mia.post(person_page(bank.ada), {**changes, "teams": []})
    assert actions(bank) == ["person.changed", "team.member-added", "team.member-removed"]


def test_of_two_who_change_somebody_at_once_the_second_one_is_told(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(roles=[Role.ADMINISTRATOR])
    mia, ben = bank.desk(bank.mia), bank.desk(bank.ben)
    seen = standing_in(mia.get(person_page(bank.ada)))
    assert standing_in(ben.get(person_page(bank.ada))) == seen
    taken = given_of(bank.ada, roles=["auditor"], expected=seen)
    assert "The changes are saved." in ben.post(
        person_page(bank.ada), taken, follow=True
    ).content.decode()  # fmt: skip
    given = given_of(bank.ada, name="Ada Anders", expected=seen)
    # What is refused for another reason does not pass for what was decided on what holds now.
    refused = mia.post(person_page(bank.ada), {**given, "name": ""})
    assert refused.status_code == 422
    assert standing_in(refused) == seen
    answer = mia.post(person_page(bank.ada), given)
    code = "person-changed-meanwhile"
    assert answer.headers["Location"] == f"{person_page(bank.ada)}?done={code}"
    told = mia.get(answer.headers["Location"])
    assert "somebody else has changed this person" in told.content.decode()
    assert actions(bank) == ["person.changed"]
    with serving(bank.tenant):
        bank.ada.refresh_from_db()
    assert (bank.ada.name, bank.ada.roles) == ("Ada Adler", ["auditor"])
    # Seeing that, it can be decided anew.
    anew = {**given, "expected": standing_in(told)}
    assert mia.post(person_page(bank.ada), anew).headers["Location"].endswith("person-changed")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "Please give a name."),
        ({"name": "a\u0085\u0007b"}, "This name cannot be taken."),
        ({"roles": []}, "Please choose at least one role."),
    ],
)
def test_a_change_that_is_refused_says_why(
    bank: Organisation, changes: dict[str, Any], told: str
) -> None:
    page = bank.desk(bank.mia).post(person_page(bank.ada), given_of(bank.ada, **changes))
    assert page.status_code == 422
    assert told in page.content.decode()
    assert actions(bank) == []


def test_the_last_administrator_stays_one(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = mia.post(person_page(bank.mia), given_of(bank.mia, roles=["adviser"]))
    assert page.status_code == 422
    assert "Nobody else administers this organisation" in page.content.decode()
    told = mia.post(person_page(bank.mia, "deactivate/"), follow=True)
    assert "nobody deactivates themselves" in told.content.decode()
    assert actions(bank) == []
    # With a second one it works, and ends at once.
    mia.post(person_page(bank.ada), given_of(bank.ada, roles=["administrator"]))
    assert mia.post(person_page(bank.mia), given_of(bank.mia, roles=["adviser"])).status_code == 302
    assert mia.get(PEOPLE).status_code == 403


def test_deactivating_ends_every_session_for_good(bank: Organisation) -> None:
    mia, ada, elsewhere = bank.desk(bank.mia), bank.desk(bank.ada), bank.desk(bank.ada)
    done = mia.post(person_page(bank.ada, "deactivate/"), follow=True)
    assert "signed out everywhere" in done.content.decode()
    mia.post(person_page(bank.ada, "deactivate/"))  # Twice is once.
    assert ada.get("/inbox/").status_code == 302
    done = mia.post(person_page(bank.ada, "reactivate/"), follow=True)
    assert "may sign in again" in done.content.decode()
    mia.post(person_page(bank.ada, "reactivate/"))
    # Neither the session that was tried meanwhile nor the one that was not comes back.
    assert ada.get("/inbox/").status_code == 302
    assert elsewhere.get("/inbox/").status_code == 302
    assert actions(bank) == ["person.deactivated", "person.reactivated"]
    again = bank.anonymous()
    again.post("/sign-in/", {"login": "ada@bank.example", "password": PASSWORD})
    assert again.get("/inbox/").status_code == 200


def test_nobody_comes_back_by_their_own_invitation(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    mia.post(person_page(bank.ada), given_of(bank.ada, roles=["administrator"]))
    token = token_in(invite(bank.desk(bank.ada), roles=["administrator"]))
    mia.post(person_page(bank.ada, "deactivate/"))
    assert bank.anonymous().post("/invitation/", {"token": token}).status_code == 404
    assert actions(bank)[-3:] == ["invitation.withdrawn", "person.deactivated", "alarm.raised"]


def test_an_auditor_sees_everything_and_changes_nothing(bank: Organisation) -> None:
    invite(bank.desk(bank.mia))
    auditor = make_auditor(bank)
    with serving(bank.tenant):
        invitation = Invitation.objects.get()
    page = auditor.get(PEOPLE).content.decode()
    assert "Nora Nagel" in page
    one = auditor.get(person_page(bank.ada)).content.decode()
    assert "Adviser" in one
    for text in (page, one):
        assert 'method="post" action="/administration' not in text
    for address in (
        PEOPLE,
        person_page(bank.ada),
        person_page(bank.ada, "deactivate/"),
        person_page(bank.ada, "reactivate/"),
        f"/administration/invitations/{invitation.pk}/withdraw/",
    ):
        assert auditor.post(address, given_of(bank.ada)).status_code == 403
        assert bank.desk(bank.ada).post(address).status_code == 403


@pytest.mark.parametrize("more", ["", "deactivate/", "reactivate/"])
def test_nobody_is_not_found(bank: Organisation, more: str) -> None:
    mia = bank.desk(bank.mia)
    assert mia.post(f"{PEOPLE}{uuid.uuid4()}/{more}").status_code == 404


def test_a_page_says_nothing_that_its_address_makes_up(bank: Organisation) -> None:
    page = bank.desk(bank.mia).get(PEOPLE, {"done": "<b>hacked</b>"}).content.decode()
    assert "hacked</" not in page
    assert 'role="status"' not in page
