"""Which tenant a host name belongs to, answered without a query for unknown names."""

import threading
import time

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import State, Tenant

MAX_AGE_SECONDS = 2.0
CHAT_PREFIX = "chat."


class _Snapshot:
    """All hosts at one moment."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.hosts: dict[str, ServedTenant] = {}
        self.read_at = float("-inf")

    def is_fresh(self) -> bool:
        return time.monotonic() - self.read_at <= MAX_AGE_SECONDS


_snapshot = _Snapshot()


def by_host(host: str) -> tuple[ServedTenant, str] | None:
    """The tenant and its surface (`desk` or `chat`) for a Host header, or None if unknown.

    The port is not looked at. The table of all tenants is read at most every two seconds, so that
    suspending one takes effect then, and a flood of unknown names costs no query.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    hosts = _current()
    name = name.lower().removesuffix(".")
    if name in hosts:
        return hosts[name], "desk"
    if name.startswith(CHAT_PREFIX) and (name := name.removeprefix(CHAT_PREFIX)) in hosts:
        return hosts[name], "chat"
    return None


def is_fresh() -> bool:
    """Whether the next answer needs no query."""
    return _snapshot.is_fresh()


def forget() -> None:
    """Read the table anew at the next question: after a tenant was created or changed."""
    with _snapshot.lock:
        _snapshot.read_at = float("-inf")


def _current() -> dict[str, ServedTenant]:
    if not _snapshot.is_fresh():
        with _snapshot.lock:
            if not _snapshot.is_fresh():
                tenants = Tenant.objects.filter(is_probe=False).exclude(state=State.PROVISIONING)
                _snapshot.hosts = {tenant.host: tenant.as_served() for tenant in tenants}
                _snapshot.read_at = time.monotonic()
    return _snapshot.hosts
