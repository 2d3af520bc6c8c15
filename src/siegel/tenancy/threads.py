"""Blocking work of the native ASGI endpoints, in small pools of threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from django.conf import settings

from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving

Result = TypeVar("Result")


class Pool(StrEnum):
    """What waits for what: pages do not hold up messages, and files hold up neither.

    FILES is for steps of milliseconds. What may take seconds has a pool of its own, which is
    entered in turn (siegel.conversations.places).
    """

    GATE = "gate"
    FILES = "files"
    RENDERING = "rendering"
    COMPLETING = "completing"


# Each of these may need a processor and tens of megabytes for seconds.
LONG_WORK = {Pool.RENDERING: 2, Pool.COMPLETING: 2}


def threads_of(pool: Pool) -> int:
    """How many threads a pool has."""
    return LONG_WORK.get(pool, settings.SIEGEL_THREADS)


@lru_cache
def executor(pool: Pool) -> ThreadPoolExecutor:
    """The threads of a pool."""
    return ThreadPoolExecutor(threads_of(pool), thread_name_prefix=pool.value)


async def in_pool(pool: Pool, function: Callable[..., Result], *arguments: object) -> Result:
    """Run a function that needs no tenant in a thread of a pool, and await its result."""
    return await asyncio.get_running_loop().run_in_executor(executor(pool), function, *arguments)


async def in_tenant(
    tenant: ServedTenant,
    function: Callable[..., Result],
    *args: object,
    pool: Pool = Pool.GATE,
) -> Result:
    """Run a function in a thread that serves the tenant, and await its result.

    Apart from the pool of the pages, so that slow pages do not hold up messages. Raises
    Unavailable if the tenant's database does not open.
    """

    def run() -> Result:
        with serving(tenant):
            open_database(tenant)
            return function(*args)

    return await in_pool(pool, run)
