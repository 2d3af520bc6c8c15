"""What counts as use of a session: what a person does, and nothing that a page does by itself."""

import asyncio
import datetime as dt
import time
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from siegel.conversations import grants
from siegel.conversations.grants import Grant
from siegel.identity.models import Session
from siegel.identity.session_engine import SessionStore
from siegel.identity.sessions import note_use
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, message
from tests.server import Running

BACKGROUND = {"X-Siegel-Background": "1"}
MINUTE = dt.timedelta(minutes=1)


def age_of(bank: Organisation) -> dt.timedelta:
    """Since the only session was used."""
    with serving(bank.tenant):
        return timezone.now() - Session.objects.get(person__isnull=False).seen_at


def leave_alone(bank: Organisation, minutes: int) -> None:
    with serving(bank.tenant):
        Session.objects.update(seen_at=timezone.now() - minutes * MINUTE)


def test_what_a_page_asks_by_itself_is_no_use(bank: Organisation) -> None:
    desk = bank.desk(bank.ada)
    leave_alone(bank, 50)
    for _ in range(3):
        assert desk.get("/inbox/", headers=BACKGROUND).status_code == 200
        assert desk.post("/socket-ticket/", headers=BACKGROUND).status_code == 200
    assert age_of(bank) > 49 * MINUTE
    assert desk.get("/inbox/").status_code == 200
    assert age_of(bank) < MINUTE


def test_storing_a_session_by_itself_is_no_use(bank: Organisation) -> None:
    desk = bank.desk(bank.ada)
    leave_alone(bank, 50)
    with serving(bank.tenant):
        session = SessionStore(desk.cookies["__Host-session"].value)
        session.load()
        session.is_used = False
        session["anything"] = "stored"
        session.save()
    assert age_of(bank) > 49 * MINUTE


def test_an_open_desk_signs_out(bank: Organisation) -> None:
    desk = bank.desk(bank.ada)
    for minutes in (30, 59):
        leave_alone(bank, minutes)
        assert desk.post("/socket-ticket/", headers=BACKGROUND).status_code == 200
    leave_alone(bank, 60)
    assert desk.post("/socket-ticket/", headers=BACKGROUND | {"X-Siegel": "1"}).status_code == 403


@pytest.mark.parametrize("acts", ["send", "typing", "fetch", "ping", "read"])
def test_frames_that_a_person_causes_are_use(
    server: Running, bank: Organisation, acts: str
) -> None:
    conversation = bank.conversation()
    chosen = str(conversation.pk)
    frames: dict[str, dict[str, Any]] = {
        "send": message(conversation, uuid.uuid4(), "Guten Tag"),
        "typing": {"type": "typing", "conversation": chosen},
        "fetch": {"type": "fetch", "conversation": chosen},
        "ping": {"type": "ping"},
        "read": {"type": "read", "conversation": chosen, "seq": 1},
    }

    async def converse() -> dt.timedelta:
        async with adviser_socket(server, bank, bank.ada) as adviser:
            await adviser.hear("ready")
            await sync_to_async(leave_alone, thread_sensitive=False)(bank, 50)
            await adviser.say(**frames[acts])
            began, age = time.monotonic(), 50 * MINUTE
            # Kept when the right is asked for again, every two seconds.
            while age > MINUTE and time.monotonic() - began < 5:
                await asyncio.sleep(0.2)
                age = await sync_to_async(age_of, thread_sensitive=False)(bank)
            return age

    assert (asyncio.run(converse()) < MINUTE) is (acts in {"send", "typing"})


def test_use_is_kept_once_a_minute(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[None] = []
    grant = Grant(bank.tenant, lambda: None, note_use=lambda: kept.append(None))

    async def use(times: int) -> int:
        for _ in range(times):
            grant.is_used = True
            await grant.keep_use()
        await grant.keep_use()
        return len(kept)

    assert asyncio.run(use(5)) == 1
    monkeypatch.setattr(grants, "USE_SECONDS", 0.0)
    assert asyncio.run(use(2)) == 3


def test_a_session_that_has_ended_is_not_used_any_more(bank: Organisation) -> None:
    key = bank.desk(bank.ada).cookies["__Host-session"].value
    leave_alone(bank, 61)
    with serving(bank.tenant):
        note_use(key)
        note_use("nothing")
    assert age_of(bank) > 60 * MINUTE
