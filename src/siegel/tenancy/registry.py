"""Which tenant a host name belongs to, answered without a query for unknown names."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import WITHOUT_DATABASE, Tenant

MAX_AGE_SECONDS = 2.0
CHAT_PREFIX = "chat."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All hosts at one moment."""

    hosts: dict[str, ServedTenant] = field(default_factory=dict)
    read_at: float = float("-inf")

    def is_fresh(self) -> bool:
        """Whether it may still be relied on."""
        return time.monotonic() - self.read_at <= MAX_AGE_SECONDS

    def by_host(self, host: str) -> tuple[ServedTenant, str] | None:
        """As the function of that name answers, from what was read then."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        name = name.lower().removesuffix(".")
        if name in self.hosts:
            return self.hosts[name], "desk"
        if name.startswith(CHAT_PREFIX) and (name := name.removeprefix(CHAT_PREFIX)) in self.hosts:
            return self.hosts[name], "chat"
        return None


_lock = threading.Lock()
_newest = Snapshot()
# Hosts of probes, while a control of this process asks for their addresses.
_probes: dict[str, ServedTenant] = {}


def by_host(host: str) -> tuple[ServedTenant, str] | None:
    """The tenant and its surface (`desk` or `chat`) for a Host header, or None if unknown.

    The port is not looked at. The table of all tenants is read at most every two seconds, so that
    suspending one takes effect then, and a flood of unknown names costs no query.
    """
    return (fresh() or _read()).by_host(host)


def fresh() -> Snapshot | None:
    """What was read in the last two seconds, or None: for the event loop, which never queries."""
    snapshot = _newest
    return snapshot if snapshot.is_fresh() else None


def forget() -> None:
    """Read the table anew at the next question: after a tenant was created or changed."""
    global _newest  # noqa: PLW0603 - one per process, replaced whole so that readers need no lock
    with _lock:
        _newest = Snapshot()


@contextmanager
def reachable(probes: Mapping[str, ServedTenant]) -> Iterator[None]:
    """Know probes by these hosts for the length of the block, in this process only.

    Their hosts end in `.invalid`, which no browser finds (RFC 6761, 6.4).
    """
    global _probes  # noqa: PLW0603 - replaced whole, and put back as it was
    before, _probes = _probes, _probes | dict(probes)
    forget()
    try:
        yield
    finally:
        _probes = before
        forget()


def _read() -> Snapshot:
    global _newest  # noqa: PLW0603 - as above
    with _lock:
        if (found := fresh()) is not None:
            return found  # Another thread read it while this one waited.
        tenants = Tenant.objects.filter(is_probe=False).exclude(state__in=WITHOUT_DATABASE)
        hosts = {tenant.host: tenant.as_served() for tenant in tenants}
        _newest = Snapshot(hosts | _probes, time.monotonic())
        return _newest
