"""Notes: within the team, once each, and whom they call."""

import uuid

import pytest
from django.db import connections

from siegel.conversations.access import NotFound, conversations_for
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.drafts import drafts_of, save_draft
from siegel.conversations.events import events_after
from siegel.conversations.models import Conversation, Mention, Note, Side, State
from siegel.conversations.noting import NotMentionable, mentionable, see_mentions, write_note
from siegel.conversations.resolving import assign_to_self, resolve
from siegel.conversations.transcript import transcript
from siegel.identity.models import Membership, Person, Team
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation


@pytest.mark.parametrize("team", ["", "own", "other"])
@pytest.mark.parametrize("assigned", ["", "ada", "ben"])
@pytest.mark.parametrize("state", list(State))
def test_mentionable_are_exactly_those_who_may_see_it(
    bank: Organisation, team: str, assigned: str, state: State
) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        for name, members in {"own": [bank.ada, bank.ben, bank.mia], "other": [bank.ada]}.items():
            made = Team.objects.create(name=name)
            for person in members:
                Membership.objects.create(team=made, person=person)
        Person.objects.create(
            name="Cem", email="cem@bank.example", roles=[Role.ADVISER], is_active=False
        )
        conversation.team = Team.objects.filter(name=team).first()
        conversation.assigned_to = getattr(bank, assigned) if assigned else None
        conversation.state = state
        conversation.save()
        seeing = [
            person.name
            for person in Person.objects.order_by("name")
            if conversations_for(bank.as_adviser(person)).filter(pk=conversation.pk).exists()
        ]
        assert [person.name for person in mentionable(conversation)] == seeing


def test_a_note_is_told_to_the_team_and_to_nobody_else(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        by = bank.as_adviser(bank.ada)
        note = write_note(
            by, conversation, uuid.uuid4(), "Bitte prüfen, @Ben Brandt", [bank.ben.pk]
        )
        told = events_after(conversation, note.seq - 1, Side.ADVISER).events[0]
        assert (told["kind"], told["name"], told["mentions"]) == (
            "note", "Ada Adler", ["Ben Brandt"],
        )  # fmt: skip
        assert events_after(conversation, note.seq - 1, Side.CLIENT).events == []
        assert "prüfen" not in transcript(conversation, "Bank", "UTC", client="")
        conversation.refresh_from_db()
        assert conversation.excerpt == ""  # Nor does the list show it as a message.


def test_the_same_key_is_the_same_note(bank: Organisation) -> None:
    conversation, key = bank.conversation(), uuid.uuid4()
    with serving(bank.tenant):
        by = bank.as_adviser(bank.ada)
        first = write_note(by, conversation, key, "Einmal", [bank.ben.pk, bank.ben.pk])
        again = write_note(by, conversation, key, "Einmal", [bank.ben.pk])
        assert (again.pk, again.seq) == (first.pk, first.seq)
        assert (Note.objects.count(), Mention.objects.count()) == (1, 1)
        with pytest.raises(NotFound):  # Nobody learns whose key it is.
            write_note(bank.as_adviser(bank.ben), conversation, key, "Meine")


def test_what_is_no_note(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        by = bank.as_adviser(bank.ada)
        with pytest.raises(RefusedBody):
            write_note(by, conversation, uuid.uuid4(), " ")
        with pytest.raises(NotMentionable):
            write_note(by, conversation, uuid.uuid4(), "@Mia", [bank.mia.pk])
        with pytest.raises(NotFound):
            write_note(bank.as_client(conversation), conversation, uuid.uuid4(), "Von außen")
        assert Note.objects.count() == 0


def test_a_colleague_writes_notes_also_when_it_is_resolved(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
        Membership.objects.create(team=team, person=bank.ben)
        Conversation.objects.update(team=team)
        Conversation.objects.update(assigned_to=bank.ada)
        write_note(bank.as_adviser(bank.ben), conversation, uuid.uuid4(), "Von nebenan")
        resolve(bank.as_adviser(bank.ada), conversation)
        write_note(bank.as_adviser(bank.ada), conversation, uuid.uuid4(), "Nachgetragen")
        with pytest.raises(NotFound):  # Resolved ones are those of their adviser.
            write_note(bank.as_adviser(bank.ben), conversation, uuid.uuid4(), "Zu spät")
        conversation.refresh_from_db()
        assert conversation.state == State.RESOLVED


def test_a_written_note_is_no_draft_any_more(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        save_draft(by, conversation, "Bitte pr", is_note=True, replaces=None)
        save_draft(by, conversation, "Bitte pr", is_note=False, replaces=None)
        write_note(by, conversation, uuid.uuid4(), "Bitte prüfen")
        assert [draft.is_note for draft in drafts_of(by, conversation)] == [False]


def test_who_opens_a_conversation_has_seen_the_own_mentions_in_it(bank: Organisation) -> None:
    conversation, other = bank.conversation(), bank.conversation()
    with serving(bank.tenant):
        people = [bank.ada.pk, bank.ben.pk]
        for where in (conversation, other):
            write_note(bank.as_adviser(bank.ada), where, uuid.uuid4(), "Beide", people)
        see_mentions(bank.ben, conversation)
        see_mentions(bank.ben, conversation)
        seen = Mention.objects.exclude(seen_at=None)
        assert [(row.person_id, row.conversation_id) for row in seen] == [
            (bank.ben.pk, conversation.pk)
        ]


def test_mentions_are_looked_up_by_an_index(bank: Organisation) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        unseen = Mention.objects.filter(person=bank.ben, conversation=uuid.uuid4(), seen_at=None)
        sql, parameters = unseen.query.sql_with_params()
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "SCAN" not in plan


def test_assigning_makes_it_a_matter_of_one(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), conversation)
        with pytest.raises(NotMentionable):
            write_note(bank.as_adviser(bank.ada), conversation, uuid.uuid4(), "@Ben", [bank.ben.pk])
