"""The composer's requests: notes, mentions, canned replies, who may answer."""

import uuid

import pytest

from siegel.conversations.canned import save_canned
from siegel.conversations.contacts import introduce
from siegel.conversations.models import Conversation, Mention, Note
from siegel.conversations.noting import write_note
from siegel.conversations.resolving import assign_to_self
from siegel.identity.models import Membership, Team
from siegel.identity.models import Organisation as Row
from siegel.tenancy.context import serving
from tests.cast import Organisation

JSON = "application/json"


def shared(bank: Organisation) -> Conversation:
    """A conversation that Ben looks after, and Ada's team too."""
    conversation = bank.conversation()
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
        for person in (bank.ada, bank.ben):
            Membership.objects.create(team=team, person=person)
        Conversation.objects.filter(pk=conversation.pk).update(team=team, assigned_to=bank.ben)
    return conversation


def test_a_note_that_calls_a_colleague(bank: Organisation) -> None:
    conversation, key = shared(bank), str(uuid.uuid4())
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    people = ada.get(f"{address}mentionable/?q=bra").json()["people"]
    assert people == [{"id": str(bank.ben.pk), "name": "Ben Brandt", "email": "ben@bank.example"}]
    assert len(ada.get(f"{address}mentionable/").json()["people"]) == 1  # Not oneself.
    note = {"key": key, "body": "@Ben Brandt, bitte", "mentions": [people[0]["id"]]}
    first = ada.post(f"{address}notes/", note, JSON)
    again = ada.post(f"{address}notes/", note, JSON)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    ben = bank.desk(bank.ben)
    assert ben.get(address).status_code == 200
    with serving(bank.tenant):
        assert Note.objects.count() == 1
        assert Mention.objects.get().seen_at is not None
    foreign = ben.post(f"{address}notes/", note, JSON)
    assert foreign.status_code == 404


def test_what_is_mentioned_while_one_looks_is_seen(bank: Organisation) -> None:
    conversation = shared(bank)
    with serving(bank.tenant):
        key = uuid.uuid4()
        write_note(bank.as_adviser(bank.ada), conversation, key, "@Ben", [bank.ben.pk])
    for person in (bank.ada, bank.ben):
        answer = bank.desk(person).post(f"/inbox/{conversation.pk}/mentions-seen/")
        assert answer.status_code == 204
    with serving(bank.tenant):
        assert Mention.objects.get().seen_at is not None


@pytest.mark.parametrize(
    ("note", "status", "code"),
    [
        ({"body": "x"}, 400, "malformed"),
        ({"key": "no key", "body": "x"}, 400, "malformed"),
        ({"body": "x", "colour": "red"}, 400, "malformed"),
        ({"body": " "}, 422, "body-empty"),
        ({"body": "x" * 20_001}, 422, "body-too-long"),
        ({"body": "x", "mentions": [str(uuid.uuid4())]}, 422, "not-mentionable"),
    ],
)
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_note_that_is_refused_in_words(
    bank: Organisation, note: dict[str, object], status: int, code: str, language: str
) -> None:
    conversation = bank.conversation()
    wish = note if status == 400 and "colour" not in note else {"key": str(uuid.uuid4()), **note}
    headers = {"accept-language": language, "accept": JSON}
    answer = bank.desk(bank.ada).post(
        f"/inbox/{conversation.pk}/notes/", wish, JSON, headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"].endswith(".")


def test_bytes_that_are_no_text_are_malformed(bank: Organisation) -> None:
    conversation = bank.conversation()
    answer = bank.desk(bank.ada).post(
        f"/inbox/{conversation.pk}/notes/", b'{"body": "\xff"}', JSON, headers={"accept": JSON}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_canned_replies_are_filled_in_for_this_client(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        save_canned("person:1", shortcut="gruss", title="Gruß", body="Guten Tag {client.name},")
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/canned/?q=gr&zone=Europe/Berlin"
    found = ada.get(address, headers={"accept-language": "de"}).json()["canned"]
    assert [(reply["shortcut"], reply["title"]) for reply in found] == [("gruss", "Gruß")]
    assert found[0]["parts"] == [
        {"text": "Guten Tag ", "is_gap": False},
        {"text": "[Name]", "is_gap": True},
        {"text": ",", "is_gap": False},
    ]
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Vera Vogt", "v@x.example")
    filled = ada.get(address).json()["canned"][0]["parts"]
    assert "".join(part["text"] for part in filled) == "Guten Tag Vera Vogt,"


def test_who_may_answer(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        Row.objects.update(undo_seconds=10)
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/composing/"
    nobody = {"state": "open", "colleague": "", "undo_seconds": 10}
    assert ada.get(address).json() == nobody
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), conversation)
    assert ada.get(address).json() == nobody
    other = shared(bank)
    assert ada.get(f"/inbox/{other.pk}/composing/").json()["colleague"] == "Ben Brandt"
    page = ada.get(f"/inbox/{other.pk}/").content.decode()
    assert "Ben Brandt" in page.split('id="taken"')[1].split("</div>")[0]


def test_somebody_quicker_takes_it_from_under_a_note(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siegel.desk import composing, participants

    conversation = bank.conversation()
    real = participants.conversation_or_404

    def and_then_ben_is_quicker(request: object, identifier: object) -> Conversation:
        found = real(request, identifier)  # type: ignore[arg-type]
        assign_to_self(bank.as_adviser(bank.ben), found)
        return found

    monkeypatch.setattr(composing, "conversation_or_404", and_then_ben_is_quicker)
    note = {"key": str(uuid.uuid4()), "body": "Zu spät"}
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/notes/", note, JSON)
    assert answer.status_code == 404
