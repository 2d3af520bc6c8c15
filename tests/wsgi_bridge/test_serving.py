"""The server says that it is ready only if it is, and takes the open files that it may."""

import ctypes
import resource
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from siegel import serving
from siegel.serving import (
    Server,
    allow_open_files,
    give_memory_back,
    listen,
    serve_forever,
    server_config,
)


@pytest.fixture
def usual_limit() -> Iterator[int]:
    """A soft limit below the hard one, which is what this system grants.

    Most systems have 1,024; this process may have more files open already.
    """
    before, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted // 2, granted))
    yield granted
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, granted))


def test_a_process_that_fails_to_start_says_nothing() -> None:
    said: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    listener = listen("127.0.0.1", 0)
    config = server_config(app, "127.0.0.1", listener.getsockname()[1])
    try:
        Server(config, lambda: said.append("ready")).run(sockets=[listener])
    except SystemExit:
        said.append("exited")
    listener.close()
    assert "ready" not in said


def test_a_process_takes_as_many_open_files_as_it_may(
    usual_limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[int, int]] = []

    def run(self: Server, sockets: Any) -> None:
        served.append(resource.getrlimit(resource.RLIMIT_NOFILE))

    monkeypatch.setattr(serving.Server, "run", run)
    listener = listen("127.0.0.1", 0)
    serve_forever("app", listener)
    listener.close()
    assert served == [(usual_limit, usual_limit)]


@pytest.mark.parametrize(
    ("connections", "granted", "warns"),
    [(64, 3583, True), (64, 3584, False), (65, 3584, True), (64, resource.RLIM_INFINITY, False)],
)
def test_too_few_open_files_are_said_once(
    connections: int,
    granted: int,
    warns: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(settings, "SIEGEL_THREADS", 4)
    monkeypatch.setattr(settings, "SIEGEL_CONNECTIONS_PER_THREAD", connections)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, granted))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: taken.append(limits))
    allow_open_files()
    assert taken == [(granted, granted)]
    assert len(caplog.records) == warns
    assert ("LimitNOFILE" in caplog.text) == warns


def test_freed_memory_is_given_back_where_the_c_library_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[int, int]] = []

    class Glibc:
        def mallopt(self, what: int, value: int) -> None:
            calls.append((what, value))

    for library in (Glibc(), object()):
        monkeypatch.setattr(ctypes, "CDLL", lambda _, library=library: library)
        give_memory_back()
    assert calls == [(-3, 256 * 1024)]


def test_every_pool_of_threads_is_counted() -> None:
    from siegel.serving import POOLS, THREADS_OF_LONG_WORK
    from siegel.tenancy.threads import LONG_WORK, Pool

    # The pages have one besides.
    assert len(set(Pool) - set(LONG_WORK)) + 1 == POOLS
    assert sum(LONG_WORK.values()) == THREADS_OF_LONG_WORK
