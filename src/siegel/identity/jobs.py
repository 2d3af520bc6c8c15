"""What runs regularly: deleting sessions that have ended."""

import datetime as dt

from django.contrib.sessions.models import Session
from django.utils import timezone

from siegel.tenancy.jobs import enqueue_for_all, job, periodic
from siegel.tenancy.writing import write_transaction


@job(name="identity.delete-sessions", attempts=3)
def delete_sessions() -> None:
    """Delete the tenant's expired sessions: Django refuses them, and leaves their rows."""
    with write_transaction():
        Session.objects.filter(expire_date__lt=timezone.now()).delete()


@periodic(name="identity.delete-all-sessions", every=dt.timedelta(hours=1))
def delete_all_sessions() -> None:
    """Do it in every tenant."""
    enqueue_for_all(delete_sessions)
