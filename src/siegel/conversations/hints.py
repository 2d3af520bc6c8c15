"""Hints on their way to one socket: coalesced, so that a slow reader costs no memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

from siegel.conversations.beside import Beside
from siegel.conversations.models import Side
from siegel.tenancy import bus

Say = Callable[[dict[str, Any]], Awaitable[None]]
# How often a desk hears that something changed in conversations which it has not opened.
INBOX_SECONDS = 1.0
# Who reads or writes just now: told among colleagues, never stored, and nothing of the inbox.
FLEETING = frozenset({"typing", "reading", "left"})


class Hints:
    """What one connection is told, and when.

    Numbers and typing go out for conversations that were opened through the gate. Of all others
    an adviser's desk learns only that the inbox changed, at most once a second. Who of the
    colleagues reads or writes is told to other advisers, each person by name.
    """

    def __init__(self, side: Side, say: Say, beside: Beside | None = None) -> None:
        self.present = False
        self._side = side
        self._say = say
        self._beside = beside
        self._watched: set[str] = set()
        self._told: dict[str, int] = {}
        self._pending: dict[tuple[str, str, str], bus.Hint] = {}
        self._inbox_changed = False
        self._inbox_told_at = float("-inf")
        self._wake = asyncio.Event()

    def watch(self, conversations: Iterable[str]) -> None:
        """Tell about these conversations from now on; their gate has been passed."""
        self._watched.update(conversations)

    def unwatch(self, conversations: Iterable[str]) -> None:
        self._watched.difference_update(conversations)

    def watched(self) -> list[str]:
        return list(self._watched)

    def told(self, conversation: str, seq: int) -> None:
        """An acknowledgement says as much as a hint: none is needed up to this number."""
        self._told[conversation] = max(seq, self._told.get(conversation, 0))

    def note(self, hint: bus.Hint) -> None:
        """Called by the bus on the event loop; never waits."""
        if self._side == Side.CLIENT and hint.kind in {"internal", "reading", "left"}:
            return
        if hint.kind == "internal":
            hint = replace(hint, kind="event")
        if hint.kind == "presence":
            self._pending["presence", "", ""] = hint
        elif hint.conversation in self._watched:
            if not self._is_own_or_told(hint):
                # Two writers may publish in the other order than they committed.
                place = (hint.conversation, hint.kind, hint.person)
                before = self._pending.get(place, hint)
                self._pending[place] = max(before, hint, key=lambda noted: noted.seq)
            elif self._side == Side.CLIENT or hint.kind in FLEETING:
                return
        elif self._side == Side.CLIENT or hint.kind != "event":
            return
        self._inbox_changed |= self._side == Side.ADVISER and hint.kind not in FLEETING
        self._wake.set()

    def _is_own_or_told(self, hint: bus.Hint) -> bool:
        """What comes back to the side it comes from, or says what an acknowledgement has said."""
        if hint.kind == "event":
            return hint.seq <= self._told.get(hint.conversation, 0)
        if self._is_of_a_colleague(hint) and self._beside is not None:
            return hint.person == self._beside.person
        return hint.side == self._side

    def _is_of_a_colleague(self, hint: bus.Hint) -> bool:
        return hint.kind in FLEETING and Side.ADVISER == self._side == hint.side

    async def pump(self) -> None:
        """Send what was noted, for as long as the connection lives."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            pending, self._pending = self._pending, {}
            for hint in pending.values():
                await self._tell(hint)
            if self._inbox_changed:
                await self._tell_inbox()

    async def say_presence(self, present: bool) -> None:
        """Tell a client whether somebody is there, if that has changed."""
        if present != self.present:
            self.present = present
            await self._say({"type": "presence", "present": present})

    async def _tell(self, hint: bus.Hint) -> None:
        if hint.kind == "presence":
            if self._side == Side.CLIENT:
                await self.say_presence(hint.seq > 0)
        elif hint.kind in FLEETING:
            frame = {"type": hint.kind, "conversation": hint.conversation, "side": hint.side}
            if self._is_of_a_colleague(hint) and self._beside is not None:
                name = await self._beside.name_of(hint.person)
                frame |= {"person": hint.person, "name": name}
            await self._say(frame)
        elif hint.kind == "read" or hint.seq > self._told.get(hint.conversation, 0):
            await self._say({"type": "hint", "conversation": hint.conversation, "seq": hint.seq})

    async def _tell_inbox(self) -> None:
        loop = asyncio.get_running_loop()
        wait = self._inbox_told_at + INBOX_SECONDS - loop.time()
        if wait > 0:
            loop.call_later(wait, self._wake.set)
            return
        self._inbox_told_at = loop.time()
        self._inbox_changed = False
        await self._say({"type": "hint", "conversation": None, "seq": 0})
