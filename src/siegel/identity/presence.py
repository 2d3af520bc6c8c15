"""Whether somebody is there to answer."""

import datetime as dt

from django.utils import timezone

from siegel.identity.models import Person, Presence
from siegel.tenancy.writing import write_transaction

# A desk says every 20 seconds that it is open; two misses are forgiven.
BEAT_SECONDS = 20
FRESH = dt.timedelta(seconds=3 * BEAT_SECONDS)


def beat(person: Person) -> None:
    """Note that the person's desk is open now."""
    with write_transaction():
        Presence.objects.update_or_create(person=person, defaults={"seen_at": timezone.now()})


def somebody_is_present() -> bool:
    """Whether any active person's desk was open within the last minute."""
    since = timezone.now() - FRESH
    return Presence.objects.filter(seen_at__gte=since, person__is_active=True).exists()
