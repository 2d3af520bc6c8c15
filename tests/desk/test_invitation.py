"""What an invitation's link opens, and to whom it opens nothing."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity.inviting import accept, invitation_of, invite
from siegel.identity.models import Invitation, Person, Team
from siegel.identity.people import create_person
from siegel.identity.roles import Role
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from tests.cast import PASSWORD, Organisation

NOT_HELD = "This invitation does not hold (any more)"


def invited(bank: Organisation, *teams: Team) -> str:
    with serving(bank.tenant):
        return invite(
            bank.mia,
            name="Nora Nagel",
            email="nora@bank.example",
            roles=[Role.ADVISER],
            teams=teams,
        )


def test_whoever_has_the_link_chooses_a_password_and_is_in(bank: Organisation) -> None:
    with serving(bank.tenant):
        kept, gone = Team.objects.create(name="Schaden"), Team.objects.create(name="Leben")
    token = invited(bank, kept, gone)
    with serving(bank.tenant):
        gone.delete()
    browser = bank.anonymous()
    page = browser.get("/invitation/")
    assert page.status_code == 200
    assert "needs JavaScript" in page.content.decode()
    page = browser.post("/invitation/", {"token": token})
    assert "Nora Nagel" in page.content.decode()
    assert "At least 15 characters." in page.content.decode()
    weak = browser.post("/invitation/", {"token": token, "password": "short"})
    assert weak.status_code == 422
    assert 'role="alert"><p>At least 15 characters.' in weak.content.decode()
    done = browser.post("/invitation/", {"token": token, "password": PASSWORD})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert browser.get("/inbox/").status_code == 200
    with serving(bank.tenant):
        nora = Person.objects.get(email="nora@bank.example")
        assert (nora.name, nora.roles, list(nora.teams.all())) == (
            "Nora Nagel", ["adviser"], [kept],
        )  # fmt: skip
        entry = TrailEntry.objects.get(action="person.created")
        invitation = Invitation.objects.get()
    assert entry.actor == entry.subject == f"person:{nora.pk}"
    assert entry.detail == {"roles": ["adviser"], "invitation": str(invitation.pk)}
    again = bank.anonymous().post("/invitation/", {"token": token, "password": PASSWORD})
    assert (again.status_code, NOT_HELD in again.content.decode()) == (404, True)


def test_unknown_used_expired_and_withdrawn_look_alike(
    bank: Organisation, insurer: Organisation
) -> None:
    token = invited(bank)
    answers = [bank.anonymous().post("/invitation/", {"token": "unknown"})]
    answers.append(bank.anonymous().post("/invitation/", {}))
    answers.append(insurer.anonymous().post("/invitation/", {"token": token}))
    now = timezone.now()
    for change in ({"ended_at": now}, {"ended_at": None, "expires_at": now}):
        with serving(bank.tenant):
            Invitation.objects.update(**change)
        answers.append(bank.anonymous().post("/invitation/", {"token": token}))
    pages = {answer.content.decode().replace("Insurer", "Bank") for answer in answers}
    assert len(pages) == 1
    assert {answer.status_code for answer in answers} == {404}


def test_it_holds_for_seven_days(bank: Organisation) -> None:
    token = invited(bank)
    with serving(bank.tenant):
        left = invitation_of(token).expires_at - timezone.now()
        assert abs(left - dt.timedelta(days=7)) < dt.timedelta(minutes=1)


def test_an_expired_invitation_is_shown_as_such(bank: Organisation) -> None:
    invited(bank)
    with serving(bank.tenant):
        Invitation.objects.update(expires_at=timezone.now())
    page = bank.desk(bank.mia).get("/administration/people/").content.decode()
    assert "has expired" in page


def test_two_browsers_that_accept_at_once_are_one_person(bank: Organisation) -> None:
    token = invited(bank)

    def try_it(_: int) -> bool:
        try:
            with serving(bank.tenant):
                accept(token, PASSWORD)
        except NotHeld:
            return False
        finally:
            close_connection(bank.tenant.id)
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [False, False, False, True]
    with serving(bank.tenant):
        assert Person.objects.filter(email="nora@bank.example").count() == 1
        assert TrailEntry.objects.filter(action="person.created").count() == 1


def test_an_address_that_was_taken_meanwhile_is_told(bank: Organisation) -> None:
    token = invited(bank)
    with serving(bank.tenant):
        create_person(
            name="Nora", email="nora@bank.example", password=PASSWORD, roles=[Role.ADVISER]
        )
    page = bank.anonymous().post("/invitation/", {"token": token, "password": PASSWORD})
    assert page.status_code == 409
    assert "has an account already" in page.content.decode()


def test_trying_is_slowed_down(bank: Organisation) -> None:
    statuses = [
        bank.anonymous().post("/invitation/", {"token": "x"}).status_code for _ in range(31)
    ]
    assert statuses == [404] * 30 + [429]


@pytest.mark.parametrize("language", ["de", "en"])
def test_it_speaks_the_language_of_the_browser(bank: Organisation, language: str) -> None:
    token = invited(bank)
    page = bank.anonymous().post(
        "/invitation/", {"token": token}, headers={"accept-language": language}
    )
    word = {"de": "Annehmen und anmelden", "en": "Accept and sign in"}[language]
    assert word in page.content.decode()
