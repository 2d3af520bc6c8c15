"""What a client says of themselves beside what the website, an adviser or a proof has said."""

import uuid
from typing import Any

import pytest
from django.test import Client

from siegel.conversations import proving
from siegel.conversations.contacts import change_contact
from siegel.conversations.models import Contact, Conversation, IdentityProof
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.widget.known import begun, post, recognised, website_of
from tests.widget.test_continuing import anonymous

pytestmark = pytest.mark.usefixtures("mail")


def asked_code(bank: Organisation, conversation: uuid.UUID) -> str:
    with serving(bank.tenant):
        found = Conversation.objects.get(pk=conversation)
        return proving.ask_by_telling(bank.as_adviser(bank.ada), found)


def header(bank: Organisation, conversation: uuid.UUID) -> str:
    return str(bank.desk(bank.ada).get(f"/inbox/{conversation}/").content.decode())


def introduced(browser: Client, name: str, email: str) -> Any:
    answer = post(browser, "/contact", {"name": name, "email": email})
    assert answer.status_code == 204
    return answer


def test_no_badge_beside_another_name(bank: Organisation) -> None:
    browser, conversation = anonymous(bank)
    introduced(browser, "Vera Echt", "vera@kunde.example")
    code = asked_code(bank, conversation)
    assert post(browser, "/proof", {"code": code}).status_code == 204
    assert 'class="proved"' in header(bank, conversation)
    introduced(browser, "Vorstand Dr. Reich", "x@evil.example")
    page = header(bank, conversation)
    assert "Vorstand Dr. Reich" in page
    assert 'class="proved"' not in page


def test_no_badge_after_one_that_failed(bank: Organisation) -> None:
    browser, conversation = anonymous(bank)
    code = asked_code(bank, conversation)
    assert post(browser, "/proof", {"code": code}).status_code == 204
    asked_code(bank, conversation)
    for _ in range(5):
        post(browser, "/proof", {"code": "x"})
    assert 'class="proved"' not in header(bank, conversation)
    # Another one that is confirmed says so again; one that is waited for changes nothing.
    code = asked_code(bank, conversation)
    assert post(browser, "/proof", {"code": code}).status_code == 204
    asked_code(bank, conversation)
    assert 'class="proved"' in header(bank, conversation)


def test_advisers_see_the_whole_address(bank: Organisation) -> None:
    _, conversation = anonymous(bank)
    with serving(bank.tenant):
        found = Conversation.objects.get(pk=conversation)
        proof = proving.ask_by_mail(bank.as_adviser(bank.ada), found, "vera@kunde.example")
        IdentityProof.objects.filter(pk=proof.pk).update(
            outcome="confirmed", ended_at=proof.asked_at
        )
    assert "vera@kunde.example" in header(bank, conversation)


def test_what_a_client_typed_is_not_offered_for_a_code(bank: Organisation) -> None:
    browser, conversation = anonymous(bank)
    introduced(browser, "Vera Echt", "vera@kunde.example")
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation}/proof/"
    assert 'value="vera@kunde.example"' not in ada.get(address).content.decode()
    with serving(bank.tenant):
        contact = Contact.objects.get()
        known = {"name": "Vera Echt", "email": "vera@bank-knows.example", "language": "de"}
        change_contact(bank.as_adviser(bank.ada), contact, **known)
    assert 'value="vera@bank-knows.example"' in ada.get(address).content.decode()


def test_whom_the_website_names_stays_so(bank: Organisation) -> None:
    website = website_of(bank)
    browser = recognised(website, name="Vera Muster")
    conversation = begun(browser)
    introduced(browser, "Max Andere", "max@kunde.example")
    with serving(bank.tenant):
        # What was empty is filled.
        found = Contact.objects.values_list("name", "email").get()
        assert found == ("Vera Muster", "max@kunde.example")
    introduced(browser, "Max Andere", "max@mallory.example")
    with serving(bank.tenant):
        assert Contact.objects.get().email == "max@kunde.example"
    assert "Recognised by your website" in header(bank, conversation)
    _, other = anonymous(bank)
    assert "Recognised by your website" not in header(bank, other)
