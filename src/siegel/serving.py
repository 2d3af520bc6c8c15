"""Running the process under uvicorn, with the same settings in service, demo and tests."""

import ctypes
import logging
import resource
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
from django.conf import settings

log = logging.getLogger("siegel")
# A body of 20,000 characters, each escaped as \uXXXX, with the frame around it.
LARGEST_FRAME = 128 * 1024
# Threads work for pages, for sockets, for files and for their long work; a database that is open
# holds three files: itself, its log and the log's index. The rest is for sockets, libraries and the
# control database.
POOLS = 3
# Rendering pages and completing uploads (siegel.tenancy.threads, which a test compares).
THREADS_OF_LONG_WORK = 4
FILES_PER_DATABASE = 3
OTHER_FILES = 512
M_MMAP_THRESHOLD = -3  # From malloc.h.
LARGE_PIECE = 256 * 1024


class Server(uvicorn.Server):
    """A uvicorn server that says when it answers."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, which exits when that fails; then call `when_ready`."""
        await super().startup(sockets)
        self._when_ready()


def server_config(app: Any, host: str, port: int) -> uvicorn.Config:
    """uvicorn's configuration: no proxy is believed unless it is named in the settings."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(settings.SIEGEL_TRUSTED_PROXIES),
        forwarded_allow_ips=settings.SIEGEL_TRUSTED_PROXIES,
        timeout_graceful_shutdown=10,
    )


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """How many files this process may hold open, and how many it needs with many tenants."""

    granted: int
    wanted: int

    @property
    def suffice(self) -> bool:
        return self.granted == resource.RLIM_INFINITY or self.granted >= self.wanted


def open_files() -> OpenFiles:
    """What the system grants, against what the settings need."""
    _, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    threads = POOLS * settings.SIEGEL_THREADS + THREADS_OF_LONG_WORK
    databases = threads * settings.SIEGEL_CONNECTIONS_PER_THREAD
    return OpenFiles(granted, databases * FILES_PER_DATABASE + OTHER_FILES)


def allow_open_files() -> None:
    """Take as many open files as the system grants; say so on stderr if they may not suffice."""
    files = open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (files.granted, files.granted))
    if files.suffice:
        return
    log.warning(
        "Only %d open files are allowed; with many tenants %d are needed. Raise the limit "
        "(LimitNOFILE, ulimit -Hn) or lower SIEGEL_CONNECTIONS_PER_THREAD.",
        files.granted,
        files.wanted,
    )


def give_memory_back() -> None:
    """Have what is freed in large pieces returned to the system.

    glibc otherwise learns to keep it, and the segments of a hundred transfers would stay for ever.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # Other C libraries have none, and do not learn it.
        mallopt(M_MMAP_THRESHOLD, LARGE_PIECE)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError if the port is in use."""
    # With the protocol named, asyncio switches Nagle's algorithm off, which costs 40 ms a message.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def serve_forever(
    app: Any, listener: socket.socket, when_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGINT or SIGTERM; what was accepted is finished first."""
    allow_open_files()
    give_memory_back()
    # A dump of this process would hold keys and what people wrote.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A writer at work would otherwise keep the event loop waiting for 5 ms at each turn.
    sys.setswitchinterval(0.0005)
    host, port = listener.getsockname()[:2]
    Server(server_config(app, host, port), when_ready).run(sockets=[listener])
