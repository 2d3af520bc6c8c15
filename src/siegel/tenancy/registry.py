"""Which tenant a host name belongs to, answered without a query for unknown names."""

import threading
import time

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import State, Tenant

MAX_AGE_SECONDS = 2.0
CHAT_PREFIX = "chat."

_lock = threading.Lock()
_hosts: dict[str, ServedTenant] = {}
_read_at = float("-inf")


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


def forget() -> None:
    """Read the table anew at the next question: after a tenant was created or changed."""
    global _read_at
    with _lock:
        _read_at = float("-inf")


def _current() -> dict[str, ServedTenant]:
    global _hosts, _read_at
    if time.monotonic() - _read_at > MAX_AGE_SECONDS:
        with _lock:
            if time.monotonic() - _read_at > MAX_AGE_SECONDS:
                tenants = Tenant.objects.filter(is_probe=False).exclude(state=State.PROVISIONING)
                _hosts = {tenant.host: tenant.as_served() for tenant in tenants}
                _read_at = time.monotonic()
    return _hosts
