"""Pictures of a file's pages, made by a child process that can do nothing else.

The file passes through a pipe and through memory only. The child is not trusted: it has decoded
what a stranger sent, so every number it answers with is checked.
"""

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from siegel.files import sandbox
from siegel.files.kinds import Kind
from siegel.files.rendering_child import BLOCK, FRAME, LARGEST_INPUT, LONGER_SIDE

log = logging.getLogger(__name__)

CHILD = (sys.executable, "-I", "-m", "siegel.files.rendering_child")
# From the call to the last page, waiting for a place included.
SECONDS = 15.0
MOST_AT_ONCE = 10
CHILDREN_AT_ONCE = 2

LARGEST_HEADER = 1024
LARGEST_PAGE = 8 << 20
# More than any document that can be uploaded holds.
MOST_PAGES = 10_000_000

# A child may say these; the others are for its parent to find.
TOLD = {"damaged", "too-large", "encrypted"}
# Ends that have another reason than a decoder's mistake: a child that could not close itself in or
# not even import itself, the clock of the sandbox, the kernel short of memory, and libraries that
# end the process when they get none.
ENDS = {
    sandbox.EXIT_CODE: "no-sandbox",
    1: "no-sandbox",
    -signal.SIGXCPU: "took-too-long",
    -signal.SIGKILL: "too-large",
    -signal.SIGABRT: "too-large",
    -signal.SIGTRAP: "too-large",
    -signal.SIGILL: "too-large",
}

_places = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a WebP picture without metadata, at most 1600 pixels on the longer side."""

    number: int
    width: int
    height: int
    webp: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many pages the file has (an image has one), and the ones asked for that exist."""

    page_count: int
    pages: list[Page]


class CannotRender(Exception):
    """`reason`: damaged, too-large, took-too-long, no-sandbox or encrypted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Nonsense(Exception):
    """The child's answer is none."""


def render(
    file: BinaryIO,
    kind: Kind,
    first: int = 1,
    count: int = 1,
    *,
    height: int = LONGER_SIDE,
    command: Sequence[str] = CHILD,
    seconds: float = SECONDS,
) -> Rendered:
    """Pictures of up to `count` pages (at most 10) from page `first` on; reads `file` to its end.

    Images are at most `height` pixels high.
    Blocks the calling thread, at most for `seconds`. Raises CannotRender, and what `file` raises.
    """
    deadline = time.monotonic() + seconds
    wanted = range(max(first, 1), max(first, 1) + min(max(count, 0), MOST_AT_ONCE))
    if not _places.acquire(timeout=seconds):
        raise CannotRender("took-too-long")
    try:
        asked = [*command, kind, str(wanted.start), str(len(wanted)), str(height)]
        with _started(asked) as child:
            _send(file, child, deadline)
            return _received(child, wanted, deadline)
    finally:
        _places.release()


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The child for the length of the block: no environment, no file of ours, own session."""
    try:
        child = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
    except OSError as problem:
        log.warning("The process for previews does not start: %s", problem)
        raise CannotRender("no-sandbox") from problem
    with child:
        try:
            yield child
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)


def _send(file: BinaryIO, child: subprocess.Popen[bytes], deadline: float) -> None:
    """The whole file, in blocks. A child that has heard enough closes its end: no error."""
    stdin = cast("BinaryIO", child.stdin)
    target = stdin.fileno()
    os.set_blocking(target, False)
    size = 0
    while block := file.read(BLOCK):
        size += len(block)
        if size > LARGEST_INPUT:
            raise CannotRender("too-large")
        rest = memoryview(block)
        while rest:
            _wait(target, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(target, rest) :]
            except BrokenPipeError:
                return
    stdin.close()


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Until the child reads or writes, or the time is over."""
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise CannotRender("took-too-long")


def _received(child: subprocess.Popen[bytes], wanted: range, deadline: float) -> Rendered:
    try:
        return _answer(child, wanted, deadline)
    except _Nonsense as nonsense:
        reason = _reason_of_end(child, deadline)
        log.warning("A preview failed (%s): %s, exit code %s", reason, nonsense, child.returncode)
        raise CannotRender(reason) from nonsense


def _reason_of_end(child: subprocess.Popen[bytes], deadline: float) -> str:
    """Why there is no answer, from how the child ended; a child that goes on is told to end."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        # It has closed its output or talks nonsense: a moment to end by itself.
        child.wait(min(1.0, max(0.0, deadline - time.monotonic())))
    return ENDS.get(child.returncode, "damaged")


def _answer(child: subprocess.Popen[bytes], wanted: range, deadline: float) -> Rendered:
    """Read the frames that rendering_child.main writes."""
    header, _ = _frame(child, 0, deadline)
    page_count = _number(header, "page_count", MOST_PAGES)
    pages: list[Page] = []
    for number in wanted[: max(0, page_count + 1 - wanted.start)]:
        header, webp = _frame(child, LARGEST_PAGE, deadline)
        pages.append(_page(header, webp, number))
    header, _ = _frame(child, 0, deadline)
    if header.get("end") is not True:
        raise _Nonsense("no end")
    return Rendered(page_count, pages)


def _page(header: dict[str, object], webp: bytes, number: int) -> Page:
    if header.get("page") != number:
        raise _Nonsense("another page")
    if webp[:4] != b"RIFF" or webp[8:12] != b"WEBP":
        raise _Nonsense("no WebP")
    width, height = (_number(header, side, LONGER_SIDE) for side in ("width", "height"))
    return Page(number, width, height, webp)


def _number(header: dict[str, object], name: str, most: int) -> int:
    value = header.get(name)
    # True is an int, too.
    if type(value) is not int or not 1 <= value <= most:
        raise _Nonsense(f"{name} out of range")
    return value


def _frame(
    child: subprocess.Popen[bytes], largest: int, deadline: float
) -> tuple[dict[str, object], bytes]:
    named, length = FRAME.unpack(_exactly(child, FRAME.size, deadline))
    if named > LARGEST_HEADER or length > largest:
        raise _Nonsense("a frame too large")
    try:
        header = json.loads(_exactly(child, named, deadline))
    except (ValueError, RecursionError) as problem:
        raise _Nonsense("no JSON") from problem
    if not isinstance(header, dict):
        raise _Nonsense("no object")
    for reason in TOLD:
        if header.get("failed") == reason:
            raise CannotRender(reason)
    return header, _exactly(child, length, deadline)


def _exactly(child: subprocess.Popen[bytes], length: int, deadline: float) -> bytes:
    source = cast("BinaryIO", child.stdout).fileno()
    data = bytearray()
    while len(data) < length:
        _wait(source, select.POLLIN, deadline)
        block = os.read(source, min(BLOCK, length - len(data)))
        if not block:
            raise _Nonsense("the answer breaks off")
        data += block
    return bytes(data)
