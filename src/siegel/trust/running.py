"""Running checks and canaries, each in a process of its own, and taking their answers as given by
a stranger: bounded, redacted, and never believed when they are not in the form agreed."""

import contextlib
import functools
import hashlib
import inspect
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.utils import timezone

from siegel.claims.control import Control, Scope, Text
from siegel.claims.state import TIMEOUT, Part
from siegel.tenancy.models import State, Tenant
from siegel.trust.child import Answer
from siegel.trust.evidence import Outcome
from siegel.trust.program import VERSION
from siegel.trust.redaction import Redaction

CHILD = (sys.executable, "-I", "-m", "siegel.trust.child")
AT_ONCE = 2
LARGEST_ANSWER = 1 << 20
MOST_TEXTS = 200
NO_ANSWER = "NoAnswer"
OTHER_VERSION = "OtherVersion"
WITHHELD = Text("nicht näher genannt", "not told in detail")
# How often whoever waits looks whether it is to stop.
_GLANCE_SECONDS = 0.2
_Running: TypeAlias = Future[list[Outcome]]
_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


class Stopped(Exception):
    """The process is ending: what was begun is not recorded, and will be run anew."""


class _NoAnswer(Exception):
    pass


class _TooLate(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A control to be run, for a tenant's id or, empty, for the installation."""

    control: Control
    tenant: str = ""


def wanted(controls: Sequence[Control]) -> list[Wanted]:
    """These controls, those of a tenant once for each that is served."""
    tenants = list(
        Tenant.objects.filter(state=State.ACTIVE, is_probe=False).values_list("pk", flat=True)
    )
    return [
        Wanted(control, tenant)
        for control in controls
        for tenant in (tenants if control.scope is Scope.TENANT else [""])
    ]


def run_all(
    chosen: Sequence[Wanted],
    *,
    told: Callable[[Wanted], object] = lambda _: None,
    ended: Callable[[list[Outcome]], object] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    seconds: float | None = None,
    command: Sequence[str] = CHILD,
) -> list[Outcome]:
    """Check and canary of each, two processes at a time; in order, both parts of each or none.

    `told` hears of each that ends, in any thread; `ended` is given what it brought, in this one,
    so that it is recorded, and thereby dated, when it ran; also if another one raises. None is
    begun after `seconds`. Raises Stopped, within a second, once `stop` says so.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    redaction = known_names()

    def both(item: Wanted) -> list[Outcome]:
        if stop():
            raise Stopped
        if deadline is not None and time.monotonic() > deadline:
            return []
        parts = [
            run_part(item, part, redaction=redaction, stop=stop, command=command) for part in Part
        ]
        told(item)
        return parts

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="controls") as threads:
        running = [threads.submit(both, item) for item in chosen]
        left = list(running)
        try:
            for future in as_completed(running):
                parts = future.result()
                left.remove(future)
                _hand_on(parts, ended, left)
        finally:
            threads.shutdown(cancel_futures=True)
            for future in left:
                if not future.cancelled() and future.exception() is None:
                    ended(future.result())
        return [outcome for future in running for outcome in future.result()]


def _hand_on(
    parts: list[Outcome], ended: Callable[[list[Outcome]], object], left: list[_Running]
) -> None:
    try:
        ended(parts)
    except BaseException:
        left.clear()  # Who cannot take these takes none of the others.
        raise


def known_names() -> Redaction:
    """The redaction that knows every tenant's short name and host."""
    rows = Tenant.objects.filter(is_probe=False).values_list("slug", "host")
    return Redaction.of(slugs=[slug for slug, _ in rows], hosts=[host for _, host in rows])


def run_part(
    item: Wanted,
    part: Part,
    *,
    redaction: Redaction,
    stop: Callable[[], bool] = lambda: False,
    command: Sequence[str] = CHILD,
) -> Outcome:
    """Run one part to its end or its time-out; raises Stopped and nothing else of the child's."""
    control = item.control
    examine = control.check if part is Part.CHECK else control.canary
    describe = functools.partial(
        Outcome,
        control=control.id,
        tenant=item.tenant,
        part=part,
        source=source_of(examine),
        began=timezone.now(),
    )
    asked = [*command, control.id, part.value, *([item.tenant] if item.tenant else [])]
    began = time.monotonic()
    try:
        answer = _answer(asked, began + control.timeout.total_seconds(), stop)
    except _TooLate:
        answer = Answer(error=TIMEOUT)
    except _NoAnswer:
        answer = Answer(error=NO_ANSWER)
    milliseconds = int((time.monotonic() - began) * 1000)
    if not answer.error and answer.version != VERSION:
        # The program on the disk is another one than this process, which was not started again.
        answer = Answer(error=OTHER_VERSION)
    if answer.error:
        is_name = _CLASS.fullmatch(answer.error) is not None
        error = answer.error if is_name else NO_ANSWER
        return describe(milliseconds=milliseconds, error=error)
    return describe(
        milliseconds=milliseconds,
        examined=answer.examined,
        expected=answer.expected,
        what=_public(Text(answer.de, answer.en), redaction),
        faults=len(answer.faults),
        texts=_kept(answer.faults, redaction),
    )


def source_of(examine: Callable[..., Any]) -> str:
    """SHA-256, in hex, of the file that a check is written in; of a lambda, where it stands."""
    while isinstance(examine, functools.partial):
        examine = examine.func
    inner = inspect.unwrap(examine)
    try:
        path = inspect.getfile(inner)
    except TypeError:
        path = inspect.getfile(type(inner))
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _public(what: Text, redaction: Redaction) -> Text:
    """What was examined, for everybody: without a sign of which word of it names a tenant."""
    if redaction.names_somebody(what.de + " " + what.en):
        return WITHHELD
    return Text(redaction.public(what.de), redaction.public(what.en))


def _kept(faults: list[str], redaction: Redaction) -> tuple[str, ...]:
    texts = [redaction.internal(fault) for fault in faults[:MOST_TEXTS]]
    if len(faults) > MOST_TEXTS:
        texts.append(f"and {len(faults) - MOST_TEXTS} more")
    return tuple(texts)


def _answer(command: list[str], deadline: float, stop: Callable[[], bool]) -> Answer:
    with _started(command) as child:
        given = _output(child, deadline, stop)
    try:
        answer = msgspec.json.decode(given, type=Answer)
    except ValueError as problem:
        raise _NoAnswer from problem
    if child.returncode != 0 or not _is_sensible(answer):
        raise _NoAnswer
    return answer


def _is_sensible(answer: Answer) -> bool:
    # What SQLite and every reader of the JSON hold exactly.
    most = 2**53
    return 0 <= answer.examined < most and 0 <= (answer.expected or 0) < most


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The child for the length of the block, in a session of its own that ends with it."""
    try:
        child = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    except OSError as problem:
        raise _NoAnswer from problem
    with child:
        try:
            yield child
        finally:
            # Also what it has started and left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _environment() -> dict[str, str]:
    """What the settings are read from, and where programs are found; nothing else."""
    kept = {name: text for name, text in os.environ.items() if name.startswith("SIEGEL_")}
    places = ("SIEGEL_DATA", "SIEGEL_KEYS", "SIEGEL_KEK_FILE", "SIEGEL_STATIC")
    # Relative paths were resolved from another folder.
    kept |= {name: str(getattr(settings, name)) for name in places}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "siegel.settings",
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
    }


def _output(child: subprocess.Popen[bytes], deadline: float, stop: Callable[[], bool]) -> bytes:
    """All that the child says until it closes its output and ends."""
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    given = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            ready = selector.select(_pause(deadline, stop))
            if not ready:
                continue
            block = os.read(child.stdout.fileno(), 65536)
            given += block
            if len(given) > LARGEST_ANSWER:
                raise _NoAnswer
            if not block:
                break
    # Not reaped yet, so that its number stays its own until the whole session is killed.
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(min(0.005, _pause(deadline, stop)))
    return bytes(given)


def _pause(deadline: float, stop: Callable[[], bool]) -> float:
    """How long to wait before looking again."""
    if stop():
        raise Stopped
    left = deadline - time.monotonic()
    if left <= 0:
        raise _TooLate
    return min(left, _GLANCE_SECONDS)
