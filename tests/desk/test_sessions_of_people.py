"""Sessions of others: administrators see and end them, one, a person's, or everybody's."""

import uuid

from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.identity.models import Person, Session
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation

PEOPLE = "/administration/people/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(bank: Organisation, person: Person) -> Client:
    """A browser that the list can tell from others."""
    client = bank.desk(person)
    with serving(bank.tenant):
        row = Session.objects.filter(session_key=client.cookies["__Host-session"].value)
        row.update(browser="Firefox, Windows", address="198.51.100.9")
    return client


def session_of(bank: Organisation, client: Client) -> uuid.UUID:
    with serving(bank.tenant):
        return Session.objects.get(session_key=client.cookies["__Host-session"].value).id


def is_in(client: Client) -> bool:
    return client.get("/help/").status_code == 200


def last_noted(bank: Organisation) -> tuple[str, str, str]:
    with serving(bank.tenant):
        entry = TrailEntry.objects.latest("seq")
    return entry.actor, entry.action, entry.subject


def page_of(asker: Client, person: Person) -> str:
    answer = asker.get(f"{PEOPLE}{person.pk}/", headers={"accept-language": "en"})
    return answer.content.decode()


def test_an_administrator_sees_where_somebody_is_signed_in(bank: Organisation) -> None:
    signed_in(bank, bank.ada)
    mia = bank.desk(bank.mia)
    page = page_of(mia, bank.ada)
    assert "Firefox, Windows" in page
    assert "198.51.100.9" in page
    assert "this device" not in page
    assert "this device" in page_of(mia, bank.mia)
    assert "everywhere" not in page_of(mia, bank.ben)


def test_an_auditor_does_not(bank: Organisation) -> None:
    ada = signed_in(bank, bank.ada)
    auditor = bank.desk(bank.hire("Ola Öz", Role.AUDITOR))
    page = page_of(auditor, bank.ada)
    assert "Firefox, Windows" not in page
    assert "198.51.100.9" not in page
    people = auditor.get(PEOPLE, headers={"accept-language": "en"}).content.decode()
    assert "Sign everybody out" not in people
    for path in ("end-sessions/", f"{bank.ada.pk}/end-sessions/"):
        assert auditor.post(PEOPLE + path, {"confirmed": "yes"}).status_code == 403
    assert is_in(ada)


def test_one_session_of_somebody_is_ended(bank: Organisation) -> None:
    one, other, mia = signed_in(bank, bank.ada), signed_in(bank, bank.ada), bank.desk(bank.mia)
    ended = session_of(bank, one)
    answer = mia.post(f"{PEOPLE}{bank.ada.pk}/sessions/{ended}/end/", follow=True)
    assert "The session is ended." in answer.content.decode()
    assert not is_in(one)
    assert is_in(other)
    assert last_noted(bank) == (f"person:{bank.mia.pk}", "session.ended", f"session:{ended}")
    # Not by another person's page, and not once more.
    for person, session in ((bank.ben, session_of(bank, other)), (bank.ada, ended)):
        answer = mia.post(f"{PEOPLE}{person.pk}/sessions/{session}/end/")
        assert answer.status_code == 404
    assert is_in(other)


def test_all_sessions_of_somebody_are_ended(bank: Organisation) -> None:
    adas, ben = [bank.desk(bank.ada) for _ in range(2)], bank.desk(bank.ben)
    mia = bank.desk(bank.mia)
    answer = mia.post(f"{PEOPLE}{bank.ada.pk}/end-sessions/", follow=True)
    assert "They are signed out everywhere, and may sign in again." in answer.content.decode()
    assert [is_in(each) for each in adas] == [False, False]
    assert is_in(ben)
    assert is_in(mia)
    assert last_noted(bank)[1] == "person.sessions-ended"


def test_everybody_is_signed_out_once_it_is_confirmed(
    bank: Organisation, insurer: Organisation
) -> None:
    ada, mia, elsewhere = bank.desk(bank.ada), bank.desk(bank.mia), insurer.desk(insurer.ada)
    page = mia.get(f"{PEOPLE}end-sessions/", headers={"accept-language": "en"})
    assert "All 2 sessions of the organisation end" in page.content.decode()
    answer = mia.post(f"{PEOPLE}end-sessions/", follow=True)
    assert "please tick" in answer.content.decode()
    assert is_in(ada)
    answer = mia.post(f"{PEOPLE}end-sessions/", {"confirmed": "yes"}, follow=True)
    assert answer.request["PATH_INFO"] == "/sign-in/"
    assert not is_in(ada)
    assert not is_in(mia)
    assert is_in(elsewhere)
    assert last_noted(bank)[:2] == (f"person:{bank.mia.pk}", "organisation.sessions-ended")
