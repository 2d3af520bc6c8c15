"""Who looks after a conversation, and what becomes of two who decide at once."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations.access import NotFound, conversation_for
from siegel.conversations.assigning import (
    NoSuchAssignee,
    assignee_named,
    candidates,
    hand_over,
    release,
    standing,
    take_over,
)
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.models import Conversation, Event, Note
from siegel.conversations.resolving import AssignedElsewhere, NotOpen, assign_to_self, resolve
from siegel.identity.models import Membership, Person, Team
from siegel.tenancy.context import serving
from tests.cast import Organisation


@pytest.fixture
def team(bank: Organisation) -> Team:
    """A team of Ada and Ben, who see each other's conversations in it."""
    with serving(bank.tenant):
        made = Team.objects.create(name="Schaden")
        for person in (bank.ada, bank.ben):
            Membership.objects.create(team=made, person=person)
    return made


def of_team(bank: Organisation, team: Team, person: Person | None) -> Conversation:
    conversation = bank.conversation()
    with serving(bank.tenant):
        conversation.team, conversation.assigned_to = team, person
        conversation.save()
    return conversation


def kinds(conversation: Conversation) -> list[str]:
    found = Event.objects.filter(conversation=conversation).order_by("seq")
    return list(found.values_list("kind", flat=True))


def test_a_colleagues_is_taken_over_if_it_is_seen(bank: Organisation, team: Team) -> None:
    seen, hidden = of_team(bank, team, bank.ada), bank.conversation()
    ben = bank.as_adviser(bank.ben)
    with serving(bank.tenant):
        take_over(ben, seen, standing(seen))
        seen.refresh_from_db()
        assert seen.assigned_to == bank.ben
        take_over(ben, seen, "whatever")  # It is so already.
        assert kinds(seen) == ["started", "assigned"]
        assign_to_self(bank.as_adviser(bank.ada), hidden)
        with pytest.raises(NotFound):
            take_over(ben, hidden, standing(hidden))


def test_what_was_decided_on_something_else_changes_nothing(bank: Organisation, team: Team) -> None:
    conversation = of_team(bank, team, None)
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    with serving(bank.tenant):
        decided_on = standing(conversation)
        take_over(ada, conversation, decided_on)
        changes: list[Callable[[], None]] = [
            lambda: take_over(ben, conversation, decided_on),
            lambda: hand_over(ben, conversation, bank.ben, decided_on, note="Für dich"),
            lambda: assign_to_self(ben, conversation),
            lambda: resolve(ben, conversation),
        ]
        for change in changes:
            with pytest.raises(AssignedElsewhere) as refusal:
                change()
            assert refusal.value.name == "Ada Adler"
        release(ada, conversation, f"{bank.ada.pk}/{team.pk}")
        with pytest.raises(AssignedElsewhere) as refusal:
            take_over(ben, conversation, f"{bank.ada.pk}/{team.pk}")
        assert refusal.value.name == ""
        assert kinds(conversation) == ["started", "assigned", "freed"]
        assert not Note.objects.exists()


def test_of_two_at_once_one_wins_and_the_other_learns_who(bank: Organisation, team: Team) -> None:
    conversation = of_team(bank, team, None)
    decided_on = standing(conversation)
    told: dict[str, str] = {}
    start = threading.Barrier(2)

    def take(person: Person) -> None:
        with serving(bank.tenant):
            start.wait()
            try:
                take_over(bank.as_adviser(person), conversation, decided_on)
                told[person.name] = "mine"
            except AssignedElsewhere as refusal:
                told[person.name] = refusal.name

    threads = [threading.Thread(target=take, args=(person,)) for person in (bank.ada, bank.ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(name for name, what in told.items() if what == "mine")
    assert sorted(told.values()) == sorted(["mine", winner])
    with serving(bank.tenant):
        assert kinds(conversation) == ["started", "assigned"]


def test_handing_over_with_a_note(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada, key = bank.as_adviser(bank.ada), uuid.uuid4()
    with serving(bank.tenant):
        Conversation.objects.update(snoozed_until=timezone.now())
        for _ in range(2):  # A retry after an answer that was lost.
            hand_over(ada, conversation, bank.ben, "/", note="Bitte bis Freitag", key=key)
            conversation.team = Team.objects.get_or_create(name="x")[0]
            Membership.objects.get_or_create(team=conversation.team, person=bank.ada)
            conversation.save(update_fields=["team"])
        conversation.refresh_from_db()
        assert (conversation.assigned_to, conversation.snoozed_until) == (bank.ben, None)
        assert kinds(conversation) == ["started", "note", "woken", "handed-over", "assigned"]
        assert Note.objects.get().body == "Bitte bis Freitag"
        details = {event.kind: event.detail for event in Event.objects.all()}
        assert details["handed-over"] == {"name": "Ada Adler", "to": "Ben Brandt"}
        assert details["assigned"] == {"name": "Ben Brandt"}


def test_a_team_has_it_free(bank: Organisation, team: Team) -> None:
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        take_over(ada, conversation, "/")
        hand_over(ada, conversation, team, f"{bank.ada.pk}/")
        hand_over(ada, conversation, team, "whatever")
        found = conversation_for(bank.as_adviser(bank.ben), conversation.pk)
        assert (found.assigned_to, found.team) == (None, team)
        release(ada, conversation, "whatever")  # It is free already.
        assert kinds(conversation) == ["started", "assigned", "handed-over"]


def test_whoever_had_it_is_named_and_not_who_released_it(bank: Organisation, team: Team) -> None:
    conversation = of_team(bank, team, bank.ada)
    with serving(bank.tenant):
        Conversation.objects.update(snoozed_until=timezone.now())
        release(bank.as_adviser(bank.ben), conversation, standing(conversation))
        assert kinds(conversation) == ["started", "woken", "freed"]
        assert Event.objects.get(kind="freed").detail == {"name": "Ada Adler"}
        entry = TrailEntry.objects.get(action="conversation.freed")
        assert entry.actor == f"person:{bank.ben.pk}"


def test_what_cannot_be_handed_over(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        with pytest.raises(RefusedBody):
            hand_over(ada, conversation, bank.ben, "/", note="a\x00")
        resolve(ada, conversation)
        with pytest.raises(NotOpen):
            hand_over(ada, conversation, bank.ben, f"{bank.ada.pk}/")
        assert kinds(conversation) == ["started", "assigned", "resolved"]


def switch_off(bank: Organisation) -> str:
    bank.ben.is_active = False
    bank.ben.save()
    return f"person:{bank.ben.pk}"


def test_nobody_else_gets_it(bank: Organisation) -> None:
    nobody = uuid.uuid4()
    names = ["", "person:x", f"person:{nobody}", f"team:{nobody}", f"group:{bank.ada.pk}"]
    with serving(bank.tenant):
        for name in [*names, f"person:{bank.mia.pk}", switch_off(bank)]:
            with pytest.raises(NoSuchAssignee):
                assignee_named(name)


def test_whoever_has_left_meanwhile_gets_nothing(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        ben = Person.objects.get(pk=bank.ben.pk)
        switch_off(bank)
        with pytest.raises(NoSuchAssignee):
            hand_over(ada, conversation, ben, "/", note="Bitte übernehmen")
        assert kinds(conversation) == ["started"]


def test_candidates_are_active_advisers_and_teams(bank: Organisation, team: Team) -> None:
    with serving(bank.tenant):
        every = [name for _, name in candidates("")]
        assert every == ["Ada Adler", "Ben Brandt", "Schaden"]
        assert candidates("BEN") == [(f"person:{bank.ben.pk}", "Ben Brandt")]
        assert candidates("\uff22\uff45\uff4e") == candidates("BEN")
        # Whose name begins so comes first.
        assert [name for _, name in candidates("b")] == ["Ben Brandt"]
        assert [name for _, name in candidates("a")] == ["Ada Adler", "Ben Brandt", "Schaden"]
        assert assignee_named(candidates("schad")[0][0]) == team
        assert assignee_named(candidates("ada")[0][0]) == bank.ada
        switch_off(bank)
        assert candidates("ben") == []
        for number in range(30):
            Team.objects.create(name=f"Team {number}")
        assert len(candidates("team")) == 20
