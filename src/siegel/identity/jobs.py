"""What runs regularly: deleting sessions that have ended."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from siegel.identity.models import Session
from siegel.identity.session_limits import LONGEST_IDLE
from siegel.tenancy.jobs import enqueue_for_all, job, periodic
from siegel.tenancy.writing import write_transaction


@job(name="identity.delete-sessions", attempts=3)
def delete_sessions() -> None:
    """Delete the tenant's sessions that are over: they are refused, and their rows were left."""
    now = timezone.now()
    idle = Q(person__isnull=False, seen_at__lt=now - LONGEST_IDLE)
    with write_transaction():
        Session.objects.filter(idle | Q(expire_date__lt=now)).delete()


@periodic(name="identity.delete-all-sessions", every=dt.timedelta(hours=1))
def delete_all_sessions() -> None:
    """Do it in every tenant."""
    enqueue_for_all(delete_sessions)
