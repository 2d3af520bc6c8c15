"""Who may do how much at once with files, so that nobody stops them for others.

What holds memory or a connection is counted, and beyond a share refused at once (Share). What
needs a thread for seconds waits in line before it takes one (in_turn).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import lru_cache
from typing import TypeVar
from weakref import WeakValueDictionary

from siegel.files.kinds import RefusedFile
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool, in_tenant, threads_of

Result = TypeVar("Result")

# Shorter than what proxies wait for an answer.
WAIT_SECONDS = 30.0


class Share:
    """How many of one thing may be under way: in the process, of one tenant, of one sender.

    Beyond that RefusedFile(code) is raised. Counts belong to the process and its one event loop.
    """

    def __init__(self, code: str, *, process: int, tenant: int, sender: int) -> None:
        self.code = code
        self.process = process
        self.tenant = tenant
        self.sender = sender
        self._under_way: Counter[tuple[str, ...]] = Counter()

    @contextmanager
    def taken(self, tenant: ServedTenant, sender: str) -> Iterator[None]:
        """Hold one place for the length of the block."""
        keys = [(), (tenant.id,), (tenant.id, sender)]
        limits = (self.process, self.tenant, self.sender)
        if any(self._under_way[key] >= most for key, most in zip(keys, limits, strict=True)):
            raise RefusedFile(self.code)
        self._under_way.update(keys)
        try:
            yield
        finally:
            self._under_way.subtract(keys)
            for key in keys:
                if not self._under_way[key]:
                    del self._under_way[key]


class _Line:
    """Tenants take turns: each has one place, and waits for it behind its own people only."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._of_tenants: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, tenant: ServedTenant) -> AsyncIterator[None]:
        # The tenant's own line comes first: at most one of it stands in the common line.
        async with self._of_tenants.setdefault(tenant.id, asyncio.Lock()), self._places:
            yield


# The lines of a loop: a semaphore that somebody waited for belongs to one.
@lru_cache(maxsize=8)
def _line_of(_loop: asyncio.AbstractEventLoop, pool: Pool) -> _Line:
    return _Line(threads_of(pool))


async def in_turn(
    pool: Pool, code: str, tenant: ServedTenant, function: Callable[..., Result], *args: object
) -> Result:
    """As `in_tenant` for long work: no thread is taken before it is the tenant's turn.

    Raises RefusedFile(code) if that takes too long.
    """
    line = _line_of(asyncio.get_running_loop(), pool)
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await stack.enter_async_context(line.place(tenant))
        except TimeoutError:
            raise RefusedFile(code) from None
        return await in_tenant(tenant, function, *args, pool=pool)
