"""Acknowledgements on their way from the writers' threads to the event loop.

A batch resolves many futures at once; each one waking the loop by itself would cost more than the
rows that it acknowledges.
"""

import asyncio
import threading
from collections.abc import Callable

from siegel.conversations.writer import Acknowledgement

Told = Callable[[Acknowledgement], None]


class Landing:
    """Calls back on one event loop for every acknowledgement, many at each wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._landed: list[tuple[Told, Acknowledgement]] = []

    def expect(self, acknowledgement: Acknowledgement, told: Told) -> None:
        """Call `told` on the loop once the acknowledgement is there, in the order of arrival."""
        acknowledgement.add_done_callback(lambda landed: self._land(told, landed))

    def _land(self, told: Told, acknowledgement: Acknowledgement) -> None:
        with self._lock:
            self._landed.append((told, acknowledgement))
            is_first = len(self._landed) == 1
        if is_first and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        with self._lock:
            landed, self._landed = self._landed, []
        for told, acknowledgement in landed:
            told(acknowledgement)
