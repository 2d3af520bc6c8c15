"""Drafts over HTTP: kept, told apart, refused in words."""

import pytest

from siegel.conversations.models import Conversation
from siegel.conversations.resolving import assign_to_self
from siegel.tenancy.context import serving
from tests.cast import Organisation

JSON = "application/json"


def test_a_draft_is_there_in_another_browser(bank: Organisation) -> None:
    address = f"/inbox/{bank.conversation().pk}/draft/"
    here, there = bank.desk(bank.ada), bank.desk(bank.ada)
    assert here.get(address).json() == {"drafts": []}
    saved = here.put(address, {"body": "Guten Tag"}, JSON).json()["saved_at"]
    assert there.get(address).json()["drafts"] == [
        {"body": "Guten Tag", "is_note": False, "saved_at": saved}
    ]
    assert bank.desk(bank.ben).get(address).json() == {"drafts": []}
    more = {"body": "Guten Tag, gern.", "saved_at": saved}
    newer = there.put(address, more, JSON).json()["saved_at"]
    late = here.put(address, {"body": "Guten Tag Vera", "saved_at": saved}, JSON)
    assert (late.status_code, late.json()["code"]) == (409, "draft-newer")
    assert late.json()["draft"]["body"] == "Guten Tag, gern."
    assert late.json()["draft"]["saved_at"] == newer
    assert here.put(address, {"body": "", "saved_at": newer}, JSON).json() == {"saved_at": None}
    assert there.get(address).json() == {"drafts": []}
    assert here.put(address, {"body": "x", "is_note": True}, JSON).status_code == 200
    assert here.delete(address).status_code == 204
    assert here.get(address).json() == {"drafts": []}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Zeile " * 160_000, "draft-too-long"),
        ("\x07", "body-control-characters"),
    ],
)
def test_what_is_kept_in_the_browser_only(
    bank: Organisation, body: str, code: str, language: str
) -> None:
    address = f"/inbox/{bank.conversation().pk}/draft/"
    answer = bank.desk(bank.ada).put(
        address, {"body": body}, JSON, headers={"accept-language": language}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert {"de": "nur in diesem Browser", "en": "in this browser only"}[language] in (
        answer.json()["message"]
    )


def test_more_than_a_request_may_hold_is_refused_too(bank: Organisation) -> None:
    address = f"/inbox/{bank.conversation().pk}/draft/"
    answer = bank.desk(bank.ada).put(
        address, {"body": "x" * 1_100_000}, JSON, headers={"accept": JSON}
    )
    assert answer.status_code == 400


def test_somebody_quicker_takes_it_from_under_a_draft(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siegel.desk import drafting, participants

    conversation = bank.conversation()
    real = participants.conversation_or_404

    def and_then_ben_is_quicker(request: object, identifier: object) -> Conversation:
        found = real(request, identifier)  # type: ignore[arg-type]
        assign_to_self(bank.as_adviser(bank.ben), found)
        return found

    monkeypatch.setattr(drafting, "conversation_or_404", and_then_ben_is_quicker)
    address = f"/inbox/{conversation.pk}/draft/"
    assert bank.desk(bank.ada).put(address, {"body": "Zu spät"}, JSON).status_code == 404
    with serving(bank.tenant):
        assert not Conversation.objects.filter(draft__isnull=False).exists()
