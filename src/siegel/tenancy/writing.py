"""Writing to a tenant's database: one writer at a time, across threads and processes."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections, transaction

from siegel.tenancy.context import ServedTenant, served
from siegel.vault.private_files import open_lock_file

# Long enough for the kernel to wake whoever waits.
GIVEN_WAY_SECONDS = 0.0005


@contextmanager
def write_lock(tenant: ServedTenant) -> Iterator[None]:
    """Hold the lock file beside the tenant's database (flock(2)).

    SQLite alone lets two busy processes starve each other: its waiters poll, the kernel's queue.
    """
    # No Path: making one costs as much as taking the lock, and every message comes by here.
    path = os.path.join(settings.SIEGEL_DATA, "tenants", tenant.id, "write.lock")  # noqa: PTH118 - as said above
    descriptor = open_lock_file(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # Gives the lock back.


@contextmanager
def write_transaction() -> Iterator[None]:
    """A transaction on the served tenant's database under its write lock.

    Sequence numbers and the head of the trail are read inside. A transaction within another one
    is a savepoint of it.
    """
    tenant = served()
    if connections[tenant.id].in_atomic_block:
        with transaction.atomic(using=tenant.id):
            yield
        return
    with write_lock(tenant), transaction.atomic(using=tenant.id):
        yield


def give_way() -> None:
    """Between two transactions of a long work: those go first who wait for the write lock.

    Whoever takes it again at once is quicker than they wake up: measured, they waited for three
    such transactions and more.
    """
    time.sleep(GIVEN_WAY_SECONDS)
