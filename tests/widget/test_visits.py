"""The client's side over HTTP: nothing before the first message, everything scoped after it."""

import json
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from siegel.conversations.models import Contact, Conversation
from siegel.conversations.posting import post_message
from siegel.identity.presence import beat
from siegel.tenancy.context import serving
from siegel.widget.models import Visit
from tests.cast import Organisation


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(
        path, text, content_type="application/json", headers={"X-Siegel": "1", **headers}
    )


def test_looking_begins_nothing(bank: Organisation) -> None:
    answer = bank.visitor().get("/visit")
    assert answer.json() == {
        "known": False, "conversation": None, "ticket": None, "present": False,
        "contact": {"name": "", "email": ""}, "organisation": "Bank",
        "blocked": False, "client": None, "conversations": [], "proof": None,
        "offer": None, "links": False, "who": "",
    }  # fmt: skip
    assert "Set-Cookie" not in answer.headers
    with serving(bank.tenant):
        assert not Contact.objects.exists()


def test_the_first_message_begins_a_visit_with_a_partitioned_cookie(bank: Organisation) -> None:
    answer = post(bank.visitor(), "/visit", {"language": "en"})
    assert answer.status_code == 201
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-visitor=")
    for part in ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert part in cookie
    token = cookie.split(";")[0].split("=", 1)[1]
    with serving(bank.tenant):
        visit = Visit.objects.get()
        assert token not in f"{visit.digest} {visit}"
        assert Contact.objects.get().language == "en"
    client = bank.visitor()
    client.cookies["__Host-visitor"] = token
    again = post(client, "/visit", {"language": "en"})
    assert (again.status_code, again.json()["known"]) == (200, True)
    with serving(bank.tenant):
        assert Conversation.objects.count() == 1


def test_somebody_present_is_said(bank: Organisation) -> None:
    with serving(bank.tenant):
        beat(bank.ada)
    assert bank.visitor().get("/visit").json()["present"] is True


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b'{"language": "\xff"}',
        b'{"name": "\xed\xa0\x80", "email": "v@x.example"}',
        b"[1]",
        b'{"language": 1}',
        b'{"more": 1}',
        b"[" * 9000,
    ],
)
@pytest.mark.parametrize("path", ["/visit", "/contact"])
def test_what_is_not_understood_is_a_400(bank: Organisation, path: str, body: bytes) -> None:
    client = bank.visitor() if path == "/visit" else bank.visitor(bank.conversation())
    answer = post(client, path, body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


@pytest.mark.parametrize("path", ["/visit", "/contact"])
def test_a_foreign_page_changes_nothing(bank: Organisation, path: str) -> None:
    client = bank.visitor(bank.conversation())
    answer = client.post(path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-page")


def test_too_many_starts_are_told_to_wait(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_STARTS_PER_NETWORK_AND_HOUR", 1)
    assert post(bank.visitor(), "/visit", {}).status_code == 201
    answer = post(bank.visitor(), "/visit?lang=de", {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "Was Sie geschrieben haben, ist erhalten" in answer.json()["message"]
    assert answer.json()["retry_after"] == 600


def test_a_contact_is_taken_or_refused_with_the_field(bank: Organisation) -> None:
    conversation = bank.conversation()
    client = bank.visitor(conversation)
    refused = post(client, "/contact?lang=en", {"name": "Vera", "email": "vera"})
    assert (refused.status_code, refused.json()["field"]) == (422, "email")
    refused = post(client, "/contact", {"name": "", "email": "v@x.example"})
    assert (refused.status_code, refused.json()["field"]) == (422, "name")
    assert post(client, "/contact", {"name": "V", "email": "v@x.example"}).status_code == 204
    assert client.get("/visit").json()["contact"] == {"name": "V", "email": "v@x.example"}


def test_a_contact_cannot_change_for_ever(bank: Organisation) -> None:
    client = bank.visitor(bank.conversation())
    told = {"name": "V", "email": "v@x.example"}
    assert {post(client, "/contact", told).status_code for _ in range(20)} == {204}
    answer = post(client, "/contact?lang=de", told)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-changes")
    assert "zu oft geändert" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/contact", "/transcript"])
def test_without_a_visit_there_is_nothing(bank: Organisation, path: str) -> None:
    client = bank.visitor()
    answer: HttpResponse = (
        client.get(path) if path == "/transcript" else post(client, path, {})  # type: ignore[assignment]
    )
    assert answer.status_code == 404


def test_a_transcript_holds_the_own_conversation(bank: Organisation) -> None:
    own, other = bank.conversation(), bank.conversation()
    for conversation, body in ((own, "mine"), (other, "theirs")):
        post_message(
            bank.tenant, bank.as_client(conversation), conversation.pk, uuid.uuid4(), body
        ).result(5)
    answer = bank.visitor(own).get("/transcript?zone=Europe/Berlin&lang=en")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "mine" in answer.content.decode()
    assert "theirs" not in answer.content.decode()


@pytest.mark.parametrize(("language", "text"), [("de", "Nachricht"), ("en", "Write a message")])
def test_the_chat_speaks_and_may_be_framed_by_its_own_pages_only(
    bank: Organisation, language: str, text: str
) -> None:
    page = bank.visitor().get(f"/?lang={language}")
    assert text in page.content.decode()
    assert "frame-ancestors https://www.bank.example" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    with serving(bank.tenant):
        from siegel.identity.models import Organisation as Row

        Row.objects.update(page_origins=[])
    page = bank.visitor().get("/")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "title"), [("/privacy/", "Datenschutz"), ("/imprint/", "Impressum")]
)
def test_privacy_notice_and_imprint(bank: Organisation, path: str, title: str) -> None:
    assert title in bank.visitor().get(f"{path}?lang=de").content.decode()
