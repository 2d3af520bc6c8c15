"""The adviser's pages: what is shown, changed, and refused."""

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone

from siegel.conversations.contacts import introduce
from siegel.conversations.models import Conversation, Message
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.resolving import assign_to_self
from siegel.desk.inbox import rows_for, tab_named
from siegel.desk.participants import adviser_of, conversation_or_404
from siegel.desk.permitted import person_of
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation


def asked(bank: Organisation, body: str = "Was kostet das?") -> Conversation:
    """A conversation with a question in it."""
    conversation = bank.conversation()
    post_message(
        bank.tenant, bank.as_client(conversation), conversation.pk, uuid.uuid4(), body
    ).result(5)
    return conversation


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


def test_a_question_is_in_the_free_ones_until_somebody_takes_it(bank: Organisation) -> None:
    conversation = asked(bank)
    bank.conversation()  # Begun and nothing written: nothing to answer.
    ada, ben = bank.desk(bank.ada), bank.desk(bank.ben)
    page = ada.get("/inbox/?tab=free")
    assert "Was kostet das?" in page.content.decode()
    assert page.context["counts"] == {"mine": 0, "free": 1, "resolved": 0}
    assert ada.post(f"/inbox/{conversation.pk}/assign/").status_code == 204
    assert ada.get("/inbox/").context["counts"] == {"mine": 1, "free": 0, "resolved": 0}
    assert ben.get("/inbox/?tab=free").context["counts"] == {"mine": 0, "free": 0, "resolved": 0}
    for address in ("", "header/", "context/", "transcript/"):
        assert ben.get(f"/inbox/{conversation.pk}/{address}").status_code == 404
    for address in ("assign/", "resolve/", "reopen/"):
        assert ben.post(f"/inbox/{conversation.pk}/{address}").status_code == 404


def test_resolving_and_reopening(bank: Organisation) -> None:
    conversation = asked(bank)
    ada = bank.desk(bank.ada)
    assert ada.post(f"/inbox/{conversation.pk}/resolve/").status_code == 204
    assert ada.get("/inbox/?tab=resolved").context["counts"]["resolved"] == 1
    assert "Reopen" in ada.get(f"/inbox/{conversation.pk}/header/").content.decode()
    assert ada.post(f"/inbox/{conversation.pk}/reopen/").status_code == 204
    assert ada.get("/inbox/").context["counts"] == {"mine": 1, "free": 0, "resolved": 0}


def test_whoever_is_slower_is_told_so(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = asked(bank)
    from siegel.desk import views

    real = conversation_or_404

    def and_then_ben_is_quicker(request: object, identifier: object) -> Conversation:
        found = real(request, identifier)  # type: ignore[arg-type]
        assign_to_self(bank.as_adviser(bank.ben), found)
        return found

    monkeypatch.setattr(views, "conversation_or_404", and_then_ben_is_quicker)
    assert bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/assign/").status_code == 404


def test_unread_counts_what_the_client_wrote_since(bank: Organisation) -> None:
    conversation = asked(bank)
    participant = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        row = rows_for(participant, tab_named("free"))[0]
        assert (row.unread, row.contact_name, row.initials) == (1, "", "")
        mark_read(participant, conversation, 2)
        assert rows_for(participant, tab_named("free"))[0].unread == 0
        introduce(bank.as_client(conversation), conversation, "Vera Maria Vogt", "v@x.example")
        row = rows_for(participant, tab_named("free"))[0]
        assert (row.unread, row.contact_name, row.initials) == (0, "Vera Maria Vogt", "VV")
        assert tab_named("nonsense") == "mine"


def test_the_newest_is_first(bank: Organisation) -> None:
    old, new = asked(bank, "old"), asked(bank, "new")
    with serving(bank.tenant):
        Conversation.objects.filter(pk=old.pk).update(
            last_message_at=timezone.now() - dt.timedelta(days=1)
        )
        rows = rows_for(bank.as_adviser(bank.ada), tab_named("free"))
    assert [row.id for row in rows] == [new.pk, old.pk]


def test_what_is_written_is_shown_as_text(bank: Organisation) -> None:
    conversation = asked(bank, "<script>alert(1)</script>")
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, '"><img src=x>', "v@x.example")
    page = bank.desk(bank.ada).get(f"/inbox/{conversation.pk}/?tab=free").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_an_administrator_is_told_why_there_is_nothing(bank: Organisation) -> None:
    conversation = asked(bank)
    mia = bank.desk(bank.mia)
    page = mia.get("/inbox/")
    assert "Conversations are visible to advisers" in page.content.decode()
    assert page.context["counts"] == {"mine": 0, "free": 0, "resolved": 0}
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
