"""What a running process still holds of tenants that were shredded: connections, threads, keys.

Whoever shreds is another process. Each one that serves looks every few seconds whether a tenant
that it holds open is gone; requests and sockets are refused before that, since its key is missing.
"""

from collections.abc import Callable

from siegel.tenancy.handler import end_departed, open_everywhere
from siegel.tenancy.models import State, Tenant, Tombstone
from siegel.vault import keyring

_told: list[Callable[[str], None]] = []
_seen: set[str] = set()


def on_departure(tell: Callable[[str], None]) -> None:
    """Have a function called with the id of a tenant that is gone; it must not wait.

    For threads that hold a tenant's database open while they have nothing to do.
    """
    _told.append(tell)


def close_departed() -> None:
    """Close what this process holds of shredded tenants; called every few seconds."""
    gone = set(Tenant.objects.filter(state=State.SHREDDING).values_list("pk", flat=True))
    gone |= set(Tombstone.objects.values_list("pk", flat=True))
    if gone - _seen:
        # Also where no connection is open: a key may be kept from before.
        _seen.update(gone)
        keyring.forget_unwrapped()
    for tenant in open_everywhere() & gone:
        for tell in _told:
            tell(tenant)
        end_departed(tenant)
        keyring.forget_unwrapped()
