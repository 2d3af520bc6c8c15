"""The hot path: one thread per active tenant commits what has queued up, as one transaction.

A message is acknowledged by its future, which is resolved after COMMIT and never before. With
`synchronous=FULL` the commit has reached the disk then. The thread retires when idle.
"""

import concurrent.futures
import logging
import queue
import time
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import connections

from siegel.conversations.batches import Posted, Posting, commit_batch
from siegel.conversations.indexer import indexers
from siegel.conversations.tenant_threads import NotStarted, TenantThread, TenantThreads
from siegel.tenancy import bus
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.departing import on_departure

log = logging.getLogger(__name__)
LARGEST_BATCH = 256
LONGEST_GATHERING = 0.001
GATHERING_STEP = 0.0001
Acknowledgement = concurrent.futures.Future[Posted]
_Item = tuple[Posting, Acknowledgement]


class WriterEnded(RuntimeError):
    """The writer could not start or go on: the message was not stored, the next may be."""


class Writer(TenantThread):
    """Of one tenant."""

    def __init__(self, tenant: ServedTenant, writers: "Writers") -> None:
        super().__init__(tenant, "writer")
        self.queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._writers = writers
        self._expected = 1

    def has_work(self) -> bool:
        """Whether a message or the end is queued."""
        return not self.queue.empty()

    def stop(self) -> None:
        """Have it end behind what is queued."""
        self.queue.put(None)

    def _run(self) -> None:
        batch: Sequence[_Item] | None = None
        try:
            # Keys of messages are random: each one lands on another page of their index.
            with serving(self.tenant):
                try:
                    while (batch := self._next_batch()) is not None:
                        self._commit_if_available(batch)
                finally:
                    connections.close_all()
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for ever
            log.error("The writer of %s ended: %s", self.tenant.id, type(error).__name__)
        finally:
            self._writers.forget(self)
            _fail([*(batch or ()), *self._waiting()], WriterEnded("The writer has ended."))

    def _next_batch(self) -> list[_Item] | None:
        while True:
            try:
                first = self.queue.get(timeout=settings.SIEGEL_WRITER_IDLE_SECONDS)
            except queue.Empty:
                if self._writers.retire(self):
                    return None
                continue
            if first is None:
                return None
            self._gather()
            batch = [first]
            while len(batch) < LARGEST_BATCH:
                try:
                    item = self.queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    self.queue.put(None)  # Stop after this batch.
                    break
                batch.append(item)
            self._expected = len(batch) + self.queue.qsize()
            return batch

    def _gather(self) -> None:
        """Wait a moment for those who wrote at the same time a moment ago.

        Their next messages are on the way when their last ones have been acknowledged; taken
        together they share one sync of the disk. Whoever writes alone is never waited for.
        """
        deadline = time.monotonic() + LONGEST_GATHERING
        while self.queue.qsize() + 1 < self._expected and time.monotonic() < deadline:
            time.sleep(GATHERING_STEP)

    def _waiting(self) -> Iterator[_Item]:
        while not self.queue.empty():
            item = self.queue.get()
            if item is not None:
                yield item

    def _commit_if_available(self, batch: Sequence[_Item]) -> None:
        try:
            open_database(self.tenant)
        except Unavailable as error:
            _fail(batch, error)
            return
        self._commit(batch)

    def _commit(self, batch: Sequence[_Item]) -> None:
        try:
            results = commit_batch([posting for posting, _ in batch])
        except BaseException as error:  # noqa: BLE001 - handed to the sender
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for item in batch:  # One bad item must not sink the others.
                self._commit([item])
            return
        hints = [
            bus.Hint("event", str(result.conversation), result.seq)
            for result in results
            if isinstance(result, Posted)
        ]
        self._expected = max(self._expected, len(batch) + self.queue.qsize())
        for (_, acknowledgement), result in zip(batch, results, strict=True):
            if isinstance(result, Posted):
                acknowledgement.set_result(result)
            else:
                acknowledgement.set_exception(result)
        bus.publish_all(self.tenant, hints)
        if hints:
            indexers.wake(self.tenant)


def _fail(items: Sequence[_Item], error: Exception) -> None:
    for _, acknowledgement in items:
        if not acknowledgement.done():
            acknowledgement.set_exception(error)


class Writers(TenantThreads[Writer]):
    """Of a process."""

    def post(self, tenant: ServedTenant, posting: Posting) -> Acknowledgement:
        """Queue a message; the future holds where it was stored, or why it was not.

        Raises tenant_threads.Closed.
        """
        acknowledgement: Acknowledgement = concurrent.futures.Future()
        try:
            self.give(tenant, lambda writer: writer.queue.put((posting, acknowledgement)))
        except NotStarted:
            acknowledgement.set_exception(WriterEnded("The writer has not started."))
        return acknowledgement

    def _make(self, tenant: ServedTenant) -> Writer:
        return Writer(tenant, self)


writers = Writers()
on_departure(writers.end)
