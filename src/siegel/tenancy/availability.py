"""Whether a tenant's database can be opened, asked before anything of a request is done."""

import logging

from django.db import DatabaseError, connections

from siegel.tenancy.context import ServedTenant, TenantDeparted, WrongTenant
from siegel.tenancy.handler import close_connection
from siegel.tenancy.sqlcipher.base import CannotBeOpened, NotMigrated
from siegel.vault import keyring
from siegel.vault.kek import KekUnavailable
from siegel.vault.keyring import KeyUnavailable

log = logging.getLogger(__name__)
REASONS = (
    CannotBeOpened,
    DatabaseError,
    KekUnavailable,
    KeyUnavailable,
    NotMigrated,
    OSError,
    TenantDeparted,
    WrongTenant,
)


class Unavailable(Exception):
    """This tenant cannot be served; the others can. The log names the reason."""


def open_database(tenant: ServedTenant) -> None:
    """Open the served tenant's database in this thread unless it is open; raises Unavailable.

    The key is asked for each time: a tenant whose key was taken away is not served any more,
    however many connections are open. Asking costs two looks at the folder of the keys.
    """
    try:
        keyring.derive(tenant.id, "database")
        connections[tenant.id].ensure_connection()
    except REASONS as error:
        close_connection(tenant.id)
        log.error("%s cannot be served: %s", tenant.id, type(error).__name__)
        raise Unavailable(type(error).__name__) from error
