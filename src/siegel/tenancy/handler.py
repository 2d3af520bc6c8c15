"""Django's connections, with every tenant's database as an alias of its own, opened on demand.

This file touches Django's private API and nothing else does. Aliases of tenants stay out of
`connections.settings`, over which Django loops three times in each request, and which other
threads iterate while a tenant is opened for the first time. Each thread keeps its own least
recently used connections, so that eviction never closes one in another thread's hands.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, cast
from weakref import WeakSet

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend

from siegel.tenancy.context import NoTenantServed, TenantDeparted, WrongTenant, served_or_none
from siegel.tenancy.databases import database_settings

# What all threads have opened, and which tenants are gone for good (siegel.tenancy.departing).
_lock = threading.Lock()
_everywhere: "WeakSet[BaseDatabaseWrapper]" = WeakSet()
_departed: set[str] = set()


class TenantConnections(ConnectionHandler):
    """A ConnectionHandler that refuses every tenant's alias but the one being served."""

    _connections: Any  # Django's thread-local store, which django-stubs does not know.

    def __getitem__(self, alias: str) -> BaseDatabaseWrapper:
        if alias in self.settings:
            return super().__getitem__(alias)
        tenant = served_or_none()
        if tenant is None:
            raise NoTenantServed(f"Database {alias} was asked for while no tenant is served.")
        if tenant.id != alias:
            raise WrongTenant(f"Database {alias} was asked for while {tenant.id} is served.")
        kept = self._kept()
        connection = kept.get(alias)
        if connection is None:
            connection = self._open(alias)
            kept[alias] = connection
            self._evict(kept)
        else:
            kept.move_to_end(alias)
        # First the one, then the other: `end_departed` looks at them the other way round, so that
        # one of both sees what the other does.
        cast(Any, connection).is_in_use = True
        if alias in _departed:
            self.forget(alias)
            raise TenantDeparted(f"{alias} was shredded.")
        return connection

    def _open(self, alias: str) -> BaseDatabaseWrapper:
        tenant = served_or_none()
        assert tenant is not None  # noqa: S101 - the caller has just checked it, mypy cannot know
        described: dict[str, Any] = {**self.settings["default"], **database_settings(tenant)}
        wrapper: BaseDatabaseWrapper = load_backend(described["ENGINE"]).DatabaseWrapper(
            described, alias
        )
        with _lock:
            _everywhere.add(wrapper)
        return wrapper

    def _kept(self) -> "OrderedDict[str, BaseDatabaseWrapper]":
        kept: OrderedDict[str, BaseDatabaseWrapper] | None
        kept = getattr(self._connections, "_tenants", None)
        if kept is None:
            kept = self._connections._tenants = OrderedDict()
        return kept

    def _evict(self, kept: "OrderedDict[str, BaseDatabaseWrapper]") -> None:
        surplus = len(kept) - settings.SIEGEL_CONNECTIONS_PER_THREAD
        newest = next(reversed(kept))
        # One in a transaction is never closed: the limit may be passed for a moment instead.
        idle = [a for a, c in kept.items() if a != newest and not c.in_atomic_block]
        for alias in idle[: max(0, surplus)]:
            kept.pop(alias).close()

    def all(self, initialized_only: bool = False) -> list[BaseDatabaseWrapper]:
        """The control database and the served tenant's, if this thread has opened it."""
        found = list(super().all(initialized_only))
        tenant = served_or_none()
        if tenant is not None and tenant.id in (kept := self._kept()):
            found.append(kept[tenant.id])
        return found

    def close_all(self) -> None:
        """Close every connection of this thread, tenants' included."""
        super().close_all()
        kept = self._kept()
        while kept:
            kept.popitem()[1].close()

    def release(self, alias: str) -> None:
        """Close the tenant's connection of this thread if it is broken or too old."""
        connection = self._kept().get(alias)
        if connection is not None and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
            cast(Any, connection).is_in_use = False
            if alias in _departed:
                self.forget(alias)

    def forget(self, alias: str) -> None:
        """Close the tenant's connection of this thread whatever its state."""
        connection = self._kept().pop(alias, None)
        if connection is not None:
            connection.close()

    def kept_aliases(self) -> Iterator[str]:
        """The tenants whose databases this thread holds open, least recently used first."""
        return iter(self._kept())


def open_everywhere() -> set[str]:
    """The tenants whose databases any thread of this process holds open."""
    with _lock:
        return {c.alias for c in _everywhere if c.connection is not None}


def end_departed(alias: str) -> None:
    """Let no thread use a tenant's database again, ever, and close what nobody uses just now.

    What is in use is closed by its own thread, when it is done. Call it again to be sure.
    """
    _departed.add(alias)
    with _lock:
        found = [c for c in _everywhere if c.alias == alias]
    for connection in found:
        if not cast(Any, connection).is_in_use:
            connection.inc_thread_sharing()
            connection.close()


def close_connection(alias: str) -> None:
    """Close this thread's connection to a tenant's database, before the file goes or changes."""
    cast(TenantConnections, connections).forget(alias)


def install() -> None:
    """Make `django.db.connections` a TenantConnections; called once, when the app is loaded."""
    connections.__class__ = TenantConnections
