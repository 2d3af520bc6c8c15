"""When people leave, their conversations are free, and nothing comes back to them."""

import asyncio
import datetime as dt
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.audit.trail import in_order, verify
from siegel.conversations import leaving
from siegel.conversations.access import conversation_for
from siegel.conversations.batches import Refused
from siegel.conversations.holding import hold
from siegel.conversations.models import Conversation, Event
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import assign_to_self, resolve
from siegel.conversations.snoozing import snooze
from siegel.identity import staffing
from siegel.identity.models import Membership, Person, Team
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket, message
from tests.server import Running


def write(bank: Organisation, conversation: Conversation, by: Person | None = None) -> int:
    participant = bank.as_adviser(by) if by else bank.as_client(conversation)
    waiting = post_message(bank.tenant, participant, conversation.pk, uuid.uuid4(), "Guten Tag")
    return waiting.result(5).seq


def taken(bank: Organisation, *, resolved: bool = False) -> Conversation:
    """A conversation that Ada looks after."""
    conversation = bank.conversation()
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), conversation)
        if resolved:
            resolve(bank.as_adviser(bank.ada), conversation)
    return conversation


def newest(conversation: Conversation) -> Event:
    return Event.objects.filter(conversation=conversation).latest("seq")


@pytest.mark.parametrize("how", ["deactivated", "no adviser"])
def test_what_somebody_looked_after_is_free(bank: Organisation, how: str) -> None:
    own, done = taken(bank), taken(bank, resolved=True)
    with serving(bank.tenant):
        if how == "deactivated":
            leaving.deactivate(bank.mia, bank.ada)
        else:
            leaving.change_person(
                bank.mia, bank.ada, name="Ada Adler", roles=[Role.AUDITOR], teams=[]
            )
        assert conversation_for(bank.as_adviser(bank.ben), own.pk).assigned_to is None
        event = newest(own)
        assert (event.kind, event.detail) == ("freed", {"name": "Ada Adler"})
        entry = TrailEntry.objects.get(action="conversation.freed")
        assert (entry.actor, entry.subject) == (f"person:{bank.mia.pk}", str(own.pk))
        # What is resolved could be held, and read, by nobody any more. It can be many: one entry.
        assert conversation_for(bank.as_adviser(bank.ben), done.pk).assigned_to is None
        assert newest(done).kind == "resolved"
        entry = TrailEntry.objects.get(action="person.conversations-freed")
        assert (entry.actor, entry.subject) == (f"person:{bank.mia.pk}", f"person:{bank.ada.pk}")
        assert entry.detail == {"conversations": 1}
        hold(bank.ben, done, "Klage")


def test_however_many_they_are_few_statements_free_them(bank: Organisation) -> None:
    def queries(count: int) -> int:
        with serving(bank.tenant):
            template = Conversation.objects.get(pk=taken(bank).pk)
            template.snoozed_until, template.started_from = timezone.now(), ""
            for number in range(count):
                template.pk, template.last_seq = uuid.uuid4(), number
                template.save(force_insert=True)
            with CaptureQueriesContext(connections[bank.tenant.id]) as caught:
                leaving.deactivate(bank.mia, bank.ada)
            assert not Conversation.objects.exclude(assigned_to=None).exists()
            assert not Conversation.objects.exclude(snoozed_until=None).exists()
            for conversation in Conversation.objects.all():
                assert conversation.events.latest("seq").seq == conversation.last_seq
            verify(in_order())
            staffing.reactivate(bank.mia, bank.ada)
        return len(caught.captured_queries)

    assert queries(30) == queries(2)


def test_a_desk_hears_of_each_that_it_has_open(server: Running, bank: Organisation) -> None:
    conversation, other = taken(bank), taken(bank)
    team = Team(name="Schaden")
    with serving(bank.tenant):
        team.save()
        Membership.objects.create(team=team, person=bank.ben)
        Conversation.objects.update(team=team)

    async def converse() -> None:
        async with adviser_socket(server, bank, bank.ben) as ben:
            for each in (conversation, other):
                await ben.ask("events", type="fetch", conversation=str(each.pk))

            def deactivate() -> None:
                with serving(bank.tenant):
                    leaving.deactivate(bank.mia, bank.ada)

            await sync_to_async(deactivate, thread_sensitive=False)()
            heard: set[str | None] = set()
            while len(heard) < 2:
                hint = await ben.hear("hint")
                heard |= {hint["conversation"]} - {None}
            assert heard == {str(conversation.pk), str(other.pk)}

    asyncio.run(converse())


def test_somebody_with_nothing_leaves_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        leaving.deactivate(bank.mia, bank.ada)
        assert not TrailEntry.objects.filter(action__contains="freed").exists()


def test_what_somebody_had_put_aside_is_free_at_once(bank: Organisation) -> None:
    own = taken(bank)
    with serving(bank.tenant):
        snooze(bank.as_adviser(bank.ada), own, timezone.now() + dt.timedelta(days=1))
        leaving.deactivate(bank.mia, bank.ada)
        events = Event.objects.filter(conversation=own).order_by("seq")
        assert [event.kind for event in events][-3:] == ["snoozed", "woken", "freed"]
        own.refresh_from_db()
        assert (own.assigned_to, own.snoozed_until) == (None, None)


def test_a_change_of_name_frees_nothing(bank: Organisation) -> None:
    own = taken(bank)
    with serving(bank.tenant):
        leaving.change_person(bank.mia, bank.ada, name="Ada A", roles=[Role.ADVISER], teams=[])
        own.refresh_from_db()
        assert own.assigned_to == bank.ada


def test_a_client_who_writes_to_somebody_who_left_finds_somebody_else(
    bank: Organisation,
) -> None:
    left, stays = taken(bank, resolved=True), bank.conversation()
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ben), stays)
        leaving.deactivate(bank.mia, bank.ada)
        # Resolved in the moment in which she left.
        Conversation.objects.filter(pk=left.pk).update(assigned_to=bank.ada)
    for conversation in (left, stays):
        write(bank, conversation)
    with serving(bank.tenant):
        found = conversation_for(bank.as_adviser(bank.ben), left.pk)
        assert (found.state, found.assigned_to) == ("open", None)
        kinds = list(Event.objects.filter(conversation=left).order_by("seq"))
        assert [event.kind for event in kinds[-3:]] == ["reopened", "freed", "message"]
        assert kinds[-2].detail == {"name": "Ada Adler"}
        stays.refresh_from_db()
        assert stays.assigned_to == bank.ben


def test_an_answer_under_way_takes_nothing_back(bank: Organisation) -> None:
    own = taken(bank)
    with serving(bank.tenant):
        leaving.deactivate(bank.mia, bank.ada)
        Conversation.objects.update(snoozed_until=timezone.now() + dt.timedelta(days=1))
    # The grant of Ada's socket may be two seconds old.
    with pytest.raises(Refused, match="not-found"):
        write(bank, own, bank.ada)
    with serving(bank.tenant):
        own.refresh_from_db()
        assert own.assigned_to is None
        assert own.snoozed_until is not None
    write(bank, own, bank.ben)
    with serving(bank.tenant):
        assert not leaving.looks_after(uuid.uuid4())


def test_the_desk_ends_within_five_seconds_and_colleagues_see_what_is_free(
    server: Running, bank: Organisation
) -> None:
    conversation = taken(bank)
    here = str(conversation.pk)

    async def converse() -> tuple[int, float]:
        async with (
            adviser_socket(server, bank, bank.ada) as ada,
            adviser_socket(server, bank, bank.ben) as ben,
            client_socket(server, bank, conversation) as client,
        ):
            await ada.ask("events", type="fetch", conversation=here)
            await ben.hear("ready")

            def deactivate() -> None:
                response = bank.desk(bank.mia).post(
                    f"/administration/people/{bank.ada.pk}/deactivate/"
                )
                assert response.status_code == 302

            await sync_to_async(deactivate, thread_sensitive=False)()
            began = time.monotonic()
            while (await ben.hear("hint"))["conversation"] is not None:
                pass
            events = await ben.ask("events", type="fetch", conversation=here)
            assert events["events"][-1]["kind"] == "freed"
            # A client is not told that somebody left.
            await client.ask("sent", **message(conversation, uuid.uuid4(), "Noch da?"))
            told = await client.ask("events", type="fetch", conversation=here)
            assert "freed" not in [event["kind"] for event in told["events"]]
            return await ada.end(), time.monotonic() - began

    code, seconds = asyncio.run(converse())
    assert code == 4401
    assert seconds < 5


def test_desks_hear_that_a_team_is_gone(server: Running, bank: Organisation) -> None:
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")

    async def converse() -> None:
        async with adviser_socket(server, bank, bank.ben) as ben:
            await ben.hear("ready")

            def delete() -> None:
                with serving(bank.tenant):
                    assert leaving.delete_team(bank.mia, team) == 0

            await sync_to_async(delete, thread_sensitive=False)()
            assert (await ben.hear("hint"))["conversation"] is None

    asyncio.run(converse())


def test_of_two_administrators_who_demote_each_other_one_remains(bank: Organisation) -> None:
    with serving(bank.tenant):
        bank.ada.roles = [Role.ADMINISTRATOR]
        bank.ada.save()

    def demote(pair: tuple[Person, Person]) -> str:
        by, whom = pair
        try:
            with serving(bank.tenant):
                leaving.change_person(by, whom, name=whom.name, roles=[Role.ADVISER], teams=[])
        except (PermissionDenied, staffing.LastAdministrator) as refused:
            return type(refused).__name__
        finally:
            close_connection(bank.tenant.id)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        became = sorted(pool.map(demote, [(bank.mia, bank.ada), (bank.ada, bank.mia)]))
    assert became == ["PermissionDenied", "done"]
    with serving(bank.tenant):
        roles = list(Person.objects.values_list("roles", flat=True))
    assert roles.count(["administrator"]) == 1
