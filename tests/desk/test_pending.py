"""Answers that can be called back, as the browser asks for it."""

import datetime as dt
import time
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from siegel.conversations.models import Conversation, Message, PendingMessage
from siegel.conversations.releasing import release_due
from siegel.conversations.resolving import assign_to_self
from siegel.identity.models import Organisation as Row
from siegel.tenancy.context import serving
from tests.cast import Organisation

JSON = "application/json"


@pytest.fixture(autouse=True)
def ten_seconds(bank: Organisation) -> None:
    with serving(bank.tenant):
        Row.objects.update(undo_seconds=10)


def held(browser: Client, conversation: Conversation, body: str = "Gern.") -> str:
    key = str(uuid.uuid4())
    answer = browser.post(f"/inbox/{conversation.pk}/pending/", {"key": key, "body": body}, JSON)
    assert answer.status_code == 201
    release_at = dt.datetime.fromisoformat(answer.json()["release_at"])
    assert 8 < (release_at - timezone.now()).total_seconds() <= 10
    return key


def released(bank: Organisation) -> None:
    with serving(bank.tenant):
        PendingMessage.objects.update(release_at=timezone.now())
        release_due()


def test_called_back_in_time(bank: Organisation) -> None:
    conversation, ada = bank.conversation(), bank.desk(bank.ada)
    address = f"/inbox/{conversation.pk}/pending/"
    key = held(ada, conversation)
    [waiting] = ada.get(address).json()["pending"]
    assert (waiting["key"], waiting["body"], waiting["problem"]) == (key, "Gern.", "")
    assert 8 < waiting["seconds_left"] <= 10
    assert bank.desk(bank.ben).get(address).json() == {"pending": []}
    for _ in range(2):  # The first answer may be lost on its way.
        assert ada.delete(f"{address}{key}/").json() == {"body": "Gern.", "files": []}
    [kept] = ada.get(address, headers={"accept-language": "en"}).json()["pending"]
    assert (kept["key"], kept["body"]) == (key, "Gern.")
    assert kept["problem"] == "You have called this answer back."
    assert ada.delete(f"{address}{key}/?forget=1").status_code == 204
    assert ada.delete(f"{address}{key}/").status_code == 404
    assert ada.get(address).json() == {"pending": []}


@pytest.mark.parametrize("language", ["de", "en"])
def test_too_late(bank: Organisation, language: str) -> None:
    conversation, ada = bank.conversation(), bank.desk(bank.ada)
    key = held(ada, conversation)
    released(bank)
    answer = ada.delete(
        f"/inbox/{conversation.pk}/pending/{key}/", headers={"accept-language": language}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "gone-out")
    assert {"de": "hinausgegangen", "en": "gone out"}[language] in answer.json()["message"]
    again = ada.post(f"/inbox/{conversation.pk}/pending/", {"key": key, "body": "Gern."}, JSON)
    assert (again.status_code, again.json()) == (200, {"release_at": None})


def test_without_time_to_undo_it_goes_out_at_once(bank: Organisation) -> None:
    conversation, ada = bank.conversation(), bank.desk(bank.ada)
    with serving(bank.tenant):
        Row.objects.update(undo_seconds=0)
    wish = {"key": str(uuid.uuid4()), "body": "Gern."}
    assert ada.post(f"/inbox/{conversation.pk}/pending/", wish, JSON).status_code == 201
    deadline = time.monotonic() + 5
    with serving(bank.tenant):
        while not Message.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert Message.objects.get().body == "Gern."


def test_what_was_not_taken_comes_back_with_the_reason(bank: Organisation) -> None:
    conversation, ada = bank.conversation(), bank.desk(bank.ada)
    key = held(ada, conversation)
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), conversation)
    released(bank)
    [lost] = ada.get("/inbox/unsent/", headers={"accept-language": "de"}).json()["unsent"]
    assert (lost["key"], lost["conversation"]) == (key, str(conversation.pk))
    assert "übernommen" in lost["problem"]
    assert bank.desk(bank.ben).get("/inbox/unsent/").json() == {"unsent": []}
    # Its conversation is a colleague's now; the text is still the author's.
    assert ada.get(f"/inbox/{conversation.pk}/pending/").status_code == 404
    assert ada.delete(f"/inbox/{conversation.pk}/pending/{key}/").status_code == 404
    assert ada.delete(f"/inbox/unsent/{key}/").status_code == 204
    assert ada.delete(f"/inbox/unsent/{key}/").status_code == 404


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"body": "Gern."}, 400, "malformed"),
        ({"key": str(uuid.uuid4()), "body": ""}, 422, "body-empty"),
        ({"key": str(uuid.uuid4()), "body": "", "files": [str(uuid.uuid4())]}, 409, "file-gone"),
    ],
)
def test_what_is_refused_at_once(
    bank: Organisation, wish: dict[str, object], status: int, code: str
) -> None:
    answer = bank.desk(bank.ada).post(
        f"/inbox/{bank.conversation().pk}/pending/", wish, JSON, headers={"accept": JSON}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_key_of_somebody_else_is_nothing(bank: Organisation) -> None:
    conversation = bank.conversation()
    key = held(bank.desk(bank.ada), conversation)
    answer = bank.desk(bank.ben).post(
        f"/inbox/{conversation.pk}/pending/", {"key": key, "body": "Gern."}, JSON
    )
    assert answer.status_code == 404
