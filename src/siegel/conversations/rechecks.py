"""A right is asked for again while a long transfer lasts, not only at its beginning."""

import asyncio
from collections.abc import Awaitable, Callable

RECHECK_SECONDS = 5.0


class Rechecks:
    """Asks `ask`, which raises when the right is lost, whenever five seconds have passed."""

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._ask = ask
        self._asked_at = asyncio.get_running_loop().time()

    async def if_due(self) -> None:
        """Ask if that was last done five seconds ago."""
        if asyncio.get_running_loop().time() - self._asked_at >= RECHECK_SECONDS:
            await self.now()

    async def now(self) -> None:
        """Ask."""
        await self._ask()
        self._asked_at = asyncio.get_running_loop().time()
