"""What keeps the index of the search true: catching up, and removing traces of what was deleted."""

import datetime as dt
import logging

from django.db import DatabaseError

from siegel.conversations.indexer import indexers
from siegel.conversations.search_index import lags, purge, purge_is_wanted
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.jobs import enqueue, job, periodic
from siegel.tenancy.models import State, Tenant

log = logging.getLogger(__name__)


@job(name="search.purge", attempts=3)
def purge_index() -> None:
    """Rewrite the tenant's index without what was deleted."""
    purge()


@periodic(name="search.catch-up", every=dt.timedelta(minutes=5))
def catch_up() -> None:
    """Have indexed what a killed process has left, and purged what was deleted, of every tenant."""
    for tenant in Tenant.objects.filter(state=State.ACTIVE, is_probe=False):
        _catch_up(tenant.as_served())


def _catch_up(tenant: ServedTenant) -> None:
    try:
        with serving(tenant):
            open_database(tenant)
            if lags():
                indexers.wake(tenant)
            purging = purge_is_wanted()
    except (Unavailable, DatabaseError, OSError) as error:
        # The other tenants are looked at all the same, and this one again in five minutes.
        log.warning("The index of %s is not looked at: %s", tenant.id, type(error).__name__)
        return
    if purging:
        enqueue(purge_index, tenant)
