"""What an adviser does with a conversation over HTTP, and what each refusal says."""

import datetime as dt
import uuid
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from siegel.conversations.assigning import take_over
from siegel.conversations.labelling import label, save_labels
from siegel.conversations.models import Conversation, Note, PendingMessage
from siegel.conversations.pending import hold_message
from siegel.conversations.posting import post_message
from siegel.desk.participants import conversation_or_404
from siegel.identity.models import Organisation as Row
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.inboxes import asked, page, team_of

ENGLISH = {"accept-language": "en"}


def test_a_free_one_is_mine_until_i_release_it(bank: Organisation) -> None:
    conversation = asked(bank)
    ada, ben = bank.desk(bank.ada), bank.desk(bank.ben)
    address = f"/inbox/{conversation.pk}/"
    assert ada.post(f"{address}assign/").status_code == 204
    assert page(bank, bank.ada, "mine")["counts"]["mine"] == 1
    assert ben.get(address).status_code == 404
    header = ada.get(f"{address}header/").content.decode()
    assert f'data-standing="{bank.ada.pk}/"' in header
    assert ada.post(f"{address}release/", {"expected": f"{bank.ada.pk}/"}).status_code == 204
    assert ben.post(f"{address}assign/", {"expected": "/"}).status_code == 204


def test_whoever_is_slower_is_told_who_was_quicker(bank: Organisation) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    conversation = asked(bank, team=team)
    ada, ben = bank.desk(bank.ada), bank.desk(bank.ben)
    address = f"/inbox/{conversation.pk}/"
    expected = f"/{team.pk}"
    assert ben.post(f"{address}assign/", {"expected": expected}).status_code == 204
    for what, fields in (
        ("assign", {"expected": expected}),
        ("assign", {}),
        ("hand-over", {"expected": expected, "to": f"person:{bank.ada.pk}", "note": "x"}),
        ("resolve", {"seen": 9}),
        ("snooze", {"until": (timezone.now() + dt.timedelta(days=1)).isoformat()}),
    ):
        answer = ada.post(f"{address}{what}/", fields, headers=ENGLISH)
        assert (answer.status_code, answer.json()["code"]) == (409, "taken-meanwhile")
        assert "Ben Brandt\u2069 has taken it meanwhile" in answer.json()["message"]
    before = {"expected": f"{bank.ben.pk}/{team.pk}"}
    assert ben.post(f"{address}release/", before).status_code == 204
    answer = ada.post(f"{address}assign/", before, headers=ENGLISH)
    assert answer.json()["message"].startswith("Somebody else")
    with serving(bank.tenant):
        assert not Note.objects.exists()


def test_handing_over_says_whether_one_still_sees_it(bank: Organisation) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    seen, away = asked(bank, team=team), asked(bank)
    ada = bank.desk(bank.ada)
    fields = {"to": f"person:{bank.ben.pk}", "note": " Bitte ", "key": str(uuid.uuid4())}
    answer = ada.post(f"/inbox/{seen.pk}/hand-over/", {"expected": f"/{team.pk}", **fields})
    assert answer.json() == {"visible": True}
    with serving(bank.tenant):
        assert Note.objects.get().body == "Bitte"
    answer = ada.post(f"/inbox/{away.pk}/hand-over/", {"expected": "/", "to": fields["to"]})
    assert answer.json() == {"visible": False}
    assert ada.post(f"/inbox/{away.pk}/hand-over/").status_code == 404
    found = ada.get(f"/inbox/{seen.pk}/assignees/?q=schad").json()["found"]
    assert found == [{"id": f"team:{team.pk}", "name": "Schaden"}]


@pytest.mark.parametrize(
    ("what", "fields", "status", "code"),
    [
        ("hand-over", {"expected": "/", "to": "person:x"}, 422, "assignee-gone"),
        ("snooze", {}, 422, "time-refused"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, 422, "time-past"),
        ("snooze", {"until": "9999-01-01T00:00:00Z"}, 422, "time-too-far"),
        ("label", {"label": "x"}, 422, "label-gone"),
        ("label", {"label": str(uuid.uuid4())}, 422, "label-gone"),
        ("unlabel", {}, 422, "label-gone"),
    ],
)
def test_what_is_refused_says_why(
    bank: Organisation, what: str, fields: dict[str, Any], status: int, code: str
) -> None:
    conversation = asked(bank)
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/{what}/", fields, headers=ENGLISH)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Nothing was changed" in answer.json()["message"]


def test_a_note_that_cannot_be_stored_keeps_the_conversation_where_it_is(
    bank: Organisation,
) -> None:
    conversation = asked(bank)
    fields = {"expected": "/", "to": f"person:{bank.ben.pk}", "note": "x" * 20_001}
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/hand-over/", fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "body-too-long")
    with serving(bank.tenant):
        assert Conversation.objects.get().assigned_to is None


def test_what_is_done_is_reopened_first(bank: Organisation) -> None:
    conversation = asked(bank)
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    assert ada.post(f"{address}resolve/", {"seen": 9}).status_code == 204
    until = (timezone.now() + dt.timedelta(days=1)).isoformat()
    answer = ada.post(f"{address}snooze/", {"until": until})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-open")
    assert "Reopen" in ada.get(f"{address}header/", headers=ENGLISH).content.decode()
    assert ada.post(f"{address}reopen/").status_code == 204
    assert ada.post(f"{address}snooze/", {"until": until}).status_code == 204
    assert page(bank, bank.ada, "snoozed")["counts"]["snoozed"] == 1
    assert "snoozed until" in ada.get(f"{address}header/", headers=ENGLISH).content.decode()
    assert ada.post(f"{address}wake/").status_code == 204
    assert page(bank, bank.ada, "mine")["counts"]["mine"] == 1


def test_labels_are_chosen_and_shown(bank: Organisation) -> None:
    conversation = asked(bank)
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    with serving(bank.tenant):
        made = save_labels([f"<b>Kfz {number:02}" for number in range(21)], "x")
    found = ada.get("/inbox/labels/?q=kfz").json()["found"]
    assert len(found) == 20
    assert found[0] == {"id": str(made[0].pk), "name": "<b>Kfz 00"}
    assert ada.post(f"{address}label/", {"label": str(made[0].pk)}).status_code == 204
    assert "&lt;b&gt;Kfz 00" in ada.get(f"{address}header/").content.decode()
    assert ada.post(f"{address}unlabel/", {"label": str(made[0].pk)}).status_code == 204
    with serving(bank.tenant):
        for each in made[:20]:
            label(bank.as_adviser(bank.ada), conversation, each.pk)
    answer = ada.post(f"{address}label/", {"label": str(made[20].pk)})
    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-labels")
    assert bank.desk(bank.mia).get("/inbox/labels/").status_code == 403


def test_what_is_lost_between_question_and_answer_is_absent(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = asked(bank)
    from siegel.desk import changing

    real = conversation_or_404

    def and_then_ben_is_quicker(request: Any, identifier: object) -> Conversation:
        found = real(request, identifier)
        with serving(bank.tenant):
            take_over(bank.as_adviser(bank.ben), found, "/")
        return found

    monkeypatch.setattr(changing, "conversation_or_404", and_then_ben_is_quicker)
    assert bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/assign/").status_code == 404


def test_what_the_client_has_written_meanwhile_is_read_first(bank: Organisation) -> None:
    conversation = asked(bank)
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    waits(bank, conversation, "Guten Tag.")
    write(bank, conversation, "Halt, noch etwas!")
    answer = ada.post(f"{address}resolve/", {"seen": 2}, headers=ENGLISH)
    assert (answer.status_code, answer.json()["code"]) == (409, "written-meanwhile")
    assert answer.json()["message"].startswith("The client has written meanwhile.")
    with serving(bank.tenant):
        found = Conversation.objects.get()
        # Neither did the answer go out before its time.
        assert (found.state, found.assigned_to, found.last_seq) == ("open", None, 3)
    assert ada.post(f"{address}resolve/", {"seen": 3}).status_code == 204


def test_what_was_seen_is_looked_at_again_under_the_lock(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = asked(bank)
    monkeypatch.setattr(
        "siegel.desk.changing.releasing.release_own",
        lambda *_: write(bank, conversation, "Halt, noch etwas!"),
    )
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/resolve/", {"seen": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "written-meanwhile")
    with serving(bank.tenant):
        assert Conversation.objects.get().assigned_to is None


@pytest.mark.parametrize("seen", [None, "", "-1", "x", "9" * 16])
def test_whoever_resolves_says_what_they_have_seen(bank: Organisation, seen: str | None) -> None:
    fields = {} if seen is None else {"seen": seen}
    address = f"/inbox/{asked(bank).pk}/resolve/"
    answer = bank.desk(bank.ada).post(address, fields, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("what", ["resolve", "snooze", "hand-over", "release"])
def test_an_answer_that_waits_goes_out_before(bank: Organisation, what: str) -> None:
    conversation = asked(bank)
    waits(bank, conversation, "Das ist alles.")
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    fields = {
        "resolve": {"seen": 2},
        "snooze": {"until": (timezone.now() + dt.timedelta(days=1)).isoformat()},
        # It was decided on when the conversation was nobody's.
        "hand-over": {"expected": "/", "to": f"person:{bank.ben.pk}"},
        "release": {"expected": "/"},
    }[what]
    assert ada.post(f"{address}{what}/", fields).status_code in (200, 204)
    with serving(bank.tenant):
        assert not PendingMessage.objects.exists()
        assert list(conversation.messages.values_list("body", flat=True))[1:] == ["Das ist alles."]
        found = Conversation.objects.get()
        assert found.state == ("resolved" if what == "resolve" else "open")
        assert (found.snoozed_until is not None) is (what == "snooze")
        after = {"hand-over": bank.ben, "release": None}
        assert found.assigned_to == after.get(what, bank.ada)


def test_while_an_answer_cannot_go_out_nothing_is_changed(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = asked(bank)
    waits(bank, conversation, "Das ist alles.")
    monkeypatch.setattr("siegel.conversations.writer.commit_batch", mock.Mock(side_effect=OSError))
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/"
    for what, fields in (("resolve", {"seen": 2}), ("release", {"expected": "/"})):
        answer = ada.post(f"{address}{what}/", fields, headers=ENGLISH)
        assert (answer.status_code, answer.json()["code"]) == (409, "answer-waits")
        assert "It is kept" in answer.json()["message"]
    with serving(bank.tenant):
        assert Conversation.objects.get().state == "open"
        assert PendingMessage.objects.get().body == "Das ist alles."


def test_somebody_who_was_slower_does_not_send_before_their_time(bank: Organisation) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    conversation = asked(bank, team=team)
    waits(bank, conversation, "Das ist alles.")
    before = {"expected": f"{bank.ben.pk}/{team.pk}", "to": f"person:{bank.ben.pk}"}
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/hand-over/", before)
    assert answer.json()["code"] == "taken-meanwhile"
    with serving(bank.tenant):
        assert PendingMessage.objects.get().outcome == ""


def test_who_takes_it_while_the_answer_goes_out_keeps_it(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = team_of(bank, "Schaden", bank.ada, bank.ben)
    conversation = asked(bank, team=team)

    def ben_is_quicker(*_: object) -> bool:
        Conversation.objects.update(assigned_to=bank.ben)
        return True

    monkeypatch.setattr("siegel.desk.changing.releasing.release_own", ben_is_quicker)
    answer = bank.desk(bank.ada).post(
        f"/inbox/{conversation.pk}/release/", {"expected": f"/{team.pk}"}
    )
    assert answer.json()["code"] == "taken-meanwhile"


def waits(bank: Organisation, conversation: Conversation, body: str) -> None:
    """An answer of Ada's that can still be called back."""
    with serving(bank.tenant):
        Row.objects.update(undo_seconds=10)
        hold_message(bank.as_adviser(bank.ada), conversation, uuid.uuid4(), body)


def write(bank: Organisation, conversation: Conversation, body: str) -> int:
    client = bank.as_client(conversation)
    return post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body).result(5).seq
