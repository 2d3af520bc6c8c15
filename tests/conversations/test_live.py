"""Both sides on real sockets: sending, hints, fetching, typing, marks, presence."""

import asyncio
import contextlib
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError

from siegel.conversations import hints as hints_module
from siegel.conversations.models import Message
from siegel.conversations.resolving import assign_to_self, resolve
from siegel.conversations.writer import writers
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket, message
from tests.server import Running


def test_a_message_goes_from_socket_to_socket(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    here = str(conversation.pk)

    async def converse() -> None:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as adviser,
        ):
            assert (await client.hear("ready"))["side"] == "client"
            assert (await adviser.hear("ready"))["side"] == "adviser"
            key = uuid.uuid4()
            sent = await client.ask("sent", **message(conversation, key, "Guten Tag"))
            assert (sent["key"], sent["seq"]) == (str(key), 2)
            # Not opened yet: the desk learns that the inbox changed, and nothing else.
            assert await adviser.hear("hint") == {"type": "hint", "conversation": None, "seq": 0}
            events = await adviser.ask("events", type="fetch", conversation=here)
            assert [event["kind"] for event in events["events"]] == ["started", "message"]
            assert events["events"][1]["body"] == "Guten Tag"
            assert (events["direction"], events["more"]) == ("before", False)

            await adviser.say(type="typing", conversation=here)
            assert (await client.hear("typing"))["side"] == "adviser"
            await adviser.say(**message(conversation, uuid.uuid4(), "Guten Tag!"))
            while (await client.hear("hint"))["seq"] < 4:
                pass
            events = await client.ask("events", type="fetch", conversation=here, after=2)
            assert [event["kind"] for event in events["events"]] == ["assigned", "message"]
            assert events["events"][1]["name"] == "Ada Adler"

            await client.say(type="read", conversation=here, seq=4)
            marks = {"client": 0, "adviser": 0}
            while marks["client"] < 4:
                await adviser.hear("hint")
                events = await adviser.ask("events", type="fetch", conversation=here, after=4)
                marks = events["marks"]
                assert events["events"] == []
            assert marks == {"client": 4, "adviser": 0}
            assert await client.ask("pong", type="ping") == {"type": "pong"}

    asyncio.run(converse())


def test_presence_is_told_when_somebody_comes(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            assert (await client.hear("ready"))["present"] is False
            async with adviser_socket(server, bank, bank.ada):
                assert (await client.hear("presence"))["present"] is True

    asyncio.run(converse())


def test_presence_is_asked_again(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    monkeypatch.setattr("siegel.conversations.live.FRESH_SECONDS", 0.05)
    monkeypatch.setattr("siegel.identity.presence.BEAT_SECONDS", 0.1)

    async def converse() -> None:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as adviser,
        ):
            await adviser.hear("ready")
            await client.hear("ready")
            await asyncio.sleep(0.3)

            def leave() -> None:
                with serving(bank.tenant):
                    bank.ada.is_active = False
                    bank.ada.save()

            await sync_to_async(leave, thread_sensitive=False)()
            while (await client.hear("presence"))["present"]:
                pass

    asyncio.run(converse())


def test_a_retry_over_a_second_socket_is_the_same_message(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()

    async def converse() -> set[int]:
        async with (
            client_socket(server, bank, conversation) as one,
            client_socket(server, bank, conversation) as other,
        ):
            frame = message(conversation, uuid.uuid4(), "once")
            answers = await asyncio.gather(one.ask("sent", **frame), other.ask("sent", **frame))
            return {answer["seq"] for answer in answers}

    assert asyncio.run(converse()) == {2}


def test_a_colleague_who_takes_over_ends_fetching_and_hints(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.conversations.live.FRESH_SECONDS", 0.1)
    conversation = bank.conversation()
    here = str(conversation.pk)

    async def converse() -> None:
        async with (
            adviser_socket(server, bank, bank.ben) as ben,
            client_socket(server, bank, conversation) as client,
        ):
            await ben.ask("events", type="fetch", conversation=here)

            def take() -> None:
                with serving(bank.tenant):
                    assign_to_self(bank.as_adviser(bank.ada), conversation)

            await sync_to_async(take, thread_sensitive=False)()
            refused = await ben.ask("refused", type="fetch", conversation=here)
            assert refused["code"] == "not-found"
            await asyncio.sleep(0.4)
            await client.ask("sent", **message(conversation, uuid.uuid4(), "more"))
            while (hint := await ben.hear("hint"))["conversation"] is not None:
                assert hint["seq"] < 3
            refused = await ben.ask("refused", **message(conversation, uuid.uuid4(), "mine"))
            assert refused["code"] == "not-found"

    asyncio.run(converse())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "send", "body": ""}, "body-empty"),
        ({"type": "send", "body": "x" * 20_001}, "body-too-long"),
        ({"type": "send", "body": "a\x00"}, "body-control-characters"),
        ({"type": "send", "conversation": str(uuid.uuid4()), "body": "x"}, "not-found"),
        ({"type": "send", "body": 7}, "malformed"),
        ({"type": "send", "body": "x", "more": 1}, "malformed"),
        ({"type": "send", "key": "no uuid", "body": "x"}, "malformed"),
        ({"type": "hello", "ticket": "again"}, "malformed"),
        ({"type": "fetch", "conversation": str(uuid.uuid4())}, "not-found"),
        ({"type": "fetch", "after": -1}, "malformed"),
        ({"type": "read", "seq": 2**80}, "malformed"),
        ({"type": "typing", "conversation": str(uuid.uuid4())}, "not-found"),
        ({"type": "unknown"}, "malformed"),
        ({}, "malformed"),
    ],
)
def test_a_frame_that_is_refused_says_why(
    server: Running, bank: Organisation, frame: dict[str, Any], code: str
) -> None:
    conversation = bank.conversation()
    base = {"conversation": str(conversation.pk)}
    if frame.get("type") == "send":
        base["key"] = str(uuid.uuid4())
    if frame.get("type") in {"unknown", "hello", None}:
        base = {}

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            refused = await client.ask("refused", **(base | frame))
            assert refused["code"] == code
            assert refused["message"]
            # The connection goes on.
            assert await client.ask("pong", type="ping")

    asyncio.run(converse())
    with serving(bank.tenant):
        assert not Message.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no json",
        "[" * 5000,
        '{"type":"send","body":"\\ud800"}',
        b"binary",
        "null",
        '{"type":"ping","type":"ping"',
    ],
)
def test_what_is_no_frame_is_refused(
    server: Running, bank: Organisation, raw: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = bank.conversation()

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")
            await client.connection.send(raw)
            assert (await client.hear("refused"))["code"] == "malformed"

    asyncio.run(converse())
    assert "no json" not in caplog.text


def test_a_frame_too_large_ends_the_connection(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()

    async def converse() -> int:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")
            await client.connection.send("x" * 200_000)
            return await client.end()

    assert asyncio.run(converse()) == 1009


def test_the_longest_body_passes_however_it_is_escaped(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            await client.ask("sent", **message(conversation, uuid.uuid4(), "\u00e9" * 20_000))

    asyncio.run(converse())


def test_a_resolved_conversation_takes_no_answer(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ada), conversation)

    async def converse() -> None:
        async with adviser_socket(server, bank, bank.ada) as adviser:
            refused = await adviser.ask("refused", **message(conversation, uuid.uuid4(), "x"))
            assert refused["code"] == "conversation-resolved"
            assert "Reopen" in refused["message"]

    asyncio.run(converse())


def test_whoever_talks_too_fast_is_slowed_down_and_then_shut_out(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_FRAMES_PER_SECOND", 2)
    conversation = bank.conversation()

    async def converse() -> int:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")
            for _ in range(4):
                await client.ask("pong", type="ping")
            key = uuid.uuid4()
            refused = await client.ask("refused", **message(conversation, key, "x"))
            assert (refused["code"], refused["key"]) == ("rate-limited", str(key))
            assert refused["retry_after"] == 1
            await asyncio.sleep(1)
            await client.ask("pong", type="ping")
            for _ in range(110):
                await client.say(type="ping")
            return await client.end()

    assert asyncio.run(converse()) == 4429


@pytest.mark.parametrize(
    "error", [OperationalError("database or disk is full"), OSError("Too many open files")]
)
def test_a_message_that_is_not_stored_is_refused_and_logged_without_its_text(
    server: Running,
    bank: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    conversation = bank.conversation()

    def full(*_: object) -> None:
        raise error

    async def converse() -> None:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")
            frame = message(conversation, uuid.uuid4(), "a confidential text")
            with monkeypatch.context() as broken:
                broken.setattr("siegel.conversations.batches.hot_rows.insert_messages", full)
                refused = await client.ask("refused", **frame)
                assert (refused["code"], refused["retry_after"]) == ("storage-full", 5)
                broken.setattr("siegel.conversations.live.mark_read", full)
                here = str(conversation.pk)
                refused = await client.ask("refused", type="read", conversation=here, seq=1)
                assert refused["code"] == "storage-full"
            assert (await client.ask("sent", **frame))["seq"] == 2

    asyncio.run(converse())
    assert f"failed: {type(error).__name__}" in caplog.text
    assert "a confidential text" not in caplog.text


@pytest.mark.parametrize("error", [OperationalError("full"), OSError("Too many open files")])
def test_a_desk_stays_open_when_presence_cannot_be_written(
    server: Running,
    bank: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr("siegel.identity.presence.beat", full)

    async def converse() -> None:
        async with adviser_socket(server, bank, bank.ada) as adviser:
            assert (await adviser.hear("ready"))["present"] is False

    asyncio.run(converse())
    assert "no presence" in caplog.text


def test_a_message_between_two_processes_is_told_to_come_back(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()

    async def converse() -> int:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")
            await sync_to_async(lambda: writers.drain(close=True), thread_sensitive=False)()
            try:
                await client.say(**message(conversation, uuid.uuid4(), "x"))
                return await client.end()
            finally:
                writers.reopen()

    assert asyncio.run(converse()) == 1012


def test_the_inbox_is_told_at_most_once_a_second(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints_module, "INBOX_SECONDS", 0.3)
    conversation = bank.conversation()

    async def converse() -> int:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as adviser,
        ):
            await adviser.hear("ready")
            await client.hear("ready")
            for n in range(10):
                await client.ask("sent", **message(conversation, uuid.uuid4(), str(n)))
            heard = 0
            with contextlib.suppress(TimeoutError):
                while await adviser.hear("hint", seconds=0.8):
                    heard += 1
            return heard

    assert asyncio.run(converse()) == 2


def test_a_client_does_not_hear_of_other_conversations(server: Running, bank: Organisation) -> None:
    own, other = bank.conversation(), bank.conversation()

    async def converse() -> None:
        async with (
            client_socket(server, bank, own) as one,
            client_socket(server, bank, other) as another,
        ):
            await one.hear("ready")
            await another.ask("sent", **message(other, uuid.uuid4(), "x"))
            await another.say(type="typing", conversation=str(other.pk))
            with pytest.raises(TimeoutError):
                await one.hear(seconds=0.3)

    asyncio.run(converse())
