"""Messages per second, and the time from socket to socket, against node and PostgreSQL."""

import asyncio
import statistics
import time
import uuid
from typing import Any

import uvloop

from benchmarks.clients import RawHttp, RawSocket, adviser_socket, begin
from benchmarks.pairs import Result, compare
from benchmarks.processes import node_with_postgresql, siegel

SENDERS = 8
SECONDS = 4.0
PACE = 20
BODY = "Guten Tag, mein Beitrag ist gestiegen. Können Sie bitte nachsehen, woran das liegt?"


def run() -> list[Result]:
    """Both comparisons; eight senders over sockets, and twenty messages a second."""
    with siegel() as facts, node_with_postgresql() as node:
        uvloop.run(_siegel_sends(facts, 1.0))
        uvloop.run(_node_sends(node, 1.0))
        return [
            compare(
                "eight senders, all rows, synchronous=FULL",
                lambda: uvloop.run(_siegel_sends(facts, SECONDS)),
                lambda: uvloop.run(_node_sends(node, SECONDS)),
                unit="messages/s",
                at_least=0.5,
            ),
            compare(
                "socket to socket at 20 messages/s, hint and fetch included, p50",
                lambda: uvloop.run(_siegel_latency(facts)),
                lambda: uvloop.run(_node_latency(node)),
                unit="ms",
                at_most=4.0,
            ),
        ]


async def _siegel_sends(facts: dict[str, Any], seconds: float) -> float:
    visitors = [begin(facts) for _ in range(SENDERS)]
    sockets = [await visitor.socket() for visitor in visitors]
    end = time.monotonic() + seconds

    async def send(number: int) -> int:
        count = 0
        while time.monotonic() < end:
            sockets[number].say(visitors[number].message(BODY))
            await sockets[number].hear_of("sent")
            count += 1
        return count

    total = sum(await asyncio.gather(*(send(number) for number in range(SENDERS))))
    for socket in sockets:
        socket.close()
    return total / seconds


async def _node_sends(port: int, seconds: float) -> float:
    connections = [await RawHttp.connect(port) for _ in range(SENDERS)]
    end = time.monotonic() + seconds

    async def send(connection: RawHttp, conversation: str) -> int:
        count = 0
        while time.monotonic() < end:
            key = str(uuid.uuid4())
            await connection.post({"conversation": conversation, "key": key, "body": BODY})
            count += 1
        return count

    total = sum(await asyncio.gather(*(send(c, str(n)) for n, c in enumerate(connections))))
    for connection in connections:
        connection.close()
    return total / seconds


async def _siegel_latency(facts: dict[str, Any]) -> float:
    visitor = begin(facts)
    client, adviser = await visitor.socket(), await adviser_socket(facts)
    adviser.say({"type": "fetch", "conversation": visitor.conversation})
    last = (await adviser.hear_of("events"))["last"]
    sent: dict[str, float] = {}
    took: list[float] = []

    async def listen() -> None:
        nonlocal last
        while len(took) < len(sent) or len(sent) < SECONDS * PACE:
            frame = await adviser.hear()
            if frame["type"] == "hint" and frame["conversation"] and frame["seq"] > last:
                adviser.say({"type": "fetch", "conversation": visitor.conversation, "after": last})
            elif frame["type"] == "events":
                now = time.perf_counter()
                fresh = [event for event in frame["events"] if event["seq"] > last]
                took.extend(now - sent[event["key"]] for event in fresh)
                last = max([last, *(event["seq"] for event in fresh)])

    async def hear_answers() -> None:
        while True:
            await client.hear()

    answers = asyncio.create_task(hear_answers())
    listening = asyncio.create_task(listen())
    for _ in range(int(SECONDS * PACE)):
        frame = visitor.message(BODY)
        sent[frame["key"]] = time.perf_counter()
        client.say(frame)
        await asyncio.sleep(1 / PACE)
    await asyncio.wait_for(listening, 10)
    answers.cancel()
    for socket in (client, adviser):
        socket.close()
    return statistics.median(took) * 1000


async def _node_latency(port: int) -> float:
    conversation = str(uuid.uuid4())
    sender = await RawHttp.connect(port)
    receiver = await RawSocket.connect(port, "x", f"/?conversation={conversation}")
    sent: dict[str, float] = {}
    took: list[float] = []

    async def listen() -> None:
        while len(took) < SECONDS * PACE:
            frame = await receiver.hear()
            took.append(time.perf_counter() - sent[frame["key"]])

    listening = asyncio.create_task(listen())
    for _ in range(int(SECONDS * PACE)):
        key = str(uuid.uuid4())
        sent[key] = time.perf_counter()
        posting = asyncio.create_task(
            sender.post({"conversation": conversation, "key": key, "body": BODY})
        )
        await asyncio.sleep(1 / PACE)
        await posting
    await asyncio.wait_for(listening, 10)
    sender.close()
    receiver.close()
    return statistics.median(took) * 1000
