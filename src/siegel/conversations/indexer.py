"""Indexing after the commit: one thread per active tenant, so that a message is found in a second.

Whoever commits wakes it. Nothing is lost with it: what it has not indexed lies after the cursor,
and search_jobs wakes it for tenants that have something there.
"""

import contextvars
import logging
import threading

from django.conf import settings
from django.db import connections

from siegel.conversations.search_index import index_next
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.departing import on_departure

log = logging.getLogger(__name__)
# What is written in this time shares a transaction.
GATHERING = 0.3


class Indexer:
    """The thread of one tenant."""

    def __init__(self, tenant: ServedTenant, indexers: "Indexers") -> None:
        self.tenant = tenant
        self.woken = threading.Event()
        self.stopping = threading.Event()
        self._indexers = indexers
        # An own, empty context: the thread must not inherit whoever happened to start it.
        context = contextvars.Context()
        self.thread = threading.Thread(
            target=context.run, args=(self._run,), name=f"indexer-{tenant.id}"
        )

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


class Indexers:
    """The indexers of a process, started when needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, Indexer] = {}
        self._closed = False

    def wake(self, tenant: ServedTenant) -> None:
        """Something was committed: have it indexed soon. Callable from any thread, never waits."""
        with self._lock:
            if self._closed:
                return
            indexer = self._active.get(tenant.id)
            if indexer is None:
                indexer = Indexer(tenant, self)
                try:
                    indexer.thread.start()
                except RuntimeError:  # The system has no thread left; later it may.
                    log.warning("The indexer of %s has not started.", tenant.id)
                    return
                self._active[tenant.id] = indexer
            # Inside the lock, so that nobody wakes one that retires.
            indexer.woken.set()

    def retire(self, indexer: Indexer) -> bool:
        """Called by an idle indexer: True if it may end."""
        with self._lock:
            if indexer.woken.is_set():
                return False
            self._active.pop(indexer.tenant.id, None)
            return True

    def forget(self, indexer: Indexer) -> None:
        """Called by an indexer that ends."""
        with self._lock:
            if self._active.get(indexer.tenant.id) is indexer:
                del self._active[indexer.tenant.id]

    def active(self) -> int:
        """How many indexers run."""
        with self._lock:
            return len(self._active)

    def are_open(self) -> bool:
        """Whether anything is accepted."""
        with self._lock:
            return not self._closed

    def reopen(self) -> None:
        """Index (again): a process that starts."""
        with self._lock:
            self._closed = False

    def end(self, tenant: str) -> None:
        """Have the indexer of a tenant end, without waiting for it: there is none any more."""
        with self._lock:
            indexer = self._active.pop(tenant, None)
        if indexer is not None:
            indexer.stop()

    def drain(self, *, close: bool) -> None:
        """End the threads after their transactions; with `close`, start no more.

        What is not indexed then lies after the cursor.
        """
        with self._lock:
            self._closed = close
            indexers = list(self._active.values())
            self._active.clear()
        for indexer in indexers:
            indexer.stop()
        for indexer in indexers:
            indexer.thread.join()


indexers = Indexers()
on_departure(indexers.end)
