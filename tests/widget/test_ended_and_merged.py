"""The client's side of what advisers decide about contacts: blocked, merged, deleted."""

import asyncio
import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from siegel.conversations.blocking import block, unblock
from siegel.conversations.contacts import change_contact, introduce
from siegel.conversations.events import marks_of
from siegel.conversations.merging import merge
from siegel.conversations.models import Contact, Conversation, State
from siegel.conversations.posting import post_message
from siegel.conversations.retention import delete_due
from siegel.identity.models import Organisation as OrganisationRow
from siegel.tenancy.context import serving
from siegel.widget.models import Visit
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket, message
from tests.server import Running


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(
        path, json.dumps(body), content_type="application/json", headers={"X-Siegel": "1"}
    )


def asked(bank: Organisation, body: str) -> Conversation:
    conversation = bank.conversation()
    client = bank.as_client(conversation)
    post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body).result(5)
    return conversation


def test_a_merge_shows_a_visitor_nothing(server: Running, bank: Organisation) -> None:
    one, other = asked(bank, "Meine Frage"), asked(bank, "Fremde Frage")
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        introduce(bank.as_client(one), one, "Anna", "anna@x.example")
        # Both ways round: the one that was merged, and the one it was merged with.
        merge(ada, one.contact, other.contact)
    for mine, theirs in ((one, other), (other, one)):
        browser = bank.visitor(mine)
        visit = browser.get("/visit").json()
        assert visit["conversation"] == str(mine.pk)
        assert visit["contact"]["name"] == ("Anna" if mine is one else "")
        transcript = browser.get("/transcript").content.decode()
        assert ("Meine Frage" in transcript) is (mine is one)
        assert ("Fremde Frage" in transcript) is (mine is other)

        async def converse(mine: Conversation = mine, theirs: Conversation = theirs) -> None:
            async with client_socket(server, bank, mine) as client:
                await client.hear("ready")
                there = str(theirs.pk)
                for frame in (
                    {"type": "fetch", "conversation": there},
                    {"type": "read", "conversation": there, "seq": 1},
                    {"type": "typing", "conversation": there},
                    message(theirs, uuid.uuid4(), "Hallo"),
                ):
                    assert (await client.ask("refused", **frame))["code"] == "not-found"
                events = await client.ask("events", type="fetch", conversation=str(mine.pk))
                kinds = {event["kind"] for event in events["events"]}
                assert kinds - {"contact"} == {"started", "message"}
                # And of what happens there, nothing is heard.
                await asyncio.to_thread(
                    lambda: post_message(
                        bank.tenant, bank.as_client(theirs), theirs.pk, uuid.uuid4(), "Noch etwas"
                    ).result(5)
                )
                await client.say(type="ping")
                assert (await client.hear())["type"] == "pong"

        asyncio.run(converse())


@pytest.mark.parametrize("told", [False, True])
def test_what_an_adviser_writes_of_a_client_stays_in_the_house(
    bank: Organisation, told: bool
) -> None:
    conversation = asked(bank, "Meine Frage")
    browser, ada = bank.visitor(conversation), bank.as_adviser(bank.ada)
    own = {"name": "Vera", "email": "vera@x.example"} if told else {"name": "", "email": ""}
    with serving(bank.tenant):
        if told:
            introduce(bank.as_client(conversation), conversation, "V", "v@x.example")
            introduce(bank.as_client(conversation), conversation, *own.values())
        changed = {"name": "Querulantin, Akte 7", "email": "akte7@bank.example"}
        change_contact(ada, conversation.contact, language="de", **changed)
    assert browser.get("/visit").json()["contact"] == own
    transcript = browser.get("/transcript?lang=en").content.decode()
    assert "Querulantin" not in transcript
    assert f"  {own['name'] or 'Client'}\n" in transcript
    # Advisers have it as they corrected it.
    at_the_desk = bank.desk(bank.ada).get(f"/inbox/{conversation.pk}/transcript/")
    assert "Querulantin" in at_the_desk.content.decode()


def test_of_whoever_is_blocked_nobody_sees_that_they_write_or_read(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.conversations.live.FRESH_SECONDS", 0.1)
    conversation = asked(bank, "Unfug")
    here = str(conversation.pk)

    def change(how: Any) -> None:
        with serving(bank.tenant):
            how(bank.as_adviser(bank.ada), conversation.contact)

    async def converse() -> None:
        async with (
            adviser_socket(server, bank, bank.ada) as ada,
            client_socket(server, bank, conversation) as client,
        ):
            await ada.ask("events", type="fetch", conversation=here)
            heard: list[dict[str, Any]] = []
            for how, is_seen in ((unblock, True), (block, False), (unblock, True)):
                await asyncio.to_thread(change, how)
                await asyncio.sleep(0.2)  # As long as a gate that was passed may be relied on.
                await client.say(type="typing", conversation=here)
                await client.ask("pong", type="ping")
                if is_seen:
                    heard.append(await ada.hear("typing"))
            await ada.say(type="ping")
            while heard[-1]["type"] != "pong":
                heard.append(await ada.hear())
            assert [frame["type"] for frame in heard].count("typing") == 2

    asyncio.run(converse())

    async def read() -> None:
        async with client_socket(server, bank, conversation) as client:
            await client.say(type="read", conversation=here, seq=2)
            await client.ask("pong", type="ping")

    for how, mark in ((block, 0), (unblock, 2)):
        change(how)
        asyncio.run(read())
        with serving(bank.tenant):
            assert marks_of(conversation)["client"] == mark


def test_whoever_is_blocked_is_told_so_and_begins_nothing(bank: Organisation) -> None:
    conversation = asked(bank, "Unfug")
    browser, ada = bank.visitor(conversation), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        block(ada, conversation.contact)
    state = browser.get("/visit").json()
    assert (state["known"], state["blocked"]) == (True, True)
    for path, body in (
        ("/visit?lang=en", {"language": "en"}),
        ("/contact?lang=en", {"name": "Anna", "email": "anna@x.example"}),
    ):
        answer = post(browser, path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
        assert "ended by the organisation" in answer.json()["message"]
    with serving(bank.tenant):
        assert Conversation.objects.count() == 1
        unblock(ada, conversation.contact)
    assert browser.get("/visit").json()["blocked"] is False
    assert post(browser, "/visit", {"language": "en"}).status_code == 200
    answer = post(browser, "/contact", {"name": "Anna", "email": "anna@x.example"})
    assert answer.status_code == 204


def test_an_open_chat_learns_at_once_that_it_has_ended(server: Running, bank: Organisation) -> None:
    conversation = asked(bank, "Unfug")
    here, ada = str(conversation.pk), bank.as_adviser(bank.ada)

    def change(how: Any) -> None:
        with serving(bank.tenant):
            how(ada, conversation.contact)

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            events = await client.ask("events", type="fetch", conversation=here)
            assert events["ended"] is False
            for how, ended in ((block, True), (unblock, False)):
                await asyncio.to_thread(change, how)
                await client.hear("hint")
                events = await client.ask("events", type="fetch", conversation=here, after=2)
                assert (events["ended"], events["events"]) == (ended, [])

    asyncio.run(converse())


@pytest.mark.parametrize("is_merged", [False, True])
def test_after_the_deletion_a_browser_begins_anew(bank: Organisation, is_merged: bool) -> None:
    old, young = asked(bank, "alt"), asked(bank, "neu")
    with serving(bank.tenant):
        if is_merged:
            merge(bank.as_adviser(bank.ada), young.contact, old.contact)
        OrganisationRow.objects.update(retention_days=30)
        Conversation.objects.filter(pk=old.pk).update(
            state=State.RESOLVED, resolved_at=timezone.now() - dt.timedelta(days=31)
        )
        delete_due()
        # What was merged with it keeps the contact, and nothing else of it.
        assert Contact.objects.filter(pk=old.contact_id).exists() is is_merged
        assert Visit.objects.count() == (2 if is_merged else 1)
    browser = bank.visitor(old)
    assert browser.get("/visit").json()["known"] is False
    begun = post(browser, "/visit", {"language": "de"})
    assert begun.status_code == 201
    assert begun.json()["conversation"] not in (str(old.pk), str(young.pk))
