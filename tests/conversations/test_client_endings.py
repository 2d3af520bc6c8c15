"""Ending what lets clients in, and what of them is left when they are deleted."""

import datetime as dt

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from siegel.audit.models import TrailEntry
from siegel.conversations import proving
from siegel.conversations.access import NotFound
from siegel.conversations.client_endings import end_sign_ins
from siegel.conversations.client_links import NotAllSeen, hand_over_link
from siegel.conversations.deleting import delete_hidden, hide
from siegel.conversations.merging import merge
from siegel.conversations.models import ClientAccount, Contact, Conversation, Event, State
from siegel.conversations.starting import start_conversation
from siegel.identity.models import ClientKey, QueuedNotice, Token
from siegel.tenancy.context import serving
from siegel.tenancy.separation import knows
from siegel.widget.jobs import forget_clients
from siegel.widget.models import ClientPasskey, Visit
from tests.cast import Organisation
from tests.client_signing import Website
from tests.widget.known import begun, keep_cookies, post, recognised, website_of
from tests.widget.test_continuing import anonymous, asked, mailed_token, opened


@pytest.fixture(autouse=True)
def _mail() -> object:
    with override_settings(SIEGEL_SMTP_HOST="mail.invalid"):
        yield


def deleted(conversation: Conversation) -> None:
    """By the rule, with all that goes with it."""
    hide(conversation)
    delete_hidden(conversation.pk, "retention")


def with_passkey(bank: Organisation, kid: str = "") -> None:
    with serving(bank.tenant):
        account = ClientAccount.objects.get()
        ClientPasskey.objects.create(account=account, credential=b"x", kid=kid)


def test_an_adviser_ends_all_sign_ins_of_a_client(bank: Organisation) -> None:
    first, conversation = anonymous(bank)
    code = asked(first)
    device = opened(bank, mailed_token(bank), code).browser
    with_passkey(bank)
    # One that is under way.
    late = asked(device)
    token = mailed_token(bank)
    ada = bank.desk(bank.ada)
    with serving(bank.tenant):
        contact = Contact.objects.get()
    page = f"/contacts/{contact.pk}/"
    assert f"{page}sign-ins/" in ada.get(page).content.decode()
    assert "within seconds" in ada.get(f"{page}sign-ins/").content.decode()
    assert ada.post(f"{page}sign-ins/").headers["Location"] == page
    for browser in (first, device):
        assert browser.get("/visit").json()["known"] is False
    assert opened(bank, token, late).status_code == 410
    with serving(bank.tenant):
        assert ClientAccount.objects.get().email == ""
        assert not ClientPasskey.objects.exists()
        entry = TrailEntry.objects.get(action="client.sign-ins-ended")
        assert (entry.actor, entry.subject) == (f"person:{bank.ada.pk}", f"contact:{contact.pk}")
        assert Conversation.objects.get(pk=conversation).contact == contact


def test_whoever_does_not_see_a_client_ends_nothing(bank: Organisation) -> None:
    first, _ = anonymous(bank)
    code = asked(first)
    opened(bank, mailed_token(bank), code)
    with serving(bank.tenant):
        Conversation.objects.update(assigned_to=bank.ben)
        contact = Contact.objects.get()
        with pytest.raises(NotFound):
            end_sign_ins(bank.as_adviser(bank.ada), contact)
    assert first.get("/visit").json()["known"] is True


def test_of_who_has_no_account_there_is_nothing_to_end(bank: Organisation) -> None:
    browser, _ = anonymous(bank)
    with serving(bank.tenant):
        contact = Contact.objects.get()
        end_sign_ins(bank.as_adviser(bank.ada), contact)
        assert not TrailEntry.objects.filter(action="client.sign-ins-ended").exists()
    assert "sign-ins/" not in bank.desk(bank.ada).get(f"/contacts/{contact.pk}/").content.decode()
    assert browser.get("/visit").json()["known"] is True


@pytest.mark.parametrize("ends", [True, False])
def test_with_a_stolen_key_goes_what_it_has_opened(bank: Organisation, ends: bool) -> None:
    website, other = website_of(bank), Website(bank, kid="website-2")
    other.known()
    thief = recognised(website, "4711", name="Vera Voss")
    begun(thief)
    owner = recognised(other, "4711")
    code = asked(thief, "thief@kunde.example")
    later = opened(bank, mailed_token(bank), code).browser
    with_passkey(bank, kid=website.kid)
    with_passkey(bank, kid="website-2")
    pending = asked(thief, "thief@kunde.example")
    token = mailed_token(bank)
    with serving(bank.tenant):
        key = ClientKey.objects.get(kid=website.kid)
    address = f"/administration/clients/keys/{key.pk}/withdraw/"
    bank.desk(bank.mia).post(address, {"end": "1"} if ends else {})
    for browser in (thief, later):
        assert browser.get("/visit").json()["known"] is not ends
    assert owner.get("/visit").json()["known"] is True
    assert opened(bank, token, pending).status_code == (410 if ends else 200)
    with serving(bank.tenant):
        assert ClientAccount.objects.get().email == ("" if ends else "thief@kunde.example")
        kept = set(ClientPasskey.objects.values_list("kid", flat=True))
        assert kept == ({"website-2"} if ends else {website.kid, "website-2"})
        noted = TrailEntry.objects.filter(action="client-key.sign-ins-ended")
        assert [one.detail for one in noted] == ([{"kid": website.kid}] if ends else [])
    # Nor does the address bring anybody back.
    code = asked(bank.visitor(), "thief@kunde.example")
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == (2 if ends else 3)


def test_a_link_opens_no_more_than_its_maker_sees(bank: Organisation) -> None:
    _, conversation = anonymous(bank)
    with serving(bank.tenant):
        one = Conversation.objects.get(pk=conversation)
        two = start_conversation("198.51.100.9", "de", one.contact)
        Conversation.objects.filter(pk=two.pk).update(assigned_to=bank.ben)
        ada = bank.as_adviser(bank.ada)
        with pytest.raises(NotAllSeen):
            hand_over_link(ada, one.contact)
        assert not Token.objects.exists()
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation}/client-link/")
    assert answer.status_code == 403
    assert "that you cannot see" in answer.content.decode()
    with serving(bank.tenant):
        Conversation.objects.filter(pk=two.pk).update(assigned_to=None)
        hand_over_link(ada, one.contact)
        # Both say so, to advisers.
        found = Event.objects.filter(kind="link-made")
        assert {event.conversation_id for event in found} == {one.pk, two.pk}
        # What is being deleted opens nothing, and keeps nobody from it.
        Conversation.objects.filter(pk=two.pk).update(state=State.DELETING)
        hand_over_link(ada, one.contact)


@pytest.mark.parametrize("order", [1, -1])
def test_two_contacts_do_not_keep_each_other(bank: Organisation, order: int) -> None:
    website = website_of(bank)
    browser, conversation = anonymous(bank)
    named = website.token(name="Vera Geheim", email="vera@geheim.example")
    keep_cookies(browser, post(browser, "/recognise", {"token": named}))
    with serving(bank.tenant):
        account = ClientAccount.objects.get()
        other = start_conversation("198.51.100.9", "de", account.contact)
        before = Conversation.objects.get(pk=conversation).contact
        merge(bank.as_adviser(bank.ada), account.contact, before)
    assert post(browser, "/join", {"join": True}).status_code == 200
    with serving(bank.tenant):
        for one in [conversation, other.pk][::order]:
            assert Contact.objects.count() == 2
            deleted(Conversation.objects.get(pk=one))
        forget_clients()
        # Whoever is signed in is there, and gone afterwards.
        assert Contact.objects.count() in {0, 2}
        Visit.objects.update(seen_at=timezone.now() - dt.timedelta(hours=1))
        forget_clients()
        assert not Contact.objects.exists()
    assert not knows(bank.tenant, "vera@geheim.example")


def test_two_accounts_that_are_one_person_go_together(bank: Organisation) -> None:
    website = website_of(bank)
    for subject in ("4711", "4712"):
        recognised(website, subject)
    with serving(bank.tenant):
        first, second = (account.contact for account in ClientAccount.objects.all())
        Contact.objects.filter(pk=second.pk).update(merged_with=first)
        forget_clients()
        assert Contact.objects.count() == 2  # Both are signed in.
        Visit.objects.update(seen_at=timezone.now() - dt.timedelta(hours=1))
        forget_clients()
        assert not Contact.objects.exists()


def test_addresses_go_with_what_they_were_given_for(bank: Organisation) -> None:
    browser, conversation = anonymous(bank)
    code = asked(browser, "spur@kunde.example")
    token = mailed_token(bank)
    assert opened(bank, token, code).status_code == 200
    # Asked for by a stranger.
    asked(bank.visitor(), "spur@kunde.example")
    with serving(bank.tenant):
        assert "spur" not in str(list(Token.objects.values_list("scope", flat=True)))
        found = Conversation.objects.get(pk=conversation)
        with translation.override("en"):
            proving.ask_by_mail(bank.as_adviser(bank.ada), found, "spur2@kunde.example")
        assert QueuedNotice.objects.count() == 3
        deleted(Conversation.objects.get(pk=conversation))
        assert not Contact.objects.exists()
        assert not QueuedNotice.objects.exists()
        assert not Token.objects.exists()
    for address in ("spur@kunde.example", "spur2@kunde.example"):
        assert not knows(bank.tenant, address)
