"""The queue: huey on a file of its own, which carries ids of rows and nothing else.

huey delivers at most once; `job_scheduling.sweep` delivers again what got lost.
"""

import logging
import threading
from pathlib import Path
from uuid import UUID

import msgspec
from django.conf import settings
from huey import SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from siegel.tenancy.job_running import run_job

log = logging.getLogger(__name__)
FILE = "jobs.sqlite3"


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    args: tuple[str]


class PlainJson(Serializer):  # type: ignore[misc] # huey ships no types
    """JSON of one shape in place of pickle: a forged queue runs no code and brings no content."""

    def _serialize(self, data: Message) -> bytes:
        if data.kwargs:
            raise msgspec.ValidationError("A job takes its row's id and nothing else.")
        fields = {"id": data.id, "name": data.name, "args": data.args}
        return msgspec.json.encode(msgspec.convert(fields, _Payload))

    def _deserialize(self, data: bytes) -> Message:
        payload = msgspec.json.decode(data, type=_Payload)
        return Message(id=payload.id, name=payload.name, args=payload.args)


class Bell:
    """Wakes the workers of this process at once; those of others look every second."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._times = 0

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._rung:
            self._times += 1
            self._rung.notify_all()

    def times(self) -> int:
        """How often it has rung; ask before looking whether there is work."""
        with self._rung:
            return self._times

    def wait(self, heard: int, seconds: float) -> None:
        """Wait until it has rung more often than was heard, or the time is over."""
        with self._rung:
            self._rung.wait_for(lambda: self._times != heard, seconds)


bell = Bell()
_lock = threading.Lock()
_queues: dict[Path, SqliteHuey] = {}


def queue() -> SqliteHuey:
    """The queue of this installation; its file is made when it is first asked for."""
    path = settings.SIEGEL_DATA / FILE
    with _lock:
        if path not in _queues:
            # It tells of every task at INFO.
            logging.getLogger("huey").setLevel(logging.WARNING)
            made = SqliteHuey(
                "jobs",
                filename=str(path),
                serializer=PlainJson(),
                results=False,
                fsync=True,
                cache_mb=1,
            )
            made.run = made.task(name="run")(run_job)
            _queues[path] = made
        return _queues[path]


def deliver(job_id: UUID) -> bool:
    """Put a row's id into the queue; False, with a line in the log, if that does not work."""
    try:
        queue().run(str(job_id))
    except Exception as error:  # noqa: BLE001 - the row is written, the sweeper will see it
        log.warning("Job %s could not be queued: %s.", job_id, type(error).__name__)
        return False
    bell.ring()
    return True
