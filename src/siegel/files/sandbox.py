"""A process that has closed itself in: little memory and time, no file, no network, no program.

A decoder works on bytes that somebody else has chosen. Whoever takes it over finds a process that
can read its input, write its answer and end, and nothing else.
"""

import ctypes
import errno
import os
import resource
import signal
from types import ModuleType

# The exit code of a process that could not be closed in, and therefore has read nothing.
EXIT_CODE = 77

MEMORY = 1 << 30
CPU_SECONDS = 10

LIMITS = {
    resource.RLIMIT_AS: (MEMORY, MEMORY),
    # The kernel ends the process with SIGXCPU, a second later with SIGKILL.
    resource.RLIMIT_CPU: (CPU_SECONDS, CPU_SECONDS + 1),
    resource.RLIMIT_CORE: (0, 0),
    resource.RLIMIT_FSIZE: (0, 0),
    # Standard input, output and error are there already, and nothing comes in addition.
    resource.RLIMIT_NOFILE: (3, 3),
}

PROT_EXEC = 4
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
# CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID and CHILD_CLEARTID: what
# pthread_create asks for, and nothing that would be a process or a namespace.
THREAD_FLAGS = 0x3D0F00

# What decoding needs. Opening, connecting, starting and signalling are not among it, and whatever
# a later kernel invents is not either.
ALLOWED = (
    *("read", "write", "lseek", "fstat", "close"),
    *("brk", "munmap", "mremap", "madvise", "futex"),
    *("clock_gettime", "gettimeofday", "getrandom", "sched_yield", "sched_getaffinity"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("getpid", "gettid", "exit", "exit_group"),
)


class NoSandbox(RuntimeError):
    """The kernel or a library refuses what the sandbox is made of: read no input."""


def close_in(*, threads: bool = False) -> None:
    """Leave this process what decoding needs, for good.

    To be called after the last import, while there is one thread, before the first byte of input.
    `threads` permits further threads, never another process. Raises NoSandbox unless every part
    of it holds.
    """
    try:
        import pyseccomp

        os.chdir("/")
        for limit, value in LIMITS.items():
            resource.setrlimit(limit, value)
        if not threads:
            # Does not hold root back; the filter does. It counts all threads of the user.
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        _set_attribute(PR_SET_NO_NEW_PRIVS, 1)
        # Nobody attaches to it or reads its memory through /proc, not even as the same user.
        _set_attribute(PR_SET_DUMPABLE, 0)
        _load_filter(pyseccomp, threads=threads)
    except (ImportError, OSError, RuntimeError, ValueError) as refused:
        raise NoSandbox(str(refused)) from refused
    _try_to_get_out()


def _set_attribute(attribute: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(attribute, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _load_filter(seccomp: ModuleType, *, threads: bool) -> None:
    """Everything else fails with EPERM: a library that looks for a font does without it."""
    calls = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        calls.add_rule(seccomp.ALLOW, name)
    # Memory, but none that can be executed.
    not_executable = seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0)
    calls.add_rule(seccomp.ALLOW, "mmap", not_executable)
    calls.add_rule(seccomp.ALLOW, "mprotect", not_executable)
    # abort() ends the process with its own signal; the parent tells it from a crash.
    own = seccomp.Arg(0, seccomp.EQ, os.getpid())
    calls.add_rule(seccomp.ALLOW, "tgkill", own, seccomp.Arg(2, seccomp.EQ, signal.SIGABRT))
    if threads:
        # The C library tries clone3 first, whose flags a filter cannot see.
        calls.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
        calls.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.EQ, THREAD_FLAGS))
        calls.add_rule(seccomp.ALLOW, "set_robust_list")
        calls.add_rule(seccomp.ALLOW, "rseq")
    calls.load()


def _try_to_get_out() -> None:
    """A filter that was accepted and does nothing would be the worst of all."""
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return
    except OSError as refused:
        raise NoSandbox("the filter does not refuse opening") from refused
    raise NoSandbox("a file can be opened")
