"""What runs regularly: forgetting what clients who had signed in have left."""

import datetime as dt

from siegel.conversations.deleting import delete_contacts_without_conversations
from siegel.identity.client_tokens import forget_used
from siegel.tenancy.jobs import enqueue_for_all, job, periodic
from siegel.tenancy.writing import write_transaction
from siegel.widget.models import Visit
from siegel.widget.visiting import lasting


@job(name="widget.forget-clients", attempts=3)
def forget_clients() -> None:
    """Delete visits that are over, tokens that were used, and whoever came and never wrote."""
    forget_used()
    with write_transaction():
        of_clients = Visit.objects.filter(account__isnull=False)
        of_clients.exclude(pk__in=lasting().values("pk")).delete()
    delete_contacts_without_conversations(lasting().values_list("contact", flat=True))


@periodic(name="widget.forget-all-clients", every=dt.timedelta(hours=1))
def forget_all_clients() -> None:
    """Do it in every tenant."""
    enqueue_for_all(forget_clients)
