"""Threads that work for one tenant each, started when there is something to do."""

import contextvars
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from siegel.tenancy.context import ServedTenant


class Closed(RuntimeError):
    """The process is stopping: send again to the next one."""


class NotStarted(RuntimeError):
    """The system has no thread left; later it may."""


class TenantThread(ABC):
    """The thread of one tenant."""

    def __init__(self, tenant: ServedTenant, kind: str) -> None:
        self.tenant = tenant
        # An own, empty context: the thread must not inherit whoever happened to start it.
        context = contextvars.Context()
        self.thread = threading.Thread(
            target=context.run, args=(self._run,), name=f"{kind}-{tenant.id}"
        )

    @abstractmethod
    def has_work(self) -> bool:
        """Whether something waits for it."""

    @abstractmethod
    def stop(self) -> None:
        """Have it end after what it was given, without waiting for it."""

    @abstractmethod
    def _run(self) -> None:
        """Work until it is stopped or may retire, and have itself forgotten at last."""


Working = TypeVar("Working", bound=TenantThread)


class TenantThreads(ABC, Generic[Working]):
    """Those of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, Working] = {}
        self._closed = False

    @abstractmethod
    def _make(self, tenant: ServedTenant) -> Working:
        """A new one, not started."""

    def give(self, tenant: ServedTenant, hand: Callable[[Working], object]) -> None:
        """Call `hand` with the thread of the tenant; callable from any thread, never waits.

        Raises Closed and NotStarted.
        """
        with self._lock:
            if self._closed:
                raise Closed("The process is stopping.")
            working = self._active.get(tenant.id)
            if working is None:
                working = self._make(tenant)
                try:
                    working.thread.start()
                except RuntimeError as error:
                    raise NotStarted(working.thread.name) from error
                self._active[tenant.id] = working
            # Inside the lock, so that nothing is given to one that retires.
            hand(working)

    def retire(self, idle: Working) -> bool:
        """Called by one that is idle: True if it may end."""
        with self._lock:
            if idle.has_work():
                return False
            self._active.pop(idle.tenant.id, None)
            return True

    def forget(self, ended: Working) -> None:
        """Called by one that ends: nothing is given to it any more."""
        with self._lock:
            if self._active.get(ended.tenant.id) is ended:
                del self._active[ended.tenant.id]

    def active(self) -> int:
        """How many run."""
        with self._lock:
            return len(self._active)

    def are_open(self) -> bool:
        """Whether anything is accepted."""
        with self._lock:
            return not self._closed

    def reopen(self) -> None:
        """Accept work (again): a process that starts."""
        with self._lock:
            self._closed = False

    def end(self, tenant: str) -> None:
        """Have the thread of a tenant end, without waiting for it: there is none any more."""
        with self._lock:
            working = self._active.pop(tenant, None)
            if working is not None:
                working.stop()

    def drain(self, *, close: bool) -> None:
        """Let all end what they were given, and wait for it; with `close`, accept nothing more."""
        with self._lock:
            self._closed = close
            ending = list(self._active.values())
            self._active.clear()
            for working in ending:
                working.stop()
        for working in ending:
            working.thread.join()
