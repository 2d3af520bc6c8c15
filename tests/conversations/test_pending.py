"""Answers that can be called back: nothing is lost, nothing goes out twice."""

import datetime as dt
import time
import uuid
from collections.abc import Callable
from unittest import mock

import pytest
from django.db import DatabaseError
from django.utils import timezone

from siegel.conversations import releasing
from siegel.conversations.access import NotFound
from siegel.conversations.batches import Refused
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.drafts import drafts_of, save_draft
from siegel.conversations.events import events_after
from siegel.conversations.files import announce_file
from siegel.conversations.models import Conversation, Event, Message, PendingMessage, Side
from siegel.conversations.pending import (
    GOING,
    GoneOut,
    call_back,
    files_of,
    forget,
    forget_unsent,
    hold_message,
    pending_of,
    unsent_of,
)
from siegel.conversations.posting import post_message
from siegel.conversations.releasing import (
    NotSent,
    alarm,
    release_due,
    release_left_behind,
    release_own,
)
from siegel.conversations.resolving import assign_to_self, reopen, resolve
from siegel.conversations.writer import Acknowledgement, writers
from siegel.files.probing import send_whole
from siegel.identity.models import Membership, Team
from siegel.identity.models import Organisation as Row
from siegel.tenancy import registry
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import State, Tenant
from tests.cast import Organisation


@pytest.fixture(autouse=True)
def ten_seconds(bank: Organisation) -> None:
    with serving(bank.tenant):
        Row.objects.update(undo_seconds=10)


def hold(bank: Organisation, conversation: Conversation, body: str = "Gern.") -> PendingMessage:
    held = hold_message(bank.as_adviser(bank.ada), conversation, uuid.uuid4(), body)
    assert held is not None
    return held


def its_time_comes() -> None:
    PendingMessage.objects.update(release_at=timezone.now())


def bodies() -> list[str]:
    return list(Message.objects.order_by("seq").values_list("body", flat=True))


def assigned_to_ben(bank: Organisation, conversation: Conversation) -> None:
    assign_to_self(bank.as_adviser(bank.ben), conversation)


def with_a_team_mate(bank: Organisation, conversation: Conversation) -> None:
    team = Team.objects.create(name="Schaden")
    for person in (bank.ada, bank.ben):
        Membership.objects.create(team=team, person=person)
    Conversation.objects.update(team=team, assigned_to=bank.ben)


def resolved(bank: Organisation, conversation: Conversation) -> None:
    resolve(bank.as_adviser(bank.ada), conversation)


def deactivated(bank: Organisation, _conversation: Conversation) -> None:
    bank.ada.is_active = False
    bank.ada.save()


def of_another_team(_bank: Organisation, _conversation: Conversation) -> None:
    Conversation.objects.update(team=Team.objects.create(name="Leben"))


Change = Callable[[Organisation, Conversation], None]
CASES: list[tuple[Change, str]] = [
    (assigned_to_ben, "assigned-to-other"),
    (with_a_team_mate, "assigned-to-other"),
    (resolved, "conversation-resolved"),
    (deactivated, "not-found"),
    (of_another_team, "not-found"),
]


def test_it_goes_out_at_its_time_and_not_before(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        save_draft(by, conversation, "Ge", is_note=False, replaces=None)
        first, second = hold(bank, conversation), hold(bank, conversation, "Noch etwas.")
        assert 9 < (first.release_at - timezone.now()).total_seconds() <= 10
        assert not drafts_of(by, conversation).exists()
        release_due()
        assert bodies() == []
        its_time_comes()
        release_due()
        release_due()
        assert bodies() == ["Gern.", "Noch etwas."]
        assert set(Message.objects.values_list("key", flat=True)) == {first.key, second.key}
        assert not PendingMessage.objects.exists()
        # Whoever retries because the answer was lost hears that it has gone out.
        assert hold_message(by, conversation, first.key, "Gern.") is None
        conversation.refresh_from_db()
        assert conversation.assigned_to == bank.ada


def test_the_same_key_is_held_once(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        held = hold(bank, conversation)
        assert hold_message(by, conversation, held.key, "Gern.") == held
        with pytest.raises(NotFound):
            hold_message(bank.as_adviser(bank.ben), conversation, held.key, "Gern.")
        assert [row.key for row in pending_of(by, conversation)] == [held.key]
        assert not pending_of(bank.as_adviser(bank.ben), conversation).exists()


def test_what_is_called_back_does_not_go_out(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        key = hold(bank, conversation).key
        with pytest.raises(NotFound):
            call_back(bank.as_adviser(bank.ben), conversation, key)
        back = call_back(by, conversation, key)
        assert (back.key, back.body) == (key, "Gern.")
        its_time_comes()
        release_due()
        assert bodies() == []


def test_what_is_called_back_is_kept_until_its_author_has_it(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        file = send_whole(announce_file(by, conversation.pk, "a.txt", 3), b"abc")
        key = uuid.uuid4()
        hold_message(by, conversation, key, "Gern.", [file.pk])
        call_back(by, conversation, key)
        # The answer to it was lost, by a broken connection or with the process that gave it.
        for rows in (pending_of(by, conversation), unsent_of(by)):
            assert [(row.key, row.body) for row in rows] == [(key, "Gern.")]
        its_time_comes()
        again = call_back(by, conversation, key)
        assert (again.body, [one["name"] for one in files_of([again])[key]]) == ("Gern.", ["a.txt"])
        with pytest.raises(NotFound):
            forget(bank.as_adviser(bank.ben), conversation, key)
        forget(by, conversation, key)
        for gone in (call_back, forget):
            with pytest.raises(NotFound):
                gone(by, conversation, key)
        # With its file it can be sent anew.
        assert hold_message(by, conversation, uuid.uuid4(), "Gern.", [file.pk]) is not None
        release_due()
        assert not unsent_of(by).exists()


def test_what_waits_can_be_thrown_away_until_it_goes_out(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        forget(by, conversation, hold(bank, conversation).key)
        late = hold(bank, conversation).key
        its_time_comes()
        with pytest.raises(GoneOut):
            forget(by, conversation, late)
        release_due()
        assert bodies() == ["Gern."]


def test_own_answers_go_out_at_once_when_asked_to(bank: Organisation) -> None:
    conversation, other = bank.conversation(), bank.conversation()
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    with serving(bank.tenant):
        for body in ("Erstens.", "Zweitens."):
            hold(bank, conversation, body)
        hold(bank, other, "Anderswo.")
        back = hold(bank, conversation, "Doch nicht.").key
        call_back(ada, conversation, back)
        assert hold_message(ben, conversation, uuid.uuid4(), "Von Ben.") is not None
        assert release_own(ada, conversation)
        assert bodies() == ["Erstens.", "Zweitens."]
        left = PendingMessage.objects.order_by("body").values_list("body", flat=True)
        assert list(left) == ["Anderswo.", "Doch nicht.", "Von Ben."]
        assert not release_own(ada, conversation)


@pytest.mark.parametrize("change", [assigned_to_ben, resolved])
def test_own_answers_wait_where_they_would_not_be_taken(bank: Organisation, change: Change) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        hold(bank, conversation)
        change(bank, conversation)
        conversation.refresh_from_db()
        assert not release_own(by, conversation)
        assert PendingMessage.objects.get().outcome == ""


def test_an_own_answer_that_is_not_taken_is_told(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        hold(bank, conversation)
        with monkeypatch.context() as patch, pytest.raises(NotSent):
            patch.setattr(
                "siegel.conversations.writer.commit_batch", mock.Mock(side_effect=OSError)
            )
            release_own(by, conversation)
        # It waits as before.
        its_time_comes()
        release_due()
        assert bodies() == ["Gern."]
        hold(bank, conversation, "Zu spät.")
        Conversation.objects.update(assigned_to=bank.ben)
        with pytest.raises(NotSent):  # Somebody was quicker than this row of the conversation says.
            release_own(by, conversation)
        assert [row.outcome for row in unsent_of(by)] == ["assigned-to-other"]


@pytest.mark.parametrize("moment", ["due", "going", "gone"])
def test_from_its_time_on_it_cannot_be_called_back(bank: Organisation, moment: str) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        key = hold(bank, conversation).key
        if moment == "going":  # Also when the clock is set back meanwhile.
            PendingMessage.objects.update(outcome=GOING)
        else:
            its_time_comes()
        if moment == "gone":
            release_due()
        with pytest.raises(GoneOut):
            call_back(by, conversation, key)


@pytest.mark.parametrize(("change", "code"), CASES)
def test_what_is_refused_at_its_time_stays_with_its_author(
    bank: Organisation, change: Change, code: str
) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        key = hold(bank, conversation).key
        change(bank, conversation)
        its_time_comes()
        release_due()
        release_due()
        assert bodies() == []
        assert [(row.body, row.outcome) for row in unsent_of(by)] == [("Gern.", code)]
        told = Event.objects.get(kind="unsent")
        assert told.detail == {"name": "Ada Adler", "code": code}
        numbers = events_after(conversation, 0, Side.CLIENT)
        assert "unsent" not in [event["kind"] for event in numbers.events]
        with pytest.raises(NotFound):
            forget_unsent(bank.as_adviser(bank.ben), key)
        forget_unsent(by, key)
        assert not PendingMessage.objects.exists()


def test_what_was_refused_is_taken_back_in_its_conversation(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        key = hold(bank, conversation).key
        resolve(by, conversation)
        its_time_comes()
        release_due()
        reopen(by, conversation)
        release_due()
        assert call_back(by, conversation, key).body == "Gern."


def test_what_is_refused_at_once(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        with pytest.raises(RefusedBody):
            hold(bank, conversation, " ")
        with pytest.raises(Refused, match="file-gone"):
            hold_message(by, conversation, uuid.uuid4(), "", [uuid.uuid4()])
        with pytest.raises(NotFound):
            hold_message(bank.as_client(conversation), conversation, uuid.uuid4(), "x")
        resolve(by, conversation)
        with pytest.raises(Refused, match="conversation-resolved"):
            hold(bank, conversation)
        reopen(by, conversation)
        with_a_team_mate(bank, conversation)
        with pytest.raises(Refused, match="assigned-to-other"):
            hold(bank, conversation)
        assert not PendingMessage.objects.exists()


class Killed(BaseException):
    """kill -9, as far as one process can play it."""


def killed(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("before", ["claimed", "posted", "deleted"])
@pytest.mark.parametrize("then", ["nothing", "handed over"])
def test_killed_between_it_is_neither_lost_nor_twice(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, before: str, then: str
) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        hold(bank, conversation)
        its_time_comes()
        with monkeypatch.context() as patch, pytest.raises(Killed):
            if before == "claimed":
                patch.setattr(releasing, "write_transaction", killed)
            elif before == "posted":
                patch.setattr(releasing, "_post", killed)
            else:
                patch.setattr(releasing, "_outcome", killed)
            release_due()
        writers.drain(close=False)
        assert bodies() == (["Gern."] if before == "deleted" else [])
        if then == "handed over":
            Conversation.objects.update(assigned_to=bank.ben)
    release_left_behind()
    with serving(bank.tenant):
        unsent = [row.body for row in unsent_of(bank.as_adviser(bank.ada))]
        assert bodies() + unsent == ["Gern."]
        assert (unsent == []) is (then == "nothing" or before == "deleted")


def test_while_the_disk_is_full_it_waits(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        hold(bank, conversation)
        its_time_comes()
        with monkeypatch.context() as patch:

            def full(_postings: object) -> None:
                raise DatabaseError

            patch.setattr("siegel.conversations.writer.commit_batch", full)
            release_due()
        assert bodies() == []
        release_due()
        assert bodies() == ["Gern."]


def test_two_processes_at_once_are_harmless(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        held = hold(bank, conversation)
        resolve(by, conversation)
        its_time_comes()
        real = releasing._outcome
        nested: list[int] = []

        def another_one_too(acknowledgement: Acknowledgement) -> str:
            if not nested:
                nested.append(1)
                release_due()
            return real(acknowledgement)

        monkeypatch.setattr(releasing, "_outcome", another_one_too)
        release_due()
        assert Event.objects.filter(kind="unsent").count() == 1
        assert [row.key for row in unsent_of(by)] == [held.key]


def test_an_alarm_lets_it_out_and_its_thread_ends(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        hold(bank, conversation)
        soon = timezone.now() + dt.timedelta(milliseconds=120)
        PendingMessage.objects.update(release_at=soon)
        alarm.set(bank.tenant, soon + dt.timedelta(milliseconds=150))
        alarm.set(bank.tenant, soon)
        thread = alarm._thread
        assert bodies() == []
        assert thread is not None
        thread.join(5)
        deadline = time.monotonic() + 5
        while not bodies() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert bodies() == ["Gern."]
        assert alarm._thread is None


def test_one_tenant_does_not_keep_another_waiting(
    bank: Organisation, insurer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for organisation in (bank, insurer):
        conversation = organisation.conversation()
        with serving(organisation.tenant):
            hold(organisation, conversation)
            its_time_comes()
    real = open_database

    def broken_at_the_bank(tenant: ServedTenant) -> None:
        if tenant.id == bank.tenant.id:
            raise OSError
        real(tenant)

    with monkeypatch.context() as patch:
        patch.setattr(releasing, "open_database", broken_at_the_bank)
        release_left_behind()
    with serving(insurer.tenant):
        assert bodies() == ["Gern."]
    Tenant.objects.filter(pk=bank.tenant.id).update(state=State.SUSPENDED)
    registry.forget()
    releasing.release_in(bank.tenant)  # An alarm that was set before.
    with serving(bank.tenant):
        assert bodies() == []
        assert PendingMessage.objects.count() == 1


def test_files_of_what_waits_are_shown_or_said_to_be_gone(bank: Organisation) -> None:
    conversation, gone = bank.conversation(), uuid.uuid4()
    with serving(bank.tenant):
        held = hold(bank, conversation)
        held.files = [str(gone)]
        assert [file["state"] for file in files_of([held])[held.key]] == ["deleted"]


def test_a_message_over_the_socket_with_a_held_key_is_the_same(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        key = hold(bank, conversation).key
    post_message(bank.tenant, by, conversation.pk, key, "Gern.").result(5)
    with serving(bank.tenant):
        its_time_comes()
        release_due()
        assert bodies() == ["Gern."]
