"""What 200 desks on one inbox cost the process at 20 messages a second."""

import asyncio
import json
import multiprocessing
import os
import re
import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.clients import RawSocket, adviser_cookie, begin, fetch
from benchmarks.pairs import Result, absolute
from benchmarks.processes import siegel

DESKS = 200
MESSAGES_PER_SECOND = 20
VISITORS = 60
SECONDS = 20
WARM_UP = 5
READING_EVERY = 15
SLUG = "nordwind"


def run() -> list[Result]:
    """Server CPU-seconds per second while all of them are connected and everybody writes."""
    spawn = multiprocessing.get_context("spawn")
    with siegel() as facts:
        ready, stop = spawn.Barrier(3), spawn.Event()
        fetched = spawn.Value("q", 0)
        loads = [
            spawn.Process(target=_desks, args=(facts, ready, stop, fetched)),
            spawn.Process(target=_visitors, args=(facts, ready, stop)),
        ]
        for load in loads:
            load.start()
        ready.wait(300)
        time.sleep(WARM_UP)
        before, began, count = _cpu_of(facts["pid"]), time.monotonic(), fetched.value
        time.sleep(SECONDS)
        seconds = time.monotonic() - began
        spent = (_cpu_of(facts["pid"]) - before) / seconds
        # Of fetches a second apart a window holds one more than it has seconds.
        per_desk = (fetched.value - count) / (seconds + 1) / DESKS
        stop.set()
        for load in loads:
            load.join(30)
            assert load.exitcode == 0, load.exitcode
    print(f"  {DESKS} desks fetched {per_desk:.2f} times a second each", flush=True)
    return [
        absolute(
            f"{DESKS} live desks at {MESSAGES_PER_SECOND} messages/s",
            spent,
            unit="CPU-seconds per second",
            at_most=1.0,
        ),
        absolute("fetches of a desk", per_desk, unit="per second", at_most=1.0),
    ]


def _cpu_of(pid: int) -> float:
    """User and system time of a process in seconds, from proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _desks(facts: dict[str, Any], ready: Any, stop: Any, fetched: Any) -> None:
    uvloop.run(_work_at_desks(facts, ready, stop, fetched))


async def _work_at_desks(facts: dict[str, Any], ready: Any, stop: Any, fetched: Any) -> None:
    cookie = adviser_cookie(facts, SLUG)
    tenant = next(tenant for tenant in facts["tenants"] if tenant["slug"] == SLUG)
    port, host = facts["port"], tenant["host"]
    _, _, page = fetch(port, host, "GET", "/inbox/?view=free", cookie=cookie)
    token = re.search(rb'name="csrf-token" content="([^"]+)"', page)
    first = re.search(rb'<script id="first-list"[^>]*>([^<]+)<', page)
    assert token, "no token in the page"
    assert first, "no list in the page"
    headers = {"X-CSRFToken": token[1].decode(), "Origin": f"http://{host}"}
    desks = []
    for _ in range(DESKS):
        _, _, answer = fetch(port, host, "POST", "/socket-ticket/", cookie=cookie, headers=headers)
        desk = await RawSocket.connect(port, host, "/live", cookie)
        desk.say({"type": "hello", "ticket": json.loads(answer)["ticket"]})
        await desk.hear_of("ready")
        desks.append(desk)
    await asyncio.to_thread(ready.wait, 300)
    conversations = [row["id"] for row in json.loads(first[1])["rows"]]
    works = [
        asyncio.create_task(_work(desk, conversations[number % len(conversations)], fetched))
        for number, desk in enumerate(desks)
    ]
    await asyncio.to_thread(stop.wait)
    for work in works:
        work.cancel()
    for failed in await asyncio.gather(*works, return_exceptions=True):
        assert isinstance(failed, asyncio.CancelledError), failed


async def _work(desk: RawSocket, conversation: str, fetched: Any) -> None:
    """As the page does: one conversation open, the list asked for when it has changed."""
    desk.say({"type": "fetch", "conversation": conversation})
    loop = asyncio.get_running_loop()
    asked_at = 0.0
    is_under_way = is_wanted = False

    def ask() -> None:
        nonlocal asked_at, is_under_way, is_wanted
        is_under_way, is_wanted, asked_at = True, False, loop.time()
        desk.say({"type": "inbox", "view": "free"})

    async with asyncio.TaskGroup() as group:
        group.create_task(_read_on(desk, conversation))
        while True:
            frame = await desk.hear()
            if frame["type"] == "refused":
                raise ConnectionError(frame["code"])
            if frame["type"] == "inbox":
                is_under_way = False
                with fetched.get_lock():
                    fetched.value += 1
            is_wanted |= frame["type"] == "hint" and frame["conversation"] is None
            if is_wanted and not is_under_way:
                is_under_way = True
                loop.call_later(max(0.0, asked_at + 1 - loop.time()), ask)


async def _read_on(desk: RawSocket, conversation: str) -> None:
    while True:
        desk.say({"type": "reading", "conversation": conversation})
        await asyncio.sleep(READING_EVERY)


def _visitors(facts: dict[str, Any], ready: Any, stop: Any) -> None:
    uvloop.run(_write(facts, ready, stop))


async def _write(facts: dict[str, Any], ready: Any, stop: Any) -> None:
    visitors = [begin(facts, SLUG) for _ in range(VISITORS)]
    sockets = [await visitor.socket() for visitor in visitors]
    # Each has written once, so that all of them are in the list from the beginning.
    for visitor, socket in zip(visitors, sockets, strict=True):
        socket.say(visitor.message("Guten Tag"))
        await socket.hear_of("sent")
    await asyncio.to_thread(ready.wait, 300)
    number = 0
    while not stop.is_set():
        visitor, socket = visitors[number % VISITORS], sockets[number % VISITORS]
        socket.say(visitor.message(f"Nachricht {number}"))
        await socket.hear_of("sent")
        number += 1
        await asyncio.sleep(1 / MESSAGES_PER_SECOND)
    for socket in sockets:
        socket.close()
