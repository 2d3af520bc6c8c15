"""The threads of a process that run jobs: huey's, without its signal handlers and daemons."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections
from huey.consumer import BaseProcess, Consumer, ThreadEnvironment, Worker

from siegel.tenancy.departing import close_departed
from siegel.tenancy.job_queue import bell, queue
from siegel.tenancy.job_scheduling import Scheduler

log = logging.getLogger(__name__)
WORKERS = 2
# How often a worker looks for what another process has enqueued.
POLL_SECONDS = 1.0
TICK_SECONDS = 3.0


class _Threads(ThreadEnvironment):  # type: ignore[misc] # huey ships no types
    """Threads that the end of the process waits for, with a context of their own."""

    def create_process(self, runnable: Callable[[], None], name: str) -> threading.Thread:
        # An empty context: the thread must not inherit whoever happened to start it.
        context = contextvars.Context()
        return threading.Thread(target=context.run, args=(runnable,), name=f"jobs-{name}")


class _Worker(Worker):  # type: ignore[misc] # huey ships no types
    """Runs what is in the queue, one after the other; idle, it holds no connection."""

    _heard = 0

    def loop(self, now: Any = None) -> None:
        self._heard = bell.times()
        super().loop(now)

    def sleep(self) -> None:
        connections.close_all()
        # Whoever stops sets the flag first and rings then, so that one of both is noticed.
        if not self.stop_flag.is_set():
            bell.wait(self._heard, POLL_SECONDS)

    def shutdown(self) -> None:
        connections.close_all()


class _Ticking(BaseProcess):  # type: ignore[misc] # huey ships no types
    """The scheduler's thread: in every process, at work in the one that holds the lock."""

    process_name = "Scheduler"

    def __init__(self, huey: Any, stop_flag: threading.Event, interval: int, periodic: bool):
        super().__init__(huey, stop_flag)
        self._scheduler = Scheduler()

    def loop(self, now: Any = None) -> None:
        try:
            self._scheduler.tick()
        except Exception as error:  # noqa: BLE001 - the next turn may succeed
            log.error("Scheduling jobs failed: %s.", type(error).__name__)
        try:
            close_departed()
        except Exception as error:  # noqa: BLE001 - as above
            log.error("Looking for shredded tenants failed: %s.", type(error).__name__)
        self.stop_flag.wait(TICK_SECONDS)

    def shutdown(self) -> None:
        self._scheduler.lock.release()
        connections.close_all()


class _Consumer(Consumer):  # type: ignore[misc] # huey ships no types
    worker_class = _Worker
    scheduler_class = _Ticking

    def get_environment(self, worker_type: str) -> _Threads:
        return _Threads()

    def _set_signal_handlers(self) -> None:
        """None: signals belong to the server in whose process this runs."""


class Workforce:
    """The threads that run jobs, once per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._consumer: _Consumer | None = None

    def start(self) -> None:
        """Start them unless they run."""
        with self._lock:
            if self._consumer is None:
                self._consumer = _Consumer(
                    queue(), workers=WORKERS, periodic=False, check_worker_health=False
                )
                self._consumer.start()

    def stop(self, timeout: float) -> bool:
        """Take no more jobs and wait for those at work; False if some still are after `timeout`."""
        with self._lock:
            consumer, self._consumer = self._consumer, None
        if consumer is None:
            return True
        consumer.stop_flag.set()
        bell.ring()
        deadline = time.monotonic() + timeout
        threads = [consumer.scheduler, *(thread for _, thread in consumer.worker_threads)]
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            log.warning("A job is still at work; if it is cut off, it will be started again.")
            return False
        consumer.huey.storage.close()
        return True

    def is_running(self) -> bool:
        """Whether jobs are run in this process."""
        with self._lock:
            return self._consumer is not None


workforce = Workforce()
