"""The adviser's pages: what is shown, changed, and refused."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from siegel.conversations.contacts import introduce
from siegel.conversations.models import Message
from siegel.desk.participants import adviser_of
from siegel.desk.permitted import person_of
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.inboxes import asked


def test_the_desk_begins_at_the_inbox(bank: Organisation) -> None:
    response = bank.desk(bank.ada).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/inbox/")


def test_who_reads_no_conversation_begins_at_the_administration(bank: Organisation) -> None:
    response = bank.desk(bank.mia).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/administration/")
    page = bank.desk(bank.mia).get("/administration/")
    assert page.context["may_change"] is True
    assert "Inbox" not in page.content.decode()
    with serving(bank.tenant):
        bank.mia.roles = [Role.AUDITOR]
        bank.mia.save()
    page = bank.desk(bank.mia).get("/administration/")
    assert page.context["may_change"] is False
    assert "change nothing" in page.content.decode()


def test_the_rail_is_for_people(bank: Organisation) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        person_of(request)


def test_the_page_holds_its_first_list(bank: Organisation) -> None:
    conversation = asked(bank)
    ada, ben = bank.desk(bank.ada), bank.desk(bank.ben)
    page = ada.get("/inbox/?view=free")
    assert 'id="first-list"' in page.content.decode()
    assert page.context["inbox"]["rows"][0]["excerpt"] == "Was kostet das?"
    assert ada.get("/inbox/").context["inbox"]["view"] == "mine"
    label = uuid.uuid4()
    assert ada.get(f"/inbox/?view=label&label={label}").context["inbox"]["rows"] == []
    ada.post(f"/inbox/{conversation.pk}/assign/")
    assert ada.get(f"/inbox/{conversation.pk}/").context["inbox"]["counts"]["mine"] == 1
    for address in ("", "header/", "context/", "transcript/", "assignees/"):
        assert ben.get(f"/inbox/{conversation.pk}/{address}").status_code == 404
    for address in ("assign/", "release/", "resolve/", "reopen/", "snooze/", "wake/", "label/"):
        assert ben.post(f"/inbox/{conversation.pk}/{address}").status_code == 404


def test_what_is_written_is_shown_as_text(bank: Organisation) -> None:
    conversation = asked(bank, "<script>alert(1)</script>")
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, '"><img src=x>', "v@x.example")
    page = bank.desk(bank.ada).get(f"/inbox/{conversation.pk}/?view=free").content.decode()
    assert "\\u003Cscript\\u003Ealert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_an_administrator_is_told_why_there_is_nothing(bank: Organisation) -> None:
    conversation = asked(bank)
    mia = bank.desk(bank.mia)
    page = mia.get("/inbox/")
    assert "Conversations are visible to advisers" in page.content.decode()
    assert set(page.context["inbox"]["counts"].values()) == {0}
    assert mia.get(f"/inbox/{conversation.pk}/").status_code == 404
    assert mia.post(f"/inbox/{conversation.pk}/resolve/").status_code == 404


def test_a_transcript_is_a_file(bank: Organisation) -> None:
    conversation = asked(bank)
    response = bank.desk(bank.ada).get(
        f"/inbox/{conversation.pk}/transcript/?zone=Europe/Berlin",
        headers={"accept-language": "de"},
    )
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "Zeiten: Europe/Berlin" in response.content.decode()
    assert "Was kostet das?" in response.content.decode()


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_language_is_remembered(bank: Organisation, language: str) -> None:
    browser = bank.anonymous()
    response = browser.post("/language/", {"language": language, "next": "/sign-in/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/")
    page = browser.get("/sign-in/").content.decode()
    assert {"de": "Anmelden", "en": "Sign in"}[language] in page
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_language_form_sends_nobody_away(bank: Organisation, target: str) -> None:
    response = bank.anonymous().post("/language/", {"language": "xx", "next": target})
    assert response.headers["Location"] == "/"
    assert "__Host-language" not in response.cookies


def test_nobody_is_not_an_adviser() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(Http404):
        adviser_of(request)


def test_rows_show_themselves_without_content(bank: Organisation) -> None:
    conversation = asked(bank)
    with serving(bank.tenant):
        message = Message.objects.get()
        event = conversation.events.get(seq=1)
        assert "kostet" not in f"{conversation} {conversation.contact} {message} {event}"
        assert str(event).endswith("1 started")
        assert str(message).endswith(" 2")
