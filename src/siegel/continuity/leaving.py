"""A tenant is exported or destroyed, never both at a time: a lock on its folder (flock(2)).

The kernel ends it with the process, and it goes with the folder.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant

# An export that is about to end is waited for.
WAITING_SECONDS = 5.0
POLL_SECONDS = 0.1


class CannotExport(ValueError):
    """Nothing was exported; the message says why."""


class BeingExported(ValueError):
    """An export, or another shredding, is under way: nothing was destroyed."""


@contextmanager
def leaving(tenant: ServedTenant) -> Iterator[None]:
    """Nobody shreds the tenant during the block. Raises CannotExport if somebody does already."""
    with _locked(tenant, fcntl.LOCK_SH, 0.0) as is_ours:
        if not is_ours:
            raise _departing(tenant)
        check_is_here(tenant)
        yield


def check_is_here(tenant: ServedTenant) -> None:
    """Raises CannotExport for a tenant that is gone, or whose shredding has begun."""
    if not Tenant.objects.filter(pk=tenant.id).exclude(state__in=WITHOUT_DATABASE).exists():
        raise _departing(tenant)


@contextmanager
def destroying(tenant: ServedTenant) -> Iterator[None]:
    """Nobody exports the tenant during the block. Raises BeingExported if somebody still does."""
    with _locked(tenant, fcntl.LOCK_EX, WAITING_SECONDS) as is_ours:
        if not is_ours:
            raise BeingExported(
                f"An export of {tenant.slug}, or another shredding, is under way; nothing was "
                "destroyed. Wait for its end, or end it."
            )
        yield


def _departing(tenant: ServedTenant) -> CannotExport:
    return CannotExport(f"{tenant.slug} is being shredded; nothing was exported.")


@contextmanager
def _locked(tenant: ServedTenant, how: int, seconds: float) -> Iterator[bool]:
    try:
        descriptor = os.open(tenant.folder, os.O_RDONLY)
    except FileNotFoundError:  # Of an interrupted shredding: there is nothing to keep apart.
        yield True
        return
    try:
        yield _gets(descriptor, how, time.monotonic() + seconds)
    finally:
        os.close(descriptor)


def _gets(descriptor: int, how: int, deadline: float) -> bool:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
