"""The sandbox, tried from inside by a real process, and what happens where it cannot be had."""

import errno
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from siegel.files import rendering, sandbox
from siegel.files.kinds import Kind

# Tries one thing after the other and tells the error each ended with, 0 for none.
PROBE = """
import ctypes, json, mmap, os, resource, socket, sys, tempfile, threading
from siegel.files import sandbox

libc = ctypes.CDLL(None, use_errno=True)
sandbox.close_in(threads=sys.argv[1] == "threads")

def raw(name, *arguments):
    ctypes.set_errno(0)
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)

def thread():
    done = []
    started = threading.Thread(target=done.append, args=(1,))
    started.start()
    started.join()
    assert done

tries = {
    "open": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "create": lambda: os.open("/tmp/siegel-probe", os.O_CREAT | os.O_RDWR),
    "list": lambda: os.listdir("/"),
    "stat": lambda: os.stat("/etc/passwd"),
    "memfd": lambda: os.memfd_create("x"),
    "pipe": os.pipe,
    "socket": socket.socket,
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "fork": os.fork,
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda: os.kill(os.getpid(), 0),
    "kill parent": lambda: os.kill(os.getppid(), 0),
    "trace": lambda: raw("ptrace", 16, os.getppid(), 0, 0),
    "read a limit": lambda: resource.getrlimit(resource.RLIMIT_AS),
    "change a limit": lambda: raw("setrlimit", 9, ctypes.create_string_buffer(16)),
    "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    "undumpable": lambda: raw("prctl", 4, 1, 0, 0, 0),
    "thread": thread,
    "memory": lambda: bytearray(16 << 20),
    "too much memory": lambda: bytearray(2 << 30),
}
found = {}
for name, attempt in tries.items():
    try:
        attempt()
        found[name] = 0
    except OSError as refused:
        found[name] = refused.errno
    except Exception as refused:
        found[name] = type(refused).__name__
os.write(1, json.dumps(found).encode())
os._exit(0)
"""

ALLOWED = {"memory": 0, "too much memory": "MemoryError"}


def probed(threads: str) -> dict[str, Any]:
    """What the process could do."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, threads],
        capture_output=True,
        check=True,
        env={},
        timeout=20,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_nothing_but_decoding_is_possible() -> None:
    found = probed("alone")
    assert {name: found.pop(name) for name in ALLOWED} == ALLOWED
    assert found.pop("thread") == "RuntimeError"
    assert len(found) == 17
    assert {name: code for name, code in found.items() if code != errno.EPERM} == {}


def test_threads_where_permitted_and_still_no_process() -> None:
    found = probed("threads")
    assert {name: found.pop(name) for name in ALLOWED} == ALLOWED
    assert found.pop("thread") == 0
    assert {name: code for name, code in found.items() if code != errno.EPERM} == {}


@pytest.mark.parametrize(
    ("doing", "reason"),
    [
        # abort() keeps its own meaning, so that it is told from a crash.
        ("os.abort()", "too-large"),
        ("ctypes.string_at(0)", "damaged"),
    ],
)
def test_how_a_closed_in_process_ends(doing: str, reason: str) -> None:
    text = "import ctypes, os\nfrom siegel.files import sandbox\nsandbox.close_in()\n" + doing
    with pytest.raises(rendering.CannotRender) as refused:
        rendering.render(io.BytesIO(), Kind.PNG, command=[sys.executable, "-I", "-c", text])
    assert refused.value.reason == reason


def test_the_child_starts_with_nothing_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEGEL_CANARY", "secret")
    text = "import json, os; print(json.dumps([dict(os.environ), os.getcwd(), "
    text += "os.getsid(0) == os.getpid(), sorted(map(int, os.listdir('/proc/self/fd')))]))"
    kept = os.open("/", os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        with rendering._started([sys.executable, "-I", "-c", text]) as child:
            answer = child.communicate(timeout=20)[0]
    finally:
        os.close(kept)
    environment, folder, leads_session, files = json.loads(answer)
    # Python itself notes the encoding it has chosen.
    assert set(environment) <= {"LC_CTYPE"}
    assert folder == "/"
    assert leads_session
    # The fourth is the listing's own.
    assert files == [0, 1, 2, 3]


class Recorded:
    """Stands for pyseccomp: remembers the rules, and loads when it may."""

    ALLOW, EQ, MASKED_EQ = "allow", "=", "&"

    def __init__(self, problem: type[Exception] | None = None) -> None:
        self.problem = problem
        self.rules: list[tuple[Any, ...]] = []
        self.default: Any = None
        self.loaded = False

    @staticmethod
    def ERRNO(number: int) -> tuple[str, int]:  # noqa: N802 - named as there
        return ("errno", number)

    @staticmethod
    def Arg(*arguments: Any) -> tuple[Any, ...]:  # noqa: N802 - named as there
        return arguments

    def SyscallFilter(self, default: Any) -> "Recorded":  # noqa: N802 - named as there
        self.default = default
        return self

    def add_rule(self, *rule: Any) -> None:
        self.rules.append(rule)

    def load(self) -> None:
        if self.problem:
            raise self.problem("refused")
        self.loaded = True


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """`close_in` with everything it would do to this process recorded instead."""
    seen = SimpleNamespace(seccomp=Recorded(), limits={}, attributes={}, folders=[])

    def opened(*_: object) -> int:
        raise PermissionError

    monkeypatch.setitem(sys.modules, "pyseccomp", seen.seccomp)
    monkeypatch.setattr(resource, "setrlimit", seen.limits.__setitem__)
    monkeypatch.setattr(sandbox, "_set_attribute", seen.attributes.__setitem__)
    monkeypatch.setattr(os, "chdir", seen.folders.append)
    monkeypatch.setattr(os, "open", opened)
    return seen


def test_every_part_of_it(outside: SimpleNamespace) -> None:
    sandbox.close_in()
    assert outside.seccomp.loaded
    assert outside.seccomp.default == ("errno", errno.EPERM)
    assert outside.folders == ["/"]
    assert outside.attributes == {sandbox.PR_SET_NO_NEW_PRIVS: 1, sandbox.PR_SET_DUMPABLE: 0}
    assert outside.limits == sandbox.LIMITS | {resource.RLIMIT_NPROC: (0, 0)}
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        assert outside.limits[limit] == (0, 0)
    allowed = {rule[1] for rule in outside.seccomp.rules if rule[0] == "allow"}
    assert allowed == {*sandbox.ALLOWED, "mmap", "mprotect", "tgkill"}
    outside.seccomp.rules.clear()
    outside.limits.clear()
    sandbox.close_in(threads=True)
    assert ("allow", "clone", (0, "=", sandbox.THREAD_FLAGS)) in outside.seccomp.rules
    assert resource.RLIMIT_NPROC not in outside.limits


@pytest.mark.parametrize("problem", [OSError, RuntimeError, ValueError])
def test_a_part_that_is_refused(outside: SimpleNamespace, problem: type[Exception]) -> None:
    outside.seccomp.problem = problem
    with pytest.raises(sandbox.NoSandbox, match="refused"):
        sandbox.close_in()


def test_no_library(outside: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(sandbox.NoSandbox):
        sandbox.close_in()


def out_of_files(*_: object) -> int:
    raise OSError(errno.EMFILE, "too many open files")


@pytest.mark.parametrize("opening", [os.open, out_of_files])
def test_a_filter_that_does_nothing(
    outside: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, opening: Callable[..., int]
) -> None:
    monkeypatch.setattr(os, "open", opening)
    with pytest.raises(sandbox.NoSandbox):
        sandbox.close_in()


def test_an_attribute_the_kernel_refuses() -> None:
    sandbox._set_attribute(sandbox.PR_SET_DUMPABLE, 1)
    with pytest.raises(OSError, match="prctl"):
        sandbox._set_attribute(sandbox.PR_SET_DUMPABLE, 99)
