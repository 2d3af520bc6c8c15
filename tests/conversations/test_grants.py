"""Who gets onto a socket, and who is off it within five seconds."""

import asyncio
import datetime as dt
import time
import uuid
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from siegel.identity.ending_sessions import end_session, end_sessions_of_all
from siegel.identity.models import Session
from siegel.tenancy import suspending
from siegel.tenancy.context import serving
from siegel.widget.models import Visit
from siegel.widget.visiting import COOKIE
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket, message, session_of
from tests.server import Running, socket


def deactivate(bank: Organisation) -> None:
    bank.ada.is_active = False
    bank.ada.save()


def change_password(bank: Organisation) -> None:
    bank.ada.set_password("another sentence for tests")
    bank.ada.save()


def take_the_role(bank: Organisation) -> None:
    bank.ada.roles = []
    bank.ada.save()


def end_the_session(bank: Organisation) -> None:
    Session.objects.all().delete()


def end_one_session(bank: Organisation) -> None:
    end_session(bank.ada, bank.ada, Session.objects.get(person=bank.ada).id)


def end_all_sessions(bank: Organisation) -> None:
    end_sessions_of_all(bank.mia)


def leave_it_idle(bank: Organisation) -> None:
    Session.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=60))


def suspend(bank: Organisation) -> None:
    suspending.suspend("bank", "test")


@pytest.mark.parametrize(
    "revoke",
    [
        deactivate,
        change_password,
        take_the_role,
        end_the_session,
        end_one_session,
        end_all_sessions,
        leave_it_idle,
        suspend,
    ],
)
def test_a_desk_is_off_within_five_seconds(
    server: Running, bank: Organisation, revoke: Callable[[Organisation], None]
) -> None:
    conversation = bank.conversation()

    async def converse() -> tuple[int, float]:
        async with adviser_socket(server, bank, bank.ada) as adviser:
            await adviser.ask("events", type="fetch", conversation=str(conversation.pk))

            def act() -> None:
                with serving(bank.tenant):
                    revoke(bank)

            await sync_to_async(act, thread_sensitive=False)()
            began = time.monotonic()
            return await adviser.end(), time.monotonic() - began

    code, seconds = asyncio.run(converse())
    assert code == 4401
    assert seconds < 5


def test_a_visitor_is_off_within_five_seconds(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()

    async def converse() -> int:
        async with client_socket(server, bank, conversation) as client:
            await client.hear("ready")

            def act() -> None:
                with serving(bank.tenant):
                    Visit.objects.update(ended_at=timezone.now())

            await sync_to_async(act, thread_sensitive=False)()
            return await client.end()

    assert asyncio.run(converse()) == 4401


def test_a_tenant_whose_key_is_lost_loses_its_sockets_only(
    server: Running,
    bank: Organisation,
    insurer: Organisation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours, theirs = bank.conversation(), insurer.conversation()

    async def converse() -> int:
        async with (
            client_socket(server, bank, ours) as client,
            client_socket(server, insurer, theirs) as other,
        ):
            await client.ask("sent", **message(ours, uuid.uuid4(), "warm"))
            (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
            code = await client.end()
            await other.ask("sent", **message(theirs, uuid.uuid4(), "x"))
            return code

    assert asyncio.run(converse()) == 1013
    assert "KeyUnavailable" in caplog.text


@pytest.mark.parametrize("first", ["{}", '{"type":"ping"}', "no json"])
def test_the_first_frame_is_a_hello(server: Running, bank: Organisation, first: str) -> None:
    async def converse() -> int:
        async with socket(server.port, bank.host) as stranger:
            await stranger.connection.send(first)
            return await stranger.end()

    assert asyncio.run(converse()) == 4401


def test_whoever_says_nothing_is_shut_out(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.conversations.live.HELLO_SECONDS", 0.1)

    async def converse() -> int:
        async with socket(server.port, bank.host) as silent:
            return await silent.end()

    assert asyncio.run(converse()) == 4408


def test_an_administrator_gets_no_socket(server: Running, bank: Organisation) -> None:
    async def converse() -> int:
        async with adviser_socket(server, bank, bank.mia) as administrator:
            return await administrator.end()

    assert asyncio.run(converse()) == 4401


@pytest.mark.parametrize("ticket", ["", "forged", "a:b:c"])
def test_a_cookie_without_its_ticket_is_not_enough(
    server: Running, bank: Organisation, ticket: str
) -> None:
    session = session_of(bank, bank.ada)
    cookies = {
        bank.host: f"{settings.SESSION_COOKIE_NAME}={session}",
        bank.chat_host: f"{COOKIE}={bank._visitors[bank.conversation().pk]}",
    }

    async def converse(host: str, cookie: str) -> int:
        async with socket(server.port, host, cookie, ticket=ticket) as stranger:
            return await stranger.end()

    for host, cookie in cookies.items():
        assert asyncio.run(converse(host, cookie)) == 4401
        assert asyncio.run(converse(host, "")) == 4401
        assert asyncio.run(converse(host, "a=b; =;=")) == 4401


def test_an_old_ticket_is_refused(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.identity.tickets.MAX_AGE_SECONDS", -1)

    async def converse() -> int:
        async with adviser_socket(server, bank, bank.ada) as late:
            return await late.end()

    assert asyncio.run(converse()) == 4401


@pytest.mark.parametrize(
    ("host", "origin", "path"),
    [
        ("bank.test", "http://evil.test", None),
        ("bank.test", "null", None),
        ("unknown.test", None, None),
        ("chat.bank.test", "http://bank.test", None),
        ("bank.test", "http://[::1", None),
        ("bank.test", "bank.test", None),
    ],
)
def test_a_foreign_page_gets_no_socket(
    server: Running, bank: Organisation, host: str, origin: str | None, path: None
) -> None:
    async def converse() -> None:
        async with socket(server.port, host, origin=origin):
            pass

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(converse())
