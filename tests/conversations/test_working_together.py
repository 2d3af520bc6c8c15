"""What colleagues see of each other's conversations, and what clients never see."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from siegel.conversations.access import NotFound, conversation_for
from siegel.conversations.batches import Refused
from siegel.conversations.events import append_event, events_after, marks_of
from siegel.conversations.models import (
    CannedReply,
    Conversation,
    Draft,
    Event,
    Label,
    Labelling,
    Mention,
    Note,
    PendingMessage,
    Side,
    State,
)
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.resolving import assign_to_self, reopen, resolve
from siegel.identity.models import Invitation, Membership, Person, SettingChange, Team
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


def post(bank: Organisation, conversation: Conversation, by: Person | None, body: str) -> int:
    participant = bank.as_adviser(by) if by else bank.as_client(conversation)
    waiting = post_message(bank.tenant, participant, conversation.pk, uuid.uuid4(), body)
    return waiting.result(5).seq


def is_seen(bank: Organisation, person: Person, conversation: Conversation) -> bool:
    try:
        conversation_for(bank.as_adviser(person), conversation.pk)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize(
    ("team", "assigned", "state", "sees"),
    [
        # Ben is in "own"; Ada looks after what is assigned.
        ("", False, State.OPEN, True),
        ("", False, State.RESOLVED, True),
        ("", True, State.OPEN, False),
        ("own", False, State.OPEN, True),
        ("own", False, State.RESOLVED, True),
        ("own", True, State.OPEN, True),
        ("own", True, State.RESOLVED, False),
        ("other", False, State.OPEN, False),
        ("other", False, State.RESOLVED, False),
        ("other", True, State.OPEN, False),
    ],
)
def test_what_an_adviser_sees(
    bank: Organisation, team: str, assigned: bool, state: State, sees: bool
) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        teams = {name: Team.objects.create(name=name) for name in ("own", "other")}
        Membership.objects.create(team=teams["own"], person=bank.ben)
        conversation.team = teams.get(team)
        conversation.assigned_to = bank.ada if assigned else None
        conversation.state = state
        conversation.save()
        assert is_seen(bank, bank.ben, conversation) is sees
        # Whoever looks after it sees it in any case, an administrator in none.
        assert is_seen(bank, bank.ada, conversation) is (assigned or team == "")
        assert not is_seen(bank, bank.mia, conversation)


def test_a_colleague_reads_without_marking_it_as_read(bank: Organisation) -> None:
    conversation = bank.conversation()
    seq = post(bank, conversation, None, "Guten Tag")
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), conversation)
        mark_read(bank.as_adviser(bank.ben), conversation, seq)
        assert marks_of(conversation)["adviser"] == 0
        mark_read(bank.as_adviser(bank.ada), conversation, seq)
        assert marks_of(conversation)["adviser"] == seq


def test_what_is_internal_is_counted_and_not_told_to_clients(bank: Organisation) -> None:
    conversation = bank.conversation()
    first = post(bank, conversation, None, "Guten Tag")
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        with write_transaction():
            conversation.refresh_from_db()
            event = append_event(conversation, "note", ada, {})
            Note.objects.create(
                conversation=conversation, seq=event.seq, author=bank.ada, key=uuid.uuid4(),
                body="Nur für uns", at=timezone.now(),
            )  # fmt: skip
        client = events_after(conversation, first, Side.CLIENT)
        assert (client.events, client.first, client.last) == ([], event.seq, event.seq)
        note = events_after(conversation, first, Side.ADVISER).events[0]
    assert (note["kind"], note["name"], note["body"]) == ("note", "Ada Adler", "Nur für uns")


@pytest.mark.parametrize("writer", ["client", "adviser"])
def test_a_message_wakes_a_conversation_that_was_put_aside(bank: Organisation, writer: str) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        until = timezone.now() + dt.timedelta(days=1)
        Conversation.objects.update(snoozed_until=until)
    seq = post(bank, conversation, bank.ada if writer == "adviser" else None, "Noch etwas")
    with serving(bank.tenant):
        assert Conversation.objects.get().snoozed_until is None
        kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds.count("woken") == 1
    assert kinds[seq - 1] == "message"


def test_from_a_blocked_client_nothing_is_taken(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        contact = conversation.contact
        contact.blocked_at = timezone.now()
        contact.save()
        Conversation.objects.update(snoozed_until=timezone.now())
    with pytest.raises(Refused, match="blocked"):
        post(bank, conversation, None, "Noch mehr")
    post(bank, conversation, bank.ada, "Wir beenden das Gespräch.")
    with serving(bank.tenant):
        numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_when_it_was_resolved(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        resolve(ada, conversation)
        assert Conversation.objects.get().resolved_at is not None
        reopen(ada, conversation)
        assert Conversation.objects.get().resolved_at is None
        resolve(ada, conversation)
    post(bank, conversation, None, "Doch noch etwas")
    with serving(bank.tenant):
        assert Conversation.objects.get().resolved_at is None


def test_no_name_of_a_row_tells_its_content(bank: Organisation) -> None:
    conversation, now = bank.conversation(), timezone.now()
    ada, key = bank.ada, uuid.uuid4()
    with serving(bank.tenant):
        note = Note(conversation=conversation, seq=7, author=ada, key=key, body="secret", at=now)
        label, team = Label(name="Kfz"), Team(name="Schaden")
        rows = {
            f"{conversation.pk} 7": note,
            f"None {ada.pk}": Mention(note=note, conversation=conversation, person=ada, at=now),
            "Kfz": label,
            f"{conversation.pk} {label.pk}": Labelling(conversation=conversation, label=label),
            "gruss": CannedReply(shortcut="gruss", title="Gruß", body="secret"),
            f"{ada.pk} {conversation.pk}": Draft(
                person=ada, conversation=conversation, body="secret"
            ),
            str(key): PendingMessage(key=key, conversation=conversation, author=ada, body="secret"),
            "Schaden": team,
            f"{team.pk} {ada.pk}": Membership(team=team, person=ada),
            f"name {now}": SettingChange(name="name", at=now),
        }
        assert str(Invitation(id=key, digest="secret")) == str(key)
        for expected, row in rows.items():
            assert str(row) == expected
