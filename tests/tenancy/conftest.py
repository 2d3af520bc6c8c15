"""What tests of jobs share: workers that run only when a test starts them."""

import time
from collections.abc import Callable, Iterator

import pytest

from siegel.tenancy import job_kinds, jobs
from siegel.tenancy.job_queue import queue


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody runs jobs but the test itself, and the kinds that it makes are forgotten after it."""
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
