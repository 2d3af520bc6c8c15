"""One's own sessions: seen by everybody, and ended one by one or all at once."""

import uuid

import pytest
from django.test import Client

from siegel.audit.models import TrailEntry
from siegel.identity.models import Person, Session
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(bank: Organisation, person: Person, browser: str = "", address: str = "") -> Client:
    client = Client(
        headers={"host": bank.host, "user-agent": browser, "accept-language": "en"},
        REMOTE_ADDR=address or "192.0.2.7",
    )
    assert (
        client.post("/sign-in/", {"login": person.email, "password": PASSWORD}).status_code == 302
    )
    return client


def session_of(client: Client) -> Session:
    return Session.objects.get(session_key=client.cookies["__Host-session"].value)


def is_in(client: Client) -> bool:
    return client.get("/help/").status_code == 200


@pytest.mark.parametrize("roles", [[role] for role in Role] + [[]])
def test_whoever_signs_in_finds_their_account(bank: Organisation, roles: list[Role]) -> None:
    desk = bank.desk(bank.hire("Zoe Zander", *roles))
    assert 'href="/account/"' in desk.get("/help/").content.decode()
    answer = desk.get("/account/")
    assert answer.headers["Location"].startswith("/account/")
    assert desk.get("/account/", follow=True).status_code == 200


def test_the_list_tells_from_where_and_when(bank: Organisation) -> None:
    signed_in(bank, bank.ada, FIREFOX, "198.51.100.9")
    own = signed_in(bank, bank.ada, "strange", "2001:db8::7")
    signed_in(bank, bank.ben, FIREFOX, "203.0.113.4")
    page = own.get("/account/devices/").content.decode()
    entries = page.split('<li class="entry">')[1:]
    assert len(entries) == 2
    other, mine = sorted(entries, key=lambda entry: "this device" in entry)
    assert "Firefox, Windows" in other
    assert "198.51.100.9" in other
    assert "this device" not in other
    assert "Unknown browser" in mine
    assert "2001:db8::7" in mine
    assert "203.0.113.4" not in page
    assert "after 60 minutes without use, and after 12 hours" in page
    with serving(bank.tenant):
        assert session_of(own).session_key not in page


def test_one_session_is_ended(bank: Organisation) -> None:
    other, own = signed_in(bank, bank.ada), signed_in(bank, bank.ada)
    with serving(bank.tenant):
        ended = session_of(other).id
    answer = own.post(f"/account/devices/{ended}/end/", follow=True)
    assert "The session is ended." in answer.content.decode()
    assert not is_in(other)
    assert is_in(own)
    assert "End all other sessions" not in answer.content.decode()
    with serving(bank.tenant):
        entry = TrailEntry.objects.latest("seq")
    assert (entry.action, entry.subject) == ("session.ended", f"session:{ended}")
    assert own.post(f"/account/devices/{ended}/end/").status_code == 404


def test_all_others_are_ended(bank: Organisation) -> None:
    others = [signed_in(bank, bank.ada) for _ in range(3)]
    own, ben = signed_in(bank, bank.ada), signed_in(bank, bank.ben)
    assert "End all other sessions" in own.get("/account/devices/").content.decode()
    answer = own.post("/account/devices/end-others/", follow=True)
    assert "You are signed in on this device only." in answer.content.decode()
    assert [is_in(each) for each in others] == [False] * 3
    assert is_in(own)
    assert is_in(ben)


def test_ending_ones_own_is_signing_out(bank: Organisation) -> None:
    own = signed_in(bank, bank.ada)
    with serving(bank.tenant):
        ended = session_of(own).id
    answer = own.post(f"/account/devices/{ended}/end/", follow=True)
    assert answer.request["PATH_INFO"] == "/sign-in/"
    assert not is_in(own)


def test_nobody_ends_what_is_not_theirs(bank: Organisation, insurer: Organisation) -> None:
    bens, adas = signed_in(bank, bank.ben), signed_in(bank, bank.ada)
    foreign = signed_in(insurer, insurer.ada)
    with serving(bank.tenant):
        found = [session_of(bens).id]
    with serving(insurer.tenant):
        found.append(session_of(foreign).id)
    # An administrator ends others' on the person's page, not here.
    for asker in (adas, bank.desk(bank.mia)):
        for session in [*found, uuid.uuid4()]:
            assert asker.post(f"/account/devices/{session}/end/").status_code == 404
    assert is_in(bens)
    assert is_in(foreign)
