"""Hints: the newest number, to those whom it tells something."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from siegel.conversations.hints import Hints
from siegel.conversations.models import Side
from siegel.tenancy.bus import Hint
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket
from tests.server import Running

INBOX = {"type": "hint", "conversation": None, "seq": 0}


def heard(side: Side, *hints: Hint, told: int = 0, told_late: int = 0) -> list[dict[str, Any]]:
    """What a connection that has opened conversation c is told of these hints."""
    said: list[dict[str, Any]] = []

    async def listen() -> None:
        async def say(frame: dict[str, Any]) -> None:
            said.append(frame)

        hearing = Hints(side, say)
        hearing.watch(["c"])
        hearing.told("c", told)
        for hint in hints:
            hearing.note(hint)
        hearing.told("c", told_late)
        pump = asyncio.create_task(hearing.pump())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pump.cancel()

    asyncio.run(listen())
    return said


def numbered(seq: int) -> dict[str, Any]:
    return {"type": "hint", "conversation": "c", "seq": seq}


@pytest.mark.parametrize("side", Side)
def test_an_older_number_does_not_replace_a_newer_one(side: Side) -> None:
    said = heard(side, Hint("event", "c", 7), Hint("event", "c", 5), Hint("event", "c", 6))
    assert said[0] == numbered(7)
    assert numbered(5) not in said


@pytest.mark.parametrize(("kind", "seq"), [("typing", 0), ("read", 3)])
def test_the_own_side_hears_nothing_of_itself(kind: str, seq: int) -> None:
    assert heard(Side.CLIENT, Hint(kind, "c", seq, side="client")) == []
    assert heard(Side.CLIENT, Hint(kind, "c", seq, side="adviser")) != []


def test_what_an_adviser_has_read_changes_the_inbox_and_nothing_else() -> None:
    assert heard(Side.ADVISER, Hint("read", "c", 3, side="adviser")) == [INBOX]
    assert heard(Side.ADVISER, Hint("read", "c", 3, side="client")) == [numbered(3), INBOX]
    assert heard(Side.ADVISER, Hint("typing", "c", side="adviser")) == []


def test_what_was_acknowledged_is_not_told_again() -> None:
    assert heard(Side.CLIENT, Hint("event", "c", 3), told=3) == []
    assert heard(Side.ADVISER, Hint("event", "c", 3), told=3) == [INBOX]
    assert heard(Side.CLIENT, Hint("event", "c", 4), told=3) == [numbered(4)]
    # Also when it is acknowledged between the hint and its sending.
    assert heard(Side.CLIENT, Hint("event", "c", 4), told=3, told_late=4) == []


def test_of_what_was_not_opened_a_desk_hears_the_inbox_only() -> None:
    assert heard(Side.ADVISER, Hint("event", "d", 3)) == [INBOX]
    assert heard(Side.ADVISER, Hint("read", "d", 3, side="client")) == []
    assert heard(Side.CLIENT, Hint("event", "d", 3)) == []


def test_a_mark_is_told_to_the_other_side(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    here = str(conversation.pk)

    async def converse() -> None:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as adviser,
        ):
            await client.hear("ready")
            await adviser.ask("events", type="fetch", conversation=here)
            await adviser.say(type="read", conversation=here, seq=1)
            assert (await client.hear("hint"))["conversation"] == here
            assert await adviser.hear("hint") == INBOX

    asyncio.run(converse())


def test_what_is_internal_is_told_within_the_organisation_only() -> None:
    assert heard(Side.CLIENT, Hint("internal", "c", 7)) == []
    assert heard(Side.ADVISER, Hint("internal", "c", 7)) == [numbered(7), INBOX]


def test_colleagues_hear_who_reads_and_writes_and_clients_do_not(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    here = str(conversation.pk)
    ben = {"conversation": here, "side": "adviser", "person": str(bank.ben.pk)}
    ben["name"] = "Ben Brandt"

    async def converse() -> None:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as ada,
        ):
            await client.hear("ready")
            await ada.ask("events", type="fetch", conversation=here)
            async with adviser_socket(server, bank, bank.ben) as other:
                await other.ask("events", type="fetch", conversation=here)
                await other.say(type="reading", conversation=here)
                assert await ada.hear("reading") == {"type": "reading", **ben}
                await other.say(type="typing", conversation=here)
                assert await ada.hear("typing") == {"type": "typing", **ben}
                await other.say(type="reading", conversation=here)  # Said again after a while.
                assert await ada.hear("reading") == {"type": "reading", **ben}
                await ada.say(type="reading", conversation=here)
                assert (await other.hear("reading"))["name"] == "Ada Adler"
                another = await sync_to_async(bank.conversation, thread_sensitive=False)()
                await other.say(type="reading", conversation=str(another.pk))
                assert await ada.hear("left") == {"type": "left", **ben}
                await other.say(type="reading", conversation=here)
                assert (await ada.hear("reading"))["name"] == "Ben Brandt"
            # Whoever closes the page has left.
            assert await ada.hear("left") == {"type": "left", **ben}
            # The client hears of the writing, as always, and of nobody by name.
            frame = await client.hear("typing")
            assert frame == {"type": "typing", "conversation": here, "side": "adviser"}
            assert (await client.ask("pong", type="ping"))["type"] == "pong"

    asyncio.run(converse())


def test_whoever_reads_is_nothing_of_the_inbox() -> None:
    for kind in ("reading", "left", "typing"):
        assert heard(Side.CLIENT, Hint(kind, "d", side="adviser", person="p")) == []
        assert heard(Side.ADVISER, Hint(kind, "d", side="adviser", person="p")) == []
    for kind in ("reading", "left"):
        assert heard(Side.CLIENT, Hint(kind, "c", side="adviser", person="p")) == []


def test_a_client_asks_for_neither_list_nor_readers(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            for frame in (
                {"type": "inbox", "view": "free"},
                {"type": "reading", "conversation": str(conversation.pk)},
            ):
                assert (await client.ask("refused", **frame))["code"] == "malformed"

    asyncio.run(converse())


def test_a_desk_asks_for_its_list(server: Running, bank: Organisation) -> None:
    async def converse() -> None:
        async with adviser_socket(server, bank, bank.ada) as ada:
            page = await ada.ask("inbox", type="inbox", view="free")
            assert (page["view"], page["rows"], page["next"]) == ("free", [], None)
            refused = await ada.ask("refused", type="inbox", view="x" * 21)
            assert refused["code"] == "malformed"
            stranger = "0" * 8 + "-0000-4000-8000-" + "0" * 12
            refused = await ada.ask("refused", type="reading", conversation=stranger)
            assert refused["code"] == "not-found"

    asyncio.run(converse())
