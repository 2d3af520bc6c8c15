"""What becomes of browsers and links when an anonymous contact gets an account, or joins one."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from siegel.conversations.access import NotFound
from siegel.conversations.client_links import hand_over_link, let_in
from siegel.conversations.joining import join
from siegel.conversations.models import ClientAccount, Contact, Conversation
from siegel.identity.models import NoticeState, QueuedNotice
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from siegel.widget.models import Visit
from siegel.widget.visiting import end_device, note_use
from tests.cast import Organisation
from tests.widget.known import keep_cookies, post, recognised, website_of
from tests.widget.test_continuing import EMAIL, anonymous, asked, mailed_token, opened

pytestmark = pytest.mark.usefixtures("mail")


def test_signing_out_everywhere_reaches_the_browser_that_asked(bank: Organisation) -> None:
    first, _ = anonymous(bank)
    code = asked(first)
    device = opened(bank, mailed_token(bank), code).browser
    others = [one for one in device.get("/devices").json()["devices"] if not one["own"]]
    assert len(others) == 1
    assert post(device, "/devices/end", {"device": others[0]["device"]}).status_code == 204
    state = first.get("/visit").json()
    assert (state["known"], state["client"]) == (False, None)
    assert first.get("/transcript").status_code == 404


def test_the_browser_that_asked_is_away_after_a_while(bank: Organisation) -> None:
    first, _ = anonymous(bank)
    code = asked(first)
    opened(bank, mailed_token(bank), code)
    assert first.get("/visit").json()["known"] is True
    with serving(bank.tenant):
        Visit.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=16))
    assert first.get("/visit").json()["known"] is False


def test_another_cookie_of_the_contact_sees_nothing_of_the_account(bank: Organisation) -> None:
    first, conversation = anonymous(bank)
    with serving(bank.tenant):
        contact = Conversation.objects.get(pk=conversation).contact
        token, code = hand_over_link(bank.as_adviser(bank.ada), contact)
    # Nobody's browser asked for this one.
    assert opened(bank, token, code).status_code == 200
    assert first.get("/visit").json()["known"] is False
    with serving(bank.tenant):
        assert not Visit.objects.filter(account=None, ended_at=None).exists()
        # Nor if one was missed.
        Visit.objects.filter(account=None).update(ended_at=None)
    assert first.get("/visit").json()["known"] is False


def test_signing_out_where_the_link_was_asked_for(bank: Organisation) -> None:
    first, _ = anonymous(bank)
    code = asked(first)
    opened(bank, mailed_token(bank), code)
    assert post(first, "/sign-out").status_code == 204
    assert first.get("/visit").json()["known"] is False


def test_the_link_is_opened_where_it_was_asked_for(bank: Organisation) -> None:
    first, conversation = anonymous(bank)
    code = asked(first)
    assert opened(bank, mailed_token(bank), code, first).status_code == 200
    assert first.get("/visit").json()["conversation"] == str(conversation)
    assert len(first.get("/devices").json()["devices"]) == 1


def test_a_link_that_was_asked_for_before_joining_opens_nothing(bank: Organisation) -> None:
    shared, _ = anonymous(bank)
    code = asked(shared, "mallory@kunde.example")
    token = mailed_token(bank)
    answer = post(shared, "/recognise", {"token": website_of(bank).token("victim")})
    keep_cookies(shared, answer)
    assert post(shared, "/join", {"join": True}).status_code == 200
    assert opened(bank, token, code).status_code == 410
    with serving(bank.tenant):
        assert ClientAccount.objects.get().email == ""
        assert QueuedNotice.objects.get().state == NoticeState.DROPPED


def test_nor_does_one_that_was_missed(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, conversation = anonymous(bank)
    code = asked(shared, "mallory@kunde.example")
    token = mailed_token(bank)
    recognised(website_of(bank), "victim")
    monkeypatch.setattr("siegel.conversations.joining.end_links", lambda contacts: None)
    with serving(bank.tenant):
        joined = Conversation.objects.get(pk=conversation).contact
        join(ClientAccount.objects.get(), joined)
        with pytest.raises(NotHeld):
            let_in(token, code)
        # What an adviser hands over beside what was joined is to the account.
        token, code = hand_over_link(bank.as_adviser(bank.ada), joined)
        assert let_in(token, code).account.subject == "victim"


def test_a_link_whose_notice_is_gone_opens_nothing(bank: Organisation) -> None:
    first, _ = anonymous(bank)
    code = asked(first)
    token = mailed_token(bank)
    with serving(bank.tenant):
        QueuedNotice.objects.all().delete()
    assert opened(bank, token, code).status_code == 410


@pytest.mark.parametrize("meanwhile", ["joined", "deleted"])
def test_what_is_offered_is_looked_at_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    website = website_of(bank)
    shared, conversation = anonymous(bank)
    recognised(website, "other")
    keep_cookies(shared, post(shared, "/recognise", {"token": website.token("victim")}))
    real = note_use

    def others_are_quicker(visit: Visit) -> None:
        real(visit)
        offered = Conversation.objects.get(pk=conversation).contact
        if meanwhile == "joined":
            join(ClientAccount.objects.get(subject="other"), offered)
        else:
            Conversation.objects.filter(pk=conversation).update(excerpt="")

    monkeypatch.setattr("siegel.widget.continuing.note_use", others_are_quicker)
    assert post(shared, "/join", {"join": True}).status_code == 404
    with serving(bank.tenant):
        victim = ClientAccount.objects.get(subject="victim").contact
        assert not Contact.objects.filter(joined_to=victim).exists()


def test_signing_out_twice_at_once(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = recognised(website_of(bank))
    real = end_device

    def twice(*arguments: Any) -> None:
        real(*arguments)
        real(*arguments)

    monkeypatch.setattr("siegel.widget.clients.end_device", twice)
    assert post(browser, "/sign-out").status_code == 204


def test_another_browser_has_no_link_of_nobody(bank: Organisation) -> None:
    first, conversation = anonymous(bank)
    code = asked(first, EMAIL)
    opened(bank, mailed_token(bank), code)
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation).update(assigned_to=bank.ben)
        with pytest.raises(NotFound):
            hand_over_link(bank.as_adviser(bank.ada), Contact.objects.get())
