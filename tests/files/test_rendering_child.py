"""What the child answers, and children that lie, hang, die or never start."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from typing import Any

import pytest
from PIL import Image

from siegel.files import rendering, rendering_child, sandbox
from siegel.files.kinds import Kind
from siegel.files.rendering import Page, Rendered, render
from tests.files.previewed import (
    HEIC,
    asked,
    huge_heic,
    page,
    picture_in,
    reason,
    stream,
)


def test_too_large_a_file_is_refused_by_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "LARGEST_INPUT", 100)
    assert reason(bytes(101)) == "too-large"
    monkeypatch.setattr(rendering_child, "LARGEST_INPUT", 100)
    assert frames("png", bytes(101)) == [{"failed": "too-large"}]


def frames(kind: str, data: bytes, wanted: range = range(1, 2)) -> list[dict[str, Any]]:
    """The child's answers, made in this process."""
    source, target = os.pipe()
    try:
        rendering_child.write(target, data)
        os.close(target)
        found = []
        for answer in rendering_child.answers(kind, wanted, source):
            named, length = rendering_child.FRAME.unpack(answer[:8])
            assert len(answer) == 8 + named + length
            found.append(json.loads(answer[8 : 8 + named]))
        return found
    finally:
        os.close(source)


def test_the_child_answers_with_frames() -> None:
    small = {"width": 400, "height": 400}
    expected = [{"page_count": 1}, {"page": 1, **small}, {"end": True}]
    assert frames("pdf", page(stream(b""))) == expected
    assert frames("pdf", page(stream(b"")), range(2, 5)) == [{"page_count": 1}, {"end": True}]
    assert frames("pdf", b"no document") == [{"failed": "damaged"}]
    assert frames("heic", HEIC)[1] == {"page": 1, "width": 128, "height": 64}
    assert frames("heic", huge_heic()) == [{"page_count": 1}, {"failed": "too-large"}]
    assert frames("png", picture_in("JPEG")) == [{"page_count": 1}, {"failed": "damaged"}]


def test_no_memory_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(rendering_child, "opened", exhausted)
    assert frames("png", b"")[-1] == {"failed": "too-large"}


def test_pillow_refuses_more_pixels_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with pytest.raises(rendering_child.Failed, match="too-large"):
        rendering_child.opened("png", picture_in("PNG"))


@pytest.mark.parametrize("kind", rendering_child.MODULES)
@pytest.mark.usefixtures("settings_of_pillow")
def test_the_child_reads_nothing_without_its_sandbox(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(BaseException):
        pass

    def ended(code: int) -> None:
        raise Ended(code)

    def refused(*, threads: bool) -> None:
        assert threads == (kind == "heic")
        raise sandbox.NoSandbox

    monkeypatch.setattr(os, "_exit", ended)
    monkeypatch.setattr(sandbox, "close_in", refused)
    with pytest.raises(Ended, match=str(sandbox.EXIT_CODE)):
        rendering_child.main(kind, "1", "1")


@pytest.fixture
def settings_of_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what the child sets for its whole life."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    monkeypatch.setattr(warnings, "filters", list(warnings.filters))


def script(text: str) -> tuple[str, ...]:
    """A child of another mind."""
    before = "import json, os, struct, sys, time\n"
    before += "def say(header, data=b''):\n"
    before += "    named = header if type(header) is bytes else json.dumps(header).encode()\n"
    before += "    os.write(1, struct.pack('>II', len(named), len(data)) + named + data)\n"
    before += "webp = b'RIFF....WEBP'\n"
    return (sys.executable, "-I", "-c", before + text)


PAGE = "say({'page_count': 1}); say({'page': 1, 'width': 5, 'height': 5}, webp)\n"


def test_a_child_that_keeps_to_the_rules() -> None:
    rendered = asked(b"", Kind.PDF, command=script(PAGE + "say({'end': True})"))
    assert rendered == Rendered(1, [Page(1, 5, 5, b"RIFF....WEBP")])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "os.write(1, b'garbage, and more of it')",
        "os.write(1, struct.pack('>II', 5, 0) + b'{')",
        "say(b'no json')",
        "say(b'[' * 1000)",
        "say([1, 2])",
        "say({'page_count': 0})",
        "say({'page_count': True})",
        "say({'page_count': '1'})",
        "say({'page_count': 10 ** 9})",
        "say({'page_count': 1, 'more': 'x' * 2000})",
        "say({'page_count': 1}, b'bytes')",
        "say({'failed': 'gladly'})",
        "say({'failed': ['damaged']})",
        "say({'page_count': 1}); say({'end': True})",
        "say({'page_count': 1}); say({'page': 2, 'width': 5, 'height': 5}, webp)",
        "say({'page_count': 3}); say({'page': 0, 'width': 5, 'height': 5}, webp)",
        "say({'page_count': 3}); say({'page': 1, 'width': 5, 'height': 1601}, webp)",
        "say({'page_count': 3}); say({'page': 1, 'width': 5, 'height': 5}, b'<svg onload=x>')",
        "say({'page_count': 1}); os.write(1, struct.pack('>II', 2, 9 << 20) + b'{}')",
        PAGE,
        PAGE + PAGE,
        PAGE + "sys.exit(5)",
    ],
)
def test_a_child_that_lies_is_not_believed(text: str) -> None:
    assert reason(b"", command=script(text)) == "damaged"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("say({'page_count': 1}); say({'failed': 'encrypted'})", "encrypted"),
        (f"sys.exit({sandbox.EXIT_CODE})", "no-sandbox"),
        ("import siegel.nowhere", "no-sandbox"),
        ("os.kill(os.getpid(), 9)", "too-large"),
        ("os.abort()", "too-large"),
        (f"os.kill(os.getpid(), {signal.SIGSEGV:d})", "damaged"),
        (f"os.kill(os.getpid(), {signal.SIGXCPU:d})", "took-too-long"),
    ],
)
def test_how_a_child_ends_is_understood(text: str, expected: str) -> None:
    assert reason(b"", command=script(text)) == expected


def test_a_child_that_stops_listening_may_still_answer() -> None:
    early = script("os.close(0); say({'failed': 'damaged'})")
    assert reason(bytes(8 << 20), command=early) == "damaged"


@pytest.mark.parametrize("size", [0, 8 << 20], ids=["silent", "deaf"])
def test_a_child_that_does_nothing_is_ended(size: int) -> None:
    began = time.monotonic()
    assert reason(bytes(size), command=script("time.sleep(60)"), seconds=0.3) == "took-too-long"
    assert time.monotonic() - began < 5


def test_a_child_that_talks_nonsense_and_stays_is_ended() -> None:
    text = script("say(b'nonsense'); time.sleep(60)")
    assert reason(b"", command=text, seconds=0.5) == "damaged"


def test_without_an_interpreter_there_is_no_sandbox() -> None:
    assert reason(b"", command=["/nowhere/python"]) == "no-sandbox"


def test_without_the_library_there_is_no_sandbox() -> None:
    text = "import ctypes.util; ctypes.util.find_library = {'c': 'libc.so.6'}.get\n"
    text += "from siegel.files import rendering_child; rendering_child.main(*sys.argv[1:])"
    assert reason(picture_in("PNG"), Kind.PNG, command=script(text)) == "no-sandbox"


def test_two_at_once_and_the_next_waits() -> None:
    with rendering._places, rendering._places:
        assert reason(b"", seconds=0.1) == "took-too-long"
    assert asked(picture_in("PNG"), Kind.PNG).page_count == 1


def test_a_file_that_cannot_be_read_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Remembered(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the store is gone")

    monkeypatch.setattr(subprocess, "Popen", Remembered)
    with pytest.raises(OSError, match="the store is gone"):
        render(Broken(), Kind.PDF)
    assert [child.returncode for child in started] == [-signal.SIGKILL]
