"""Database work of the native ASGI endpoints, in a small pool of threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from django.conf import settings

from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving

Result = TypeVar("Result")


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.SIEGEL_THREADS, thread_name_prefix="gate")


async def in_tenant(tenant: ServedTenant, function: Callable[..., Result], *args: object) -> Result:
    """Run a function in a thread that serves the tenant, and await its result.

    Apart from the pool of the pages, so that slow pages do not hold up messages. Raises
    Unavailable if the tenant's database does not open.
    """

    def run() -> Result:
        with serving(tenant):
            open_database(tenant)
            return function(*args)

    return await asyncio.get_running_loop().run_in_executor(_pool(), run)
