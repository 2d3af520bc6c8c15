"""The process that runs one check or canary: `python -m siegel.trust.child ID PART [TENANT]`.

It answers with one line of JSON on the standard output it was given, and with nothing else there:
what a check prints or logs goes nowhere. It is killed when it takes too long, gets no further
rights from any program it starts, and cannot sign.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO

import django
import msgspec

from siegel.trust.program import VERSION

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
# Twice what the process that makes previews allows itself, which a check may start.
MEMORY = 2 << 30
# That process takes 11 s for itself and could not raise a limit again.
LEAST_CPU_SECONDS = 20
NICENESS = 5


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What is written: a finding, or the class of what was raised, and which program it was."""

    error: str = ""
    version: str = ""
    examined: int = 0
    expected: int | None = None
    de: str = ""
    en: str = ""
    faults: list[str] = []


def main(arguments: list[str]) -> int:
    """Run it; the exit code is 0 also when a check has crashed, which is an answer too."""
    control, part, *rest = arguments
    limit_rights()
    with _own_output() as output:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
        django.setup(set_prefix=False)
        answer = run(control, part, rest[0] if rest else "")
        output.write(msgspec.json.encode(answer) + b"\n")
    return 0


def run(control_id: str, part: str, tenant_id: str) -> Answer:
    """The answer of a control's part, in this process; never raises what a check raises."""
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant
    from siegel.trust.discovery import control_named

    try:
        control = control_named(control_id)
        examine = control.canary if part == "canary" else control.check
        _limit_processor(control.timeout.total_seconds())
        with contextlib.ExitStack() as served:
            if tenant_id:
                served.enter_context(serving(Tenant.objects.get(pk=tenant_id).as_served()))
            finding = examine()
        # Also what is no finding: whoever returns something else has not checked.
        return Answer(
            version=VERSION,
            examined=finding.examined,
            expected=finding.expected,
            de=finding.what.de,
            en=finding.what.en,
            faults=[str(fault) for fault in finding.faults],
        )
    except BaseException as raised:  # noqa: BLE001 - a crash of any kind is an answer
        # The class only: a message could quote what was examined.
        return Answer(error=type(raised).__name__)


def limit_rights() -> None:
    """No new privileges, no core file, little memory, no life after the parent's; no signature."""
    from siegel.vault import signing_key

    libc = ctypes.CDLL(None, use_errno=True)
    for attribute, value in ((PR_SET_NO_NEW_PRIVS, 1), (PR_SET_PDEATHSIG, int(signal.SIGKILL))):
        if libc.prctl(attribute, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    # People's messages go first.
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signing_key.refuse_here()


def _limit_processor(seconds: float) -> None:
    soft = max(int(seconds) + 1, LEAST_CPU_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 1))


@contextlib.contextmanager
def _own_output() -> Iterator[BinaryIO]:
    """The standard output for us alone; everybody else's goes to /dev/null."""
    sys.stdout.flush()
    ours = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    with os.fdopen(ours, "wb") as output:
        yield output


if __name__ == "__main__":  # pragma: no cover - measured in a subprocess
    sys.exit(main(sys.argv[1:]))
