"""Whether the machine and the program's surroundings are as they should be."""

import ctypes
import datetime as dt
import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils import timezone
from sqlcipher3 import dbapi2

from siegel.serving import open_files
from siegel.tenancy.models import OperatorTrailEntry
from siegel.tenancy.signing import TenantSecretKey
from siegel.tenancy.tenant_checks import is_current

OLD_SQLCIPHER = "siegel.tenancy.E015"
CLOCK_UNSYNCHRONISED = "siegel.tenancy.W016"
CLOCK_BEHIND = "siegel.tenancy.E017"
FEW_OPEN_FILES = "siegel.tenancy.W018"
EVERYBODY_A_PROXY = "siegel.tenancy.E019"
STATIC_MISSING = "siegel.tenancy.E020"
WEAKENED = "siegel.tenancy.E021"
# The first with the page format and the defaults that docs/decisions/0011 relies on.
OLDEST_SQLCIPHER = (4, 6)
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised to a reliable server.
SHORTEST_PREFIX = 8
AS_SHIPPED = {
    "DEBUG": False,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_USE_SESSIONS": True,
    "X_FRAME_OPTIONS": "DENY",
}
# The first one makes new records; any other of them verifies older ones.
HASHERS = ["Argon2id", "Pbkdf2", "WrappedSha256", "Unpeppered"]


def sqlcipher_is_new_enough(**_: Any) -> list[checks.CheckMessage]:
    """The library that encrypts the databases."""
    found = sqlcipher_version()
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if numbers >= OLDEST_SQLCIPHER:
        return []
    return [
        checks.Error(
            f"SQLCipher is {found or 'not there'}; at least 4.6 is needed.",
            hint="Install Siegel from its lock: sqlcipher3 brings the library with it.",
            id=OLD_SQLCIPHER,
        )
    ]


def clock_is_right(**_: Any) -> list[checks.CheckMessage]:
    """Somebody sets the clock, and it does not stand before what was written down."""
    found: list[checks.CheckMessage] = []
    if is_unsynchronised():
        found.append(
            checks.Warning(
                "The clock of this machine is not synchronised.",
                hint="Install chrony or start systemd-timesyncd: proofs and sessions age by it.",
                id=CLOCK_UNSYNCHRONISED,
            )
        )
    newest = OperatorTrailEntry.objects.order_by("-seq").first() if is_current() else None
    if newest is not None and newest.at > timezone.now() + dt.timedelta(minutes=1):
        found.append(
            checks.Error(
                f"The clock stands before the newest entry of the operators' trail, {newest.at}.",
                hint="Set the clock right.",
                id=CLOCK_BEHIND,
            )
        )
    return found


def enough_open_files(**_: Any) -> list[checks.CheckMessage]:
    """Every thread can hold its tenants' databases open."""
    files = open_files()
    if files.suffice:
        return []
    return [
        checks.Warning(
            f"Only {files.granted} open files are allowed; with many tenants {files.wanted} are "
            "needed.",
            hint="Raise LimitNOFILE (ulimit -Hn), or lower SIEGEL_CONNECTIONS_PER_THREAD.",
            id=FEW_OPEN_FILES,
        )
    ]


def not_everybody_is_a_proxy(**_: Any) -> list[checks.CheckMessage]:
    """X-Forwarded-For is believed from proxies only: limits count by the address in it."""
    return [
        checks.Error(
            f"SIEGEL_TRUSTED_PROXIES names {name}: anybody may say where a request comes from.",
            hint="Name the addresses of your proxies, for instance 127.0.0.1.",
            id=EVERYBODY_A_PROXY,
        )
        for name in settings.SIEGEL_TRUSTED_PROXIES
        if _is_everybody(name)
    ]


def static_files_are_built(**_: Any) -> list[checks.CheckMessage]:
    """Scripts and styles of this version are where pages look for them."""
    root: Path = settings.STATIC_ROOT
    try:
        paths: dict[str, str] = json.loads((root / "staticfiles.json").read_text())["paths"]
    except (OSError, ValueError, KeyError):
        missing = ["staticfiles.json"]
    else:
        missing = [name for name in _shipped() if name not in paths]
        missing += [path for path in paths.values() if not (root / path).is_file()]
    if not missing:
        return []
    return [
        checks.Error(
            f"Static files of this version are not built: {missing[0]} is missing in {root}.",
            hint="bin/bootstrap run",
            id=STATIC_MISSING,
        )
    ]


def settings_are_not_weakened(**_: Any) -> list[checks.CheckMessage]:
    """What no environment variable can weaken was not weakened by other settings either."""
    weak = [name for name, value in AS_SHIPPED.items() if getattr(settings, name) != value]
    hashers = [name.removeprefix("siegel.identity.hashing.") for name in settings.PASSWORD_HASHERS]
    if sorted(hashers) != sorted(HASHERS) or hashers[0] not in HASHERS[:2]:
        weak.append("PASSWORD_HASHERS")
    secret: object = settings.SECRET_KEY
    if not isinstance(secret, TenantSecretKey):
        weak.append("SECRET_KEY")
    return [
        checks.Error(
            f"{name} is not as Siegel is shipped, and weaker.",
            hint="Leave DJANGO_SETTINGS_MODULE unset; settings come from the environment only.",
            id=WEAKENED,
        )
        for name in weak
    ]


def sqlcipher_version() -> str:
    """As the library tells it; empty if it is a plain SQLite."""
    connection = dbapi2.connect(":memory:")
    try:
        row = connection.execute("PRAGMA cipher_version").fetchone()
    finally:
        connection.close()
    return str(row[0]).split(maxsplit=1)[0] if row else ""


def is_unsynchronised() -> bool:
    """Whether the kernel says so; where it says nothing, False."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    # A struct timex of zeros asks and changes nothing; it is 208 bytes long.
    return adjtimex is not None and adjtimex(ctypes.create_string_buffer(512)) == TIME_ERROR


def _is_everybody(name: str) -> bool:
    if name == "*":
        return True
    try:
        return ipaddress.ip_network(name, strict=False).prefixlen < SHORTEST_PREFIX
    except ValueError:
        return False


def _shipped() -> Iterator[str]:
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                yield path.relative_to(folder).as_posix()
