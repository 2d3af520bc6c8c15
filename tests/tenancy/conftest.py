"""What tests of jobs share: workers that run only when a test starts them."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

import pytest
from django.utils.module_loading import autodiscover_modules

from siegel.tenancy import job_kinds, jobs
from siegel.tenancy.job_queue import queue
from siegel.tenancy.job_scheduling import SchedulerLock


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody runs jobs but the test itself, and the kinds that it makes are forgotten after it."""
    # Before the kinds are hidden: a module is imported once, and registers then only.
    autodiscover_modules("jobs")
    server_runs_them = jobs.is_running()
    assert jobs.stop()
    queue().storage.flush_queue()
    monkeypatch.setattr(job_kinds, "_kinds", {})
    monkeypatch.setattr(job_kinds, "_periodic", [])
    yield
    assert jobs.stop()
    queue().storage.flush_queue()
    if server_runs_them:
        jobs.start()


def eventually(happened: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is true; fail if it does not become so."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.005)


@contextmanager
def killed_after(command: list[str]) -> Iterator[IO[str]]:
    """Another process, whose words can be read, until SIGKILL at the end of the block."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


def somebody_schedules() -> bool:
    """Whether any process holds the scheduler's lock."""
    lock = SchedulerLock()
    free = lock.take()
    lock.release()
    return not free
