"""Hints between threads: (tenant, topic, number). Losing one loses nothing.

In process only; a hint tells a listener to fetch through its gate, and carries no content.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from siegel.tenancy.context import ServedTenant


@dataclass(frozen=True, slots=True)
class Hint:
    """Something about a conversation changed; `seq` is its newest sequence number.

    `person` is the id of who reads or writes just now: what colleagues are told of each other.
    """

    kind: str
    conversation: str
    seq: int = 0
    side: str = ""
    person: str = ""


Listener = Callable[[Hint], None]
_lock = threading.Lock()
_listeners: dict[str, dict[int, tuple[asyncio.AbstractEventLoop, Listener]]] = defaultdict(dict)


def subscribe(tenant: ServedTenant, listener: Listener) -> Callable[[], None]:
    """Call `listener` on the running event loop for each hint of a tenant; returns the undo."""
    loop = asyncio.get_running_loop()
    with _lock:
        _listeners[tenant.id][id(listener)] = (loop, listener)

    def unsubscribe() -> None:
        with _lock:
            _listeners[tenant.id].pop(id(listener), None)
            if not _listeners[tenant.id]:
                del _listeners[tenant.id]

    return unsubscribe


def publish(tenant: ServedTenant, hint: Hint) -> None:
    """Hand a hint to every listener of the tenant; callable from any thread, never blocks."""
    publish_all(tenant, [hint])


def publish_all(tenant: ServedTenant, hints: list[Hint]) -> None:
    """Hand several hints over with one wake-up of each event loop."""
    with _lock:
        listeners = list(_listeners.get(tenant.id, {}).values())
    by_loop: dict[asyncio.AbstractEventLoop, list[Listener]] = defaultdict(list)
    for loop, listener in listeners:
        by_loop[loop].append(listener)
    for loop, called in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_deliver, called, hints)


def _deliver(listeners: list[Listener], hints: list[Hint]) -> None:
    for listener in listeners:
        for hint in hints:
            listener(hint)
