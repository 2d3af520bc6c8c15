"""The process that is killed: posts to a probe tenant without end, and tells each acknowledgement.

`python -m siegel.conversations.durability_probe TENANT CONVERSATION CONTACT`
"""

import sys
import uuid
from collections import deque

import django


def main(tenant_id: str, conversation: str, contact: str) -> None:
    """Print the connection's `synchronous` level, then a line per acknowledged key."""
    django.setup(set_prefix=False)
    from django.db import connections

    from siegel.conversations.access import Participant
    from siegel.conversations.models import Side
    from siegel.conversations.posting import post_message
    from siegel.conversations.writer import Acknowledgement
    from siegel.tenancy.context import ServedTenant, serving

    tenant = ServedTenant(id=tenant_id)
    with serving(tenant), connections[tenant.id].cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        print(cursor.fetchone()[0], flush=True)  # noqa: T201 - the pipe is the ledger
    me = Participant(Side.CLIENT, contact=uuid.UUID(contact))
    waiting: deque[tuple[uuid.UUID, Acknowledgement]] = deque()
    while True:
        key = uuid.uuid4()
        waiting.append(
            (key, post_message(tenant, me, uuid.UUID(conversation), key, f"message {key}"))
        )
        if len(waiting) >= 16:
            oldest, acknowledgement = waiting.popleft()
            acknowledgement.result()
            print(oldest, flush=True)  # noqa: T201 - the pipe is the ledger


if __name__ == "__main__":  # pragma: no cover - only in the process that is killed
    main(*sys.argv[1:])
