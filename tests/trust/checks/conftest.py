"""Whoever asks does so in a thread of its own while tests run."""

import asyncio
import contextvars
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _asked_in_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Coverage loses the rest of a frame under which an exception is thrown into a coroutine."""
    run = asyncio.Runner.run
    with ThreadPoolExecutor(1) as thread:

        def elsewhere(runner: asyncio.Runner, asked: Coroutine[Any, Any, Any]) -> Any:
            return thread.submit(contextvars.copy_context().run, run, runner, asked).result()

        monkeypatch.setattr(asyncio.Runner, "run", elsewhere)
        yield
