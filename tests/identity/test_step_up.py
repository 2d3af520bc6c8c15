"""Who proved long ago who they are is asked again, and loses nothing meanwhile."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from siegel.identity.models import Session
from siegel.identity.session_engine import SessionStore
from siegel.identity.step_up import (
    LONGEST_KEPT,
    HeldForm,
    stepped_up,
    stepped_up_to_change,
    take_held,
)
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.clocks import Clock

ADDRESS = "/administration/trail/export/?format=csv&q=a"


@stepped_up
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


@stepped_up_to_change
def guarded_when_sent(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


guarded_unkept = stepped_up(guarded, hold=False)
guarded_unkept_when_sent = stepped_up_to_change(guarded, hold=False)


@pytest.fixture
def ask(bank: Organisation) -> Callable[..., tuple[HttpRequest, HttpResponse]]:
    """Ask as Ada, so many minutes after she has signed in."""
    key = bank.desk(bank.ada).cookies["__Host-session"].value

    def asked(
        minutes: float, data: dict[str, Any] | None = None, view: Any = guarded, **headers: str
    ) -> tuple[HttpRequest, HttpResponse]:
        made = RequestFactory(headers={"host": bank.host, "accept": "text/html"} | headers)
        sent = made.get(ADDRESS) if data is None else made.post(ADDRESS, data)
        sent.session = SessionStore(key)
        with serving(bank.tenant):
            at = timezone.now() - dt.timedelta(minutes=minutes)
            Session.objects.filter(session_key=key).update(authenticated_at=at)
            assert sent.session.keys()
            return sent, view(sent)

    return asked


def test_who_has_just_proved_it_is_not_asked(ask: Any) -> None:
    assert ask(4.9)[1].content == b"done"


def test_others_are_led_to_the_page_and_back(ask: Any) -> None:
    answer = ask(5.1)[1]
    assert answer.status_code == 302
    expected = "/account/confirm/?next=/administration/trail/export/%3Fformat%3Dcsv%26q%3Da"
    assert answer.headers["Location"] == expected


def test_a_program_is_told_so(ask: Any) -> None:
    for headers in ({"accept": "application/json"}, {"x-csrftoken": "x"}):
        answer = ask(5.1, {"days": "30"}, **headers)[1]
        assert answer.status_code == 403
        assert json.loads(answer.content)["code"] == "step-up"


def test_somebody_without_a_session_has_proved_nothing(bank: Organisation) -> None:
    sent = RequestFactory(headers={"host": bank.host, "accept": "text/html"}).get(ADDRESS)
    sent.session = SessionStore()
    assert guarded(sent).status_code == 302


def test_only_what_is_sent_may_be_guarded(ask: Any) -> None:
    assert ask(5.1, view=guarded_when_sent)[1].content == b"done"
    assert ask(5.1, {"days": "30"}, view=guarded_when_sent)[1].status_code == 302
    assert ask(4.9, {"days": "30"}, view=guarded_when_sent)[1].content == b"done"


def test_what_was_sent_is_kept_once(ask: Any) -> None:
    sent = {"roles": ["adviser", "auditor"], "name": "Zoé", "csrfmiddlewaretoken": "x"}
    page = "https://bank.test/administration/people/?q=zo"
    request, answer = ask(6, sent, referer=page)
    before, kept = answer.headers["Location"].split("&kept=")
    assert before == "/account/confirm/?next=/administration/people/%3Fq%3Dzo"
    assert take_held(request, kept) == HeldForm(
        ADDRESS, [("roles", "adviser"), ("roles", "auditor"), ("name", "Zoé")]
    )
    assert take_held(request, kept) is None


@pytest.mark.parametrize("asked_by", ["", "yes", "A" * 22])
def test_whoever_did_not_send_it_does_not_carry_it_out(ask: Any, asked_by: str) -> None:
    request, answer = ask(6, {"name": "Evil"})
    kept = answer.headers["Location"].split("&kept=")[1]
    assert take_held(request, asked_by) is None
    # Nor does it wait for anybody else.
    assert take_held(request, kept) is None


@pytest.mark.parametrize(("minutes", "is_there"), [(4.9, True), (5.1, False)])
def test_it_waits_for_five_minutes(
    ask: Any, monkeypatch: pytest.MonkeyPatch, minutes: float, is_there: bool
) -> None:
    request, answer = ask(6, {"name": "Zoé"})
    Clock(monkeypatch).passes(minutes=minutes)
    held = take_held(request, answer.headers["Location"].split("&kept=")[1])
    assert (held is not None) == is_there


def test_where_it_may_be_a_secret_nothing_is_kept(ask: Any) -> None:
    for view in (guarded_unkept, guarded_unkept_when_sent):
        request, answer = ask(6, {"key": "-----BEGIN PRIVATE KEY-----"}, view=view)
        assert answer.headers["Location"] == "/account/confirm/?next=/&kept=no"
        assert "PRIVATE" not in str(dict(request.session.items()))


@pytest.mark.parametrize(
    "sent",
    [
        {"new_password": "a sentence"},
        {"logo": SimpleUploadedFile("logo.png", b"x")},
        {"text": "x" * LONGEST_KEPT},
    ],
    ids=["a password", "a file", "too much"],
)
def test_what_is_not_kept_is_said(ask: Any, sent: dict[str, Any]) -> None:
    request, answer = ask(6, sent, referer="https://elsewhere.example/")
    assert answer.headers["Location"] == "/account/confirm/?next=/&kept=no"
    assert take_held(request, "no") is None


@pytest.mark.parametrize(
    ("before", "back"),
    [
        ("https://bank.test/account/password/", "/account/password/"),
        ("https://bank.test", "/"),
        ("https://bank.test.example/x/", "/"),
        ("", "/"),
    ],
)
def test_back_goes_to_pages_of_ours_only(ask: Any, before: str, back: str) -> None:
    answer = ask(6, {"days": "1"}, referer=before)[1]
    assert answer.headers["Location"].startswith(f"/account/confirm/?next={back}&kept=")
