"""Indexing after the commit: one thread per active tenant, so that a message is found in a second.

Whoever commits wakes it. Nothing is lost with it: what it has not indexed lies after the cursor,
and search_jobs wakes it for tenants that have something there.
"""

import logging
import threading

from django.conf import settings
from django.db import connections

from siegel.conversations.search_index import index_next
from siegel.conversations.tenant_threads import Closed, NotStarted, TenantThread, TenantThreads
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.departing import on_departure

log = logging.getLogger(__name__)
# What is written in this time shares a transaction.
GATHERING = 0.3


class Indexer(TenantThread):
    """Of one tenant."""

    def __init__(self, tenant: ServedTenant, indexers: "Indexers") -> None:
        super().__init__(tenant, "indexer")
        self.woken = threading.Event()
        self.stopping = threading.Event()
        self._indexers = indexers

    def has_work(self) -> bool:
        """Whether it was woken and has not looked yet."""
        return self.woken.is_set()

    def stop(self) -> None:
        """End after the transaction that is under way."""
        self.stopping.set()
        self.woken.set()

    def _run(self) -> None:
        try:
            with serving(self.tenant):
                try:
                    open_database(self.tenant)
                    while self._is_wanted():
                        self._catch_up()
                finally:
                    connections.close_all()
        except Exception as error:  # noqa: BLE001 - the next commit or job starts another one
            log.error("The indexer of %s ended: %s", self.tenant.id, type(error).__name__)
        finally:
            self._indexers.forget(self)

    def _is_wanted(self) -> bool:
        """Wait until something was written; False if it is time to end."""
        while not self.woken.wait(settings.SIEGEL_WRITER_IDLE_SECONDS):
            if self._indexers.retire(self):
                return False
        return not self.stopping.wait(GATHERING)

    def _catch_up(self) -> None:
        # Before the index is read: what is written from now on wakes it again.
        self.woken.clear()
        while index_next() and not self.stopping.is_set():
            pass


class Indexers(TenantThreads[Indexer]):
    """Of a process. What is not indexed when they are drained lies after the cursor."""

    def wake(self, tenant: ServedTenant) -> None:
        """Something was committed: have it indexed soon. Callable from any thread, never waits."""
        try:
            self.give(tenant, lambda indexer: indexer.woken.set())
        except Closed:
            pass  # The next process finds it after the cursor.
        except NotStarted:
            log.warning("The indexer of %s has not started.", tenant.id)

    def _make(self, tenant: ServedTenant) -> Indexer:
        return Indexer(tenant, self)


indexers = Indexers()
on_departure(indexers.end)
