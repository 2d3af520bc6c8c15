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
    """What waits for what: pages do not hold up messages, and files hold up neither."""

    GATE = "gate"
    FILES = "files"


@lru_cache
def executor(pool: Pool) -> ThreadPoolExecutor:
    """The threads of a pool."""
    return ThreadPoolExecutor(settings.SIEGEL_THREADS, thread_name_prefix=pool.value)


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
