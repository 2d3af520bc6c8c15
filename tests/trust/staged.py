"""Controls that behave badly, and the child that knows them: `python -I staged.py ID PART`."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from siegel.claims.control import Control, Finding, Kind, Scope, Text

SECRETS = (
    "vera.vogt@bank.example", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "198.51.100.17",
    "2001:db8::17", "/srv/siegel/data/tenants", "bank", "chat.bank.test", "hunter2-horse",
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)  # fmt: skip
TENANT_ID = "t0123456789abcdef0123"
TOLD = (
    f"mail of {SECRETS[0]} from {SECRETS[2]} and {SECRETS[3]}",
    f"the row {SECRETS[1]} in {SECRETS[4]}/{TENANT_ID}",
    f"{SECRETS[5]} answers on {SECRETS[6]}: password={SECRETS[7]}",
    f"-----BEGIN PRIVATE KEY-----\n{SECRETS[8]}\n-----END PRIVATE KEY-----",
    f"digest {SECRETS[9]} of {TENANT_ID}",
)


def well() -> Finding:
    return Finding(3, Text("drei Dinge", "three things"), expected=3)


def seen() -> Finding:
    return Finding(3, Text("drei Dinge", "three things"), ("planted",))


def crash() -> Finding:
    raise LookupError(" ".join(TOLD))


def leave() -> Finding:
    raise SystemExit(" ".join(TOLD))


def hang() -> Finding:
    """Also something that was started hangs, and holds the output open."""
    child = subprocess.Popen(["sleep", "60"])
    Path(os.environ["SIEGEL_DATA"], "hanging").write_text(str(child.pid))
    time.sleep(60)
    return well()


def leave_something_behind() -> Finding:
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    Path(os.environ["SIEGEL_DATA"], "left").write_text(str(child.pid))
    return well()


def say_all() -> Finding:
    """Secrets wherever a check can put them."""
    told = " ".join(TOLD)
    print(told, flush=True)  # noqa: T201 - it must not arrive
    os.write(1, told.encode())
    os.write(2, told.encode())
    import logging

    logging.getLogger("siegel").error(told)
    return Finding(5, Text(f"{told} de", f"{told} en"), TOLD)


def no_finding() -> Finding:
    return None  # type: ignore[return-value] # as a careless author does


def memory() -> Finding:
    bytearray(3 << 30)
    return well()


def many() -> Finding:
    return Finding(1, Text("eins", "one"), tuple(f"fault {n}" for n in range(1000)))


def too_many() -> Finding:
    return Finding(1, Text("eins", "one"), ("x" * 2000,) * 1000)


def halves() -> Finding:
    return Finding(1, Text("\ud800", "one"))


def sign() -> Finding:
    from siegel.vault import signing_key

    signing_key.sign(b"in the child")
    return well()


def served() -> Finding:
    from siegel.tenancy.context import served as tenant

    return Finding(1, Text(tenant().id, tenant().host))


def rights() -> Finding:
    import resource

    status = Path("/proc/self/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert resource.getrlimit(resource.RLIMIT_AS) == (2 << 30, 2 << 30)
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    names = {name for name in os.environ if not name.startswith("SIEGEL_")}
    assert names <= {"DJANGO_SETTINGS_MODULE", "PATH", "LANG", "TZ"}, names
    assert os.getsid(0) == os.getpid()
    return Finding(soft, well().what)


def control(
    name: str,
    check: Callable[[], Finding] = well,
    canary: Callable[[], Finding] = seen,
    *,
    scope: Scope = Scope.INSTALLATION,
    seconds: float = 60,
) -> Control:
    return Control(
        id=f"x-staged-{name}",
        claim=Text("Es gilt.", "It holds."),
        falsifier=Text("Es gilt nicht.", "It does not hold."),
        kind=Kind.BUILT_IN,
        scope=scope,
        max_age=dt.timedelta(hours=2),
        meaning="It holds.",
        checking="Looks.",
        breaking="Break it.",
        remedy="Mend it.",
        check=check,
        canary=canary,
        timeout=dt.timedelta(seconds=seconds),
    )


CONTROLS = {
    made.id.removeprefix("x-staged-"): made
    for made in (
        control("well"),
        control("crash", crash),
        control("leave", leave),
        control("hang", hang, seconds=2.5),
        control("left", leave_something_behind),
        control("secrets", say_all, say_all),
        control("nothing", no_finding),
        control("memory", memory),
        control("many", many),
        control("too-many", too_many),
        control("halves", halves),
        control("sign", sign),
        control("served", served, scope=Scope.TENANT),
        control("rights", rights, seconds=90),
        control("unseen", well, well),
        control("red", seen),
    )
}
COMMAND = (sys.executable, "-I", __file__)

if __name__ == "__main__":
    import django

    django.setup(set_prefix=False)
    from siegel.trust import child, discovery

    discovery.all_controls = lambda: tuple(CONTROLS.values())  # type: ignore[assignment] # staged
    sys.exit(child.main(sys.argv[1:]))
