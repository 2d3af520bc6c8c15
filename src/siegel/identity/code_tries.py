"""How often somebody may mistype: whoever goes on guessing waits longer each time.

At the sign-in only who knows the password gets this far, so that a stranger cannot make anybody
wait. What is asked of whoever is signed in is counted by itself: a session that was stolen must not
keep its owner out.
"""

import datetime as dt
import math
from enum import StrEnum

from django.utils import timezone

from siegel.identity.alarms import Alarmed, alarm
from siegel.identity.models import CodeTries, Person
from siegel.tenancy.writing import write_transaction

# As often somebody mistypes in earnest.
FREE = 4
FIRST_WAIT = dt.timedelta(seconds=5)
LONGEST_WAIT = dt.timedelta(minutes=15)


class Asked(StrEnum):
    """Where somebody mistyped."""

    SIGN_IN = "sign-in"
    AGAIN = "again"


class TooSoon(Exception):
    """Too many were wrong; `seconds` until the next one is judged."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s to wait.")
        self.seconds = seconds


def count_try(person: Person, asked: Asked) -> None:
    """Count a try before it is judged, so that many at once are no more. Raises TooSoon.

    Where one waits longest, nobody mistypes: the administrators are told.
    """
    now = timezone.now()
    with write_transaction():
        tries, _ = CodeTries.objects.get_or_create(
            person=person, asked=asked, defaults={"next_at": now}
        )
        if tries.next_at > now:
            raise TooSoon(math.ceil((tries.next_at - now).total_seconds()))
        tries.failed += 1
        wait = wait_after(tries.failed)
        tries.next_at = now + wait
        tries.save(update_fields=["failed", "next_at"])
        if wait == LONGEST_WAIT:
            alarm(Alarmed.REFUSED_SIGN_INS, f"person:{person.pk}")


def forget_tries(person: Person, asked: Asked) -> None:
    """The right one was given."""
    with write_transaction():
        CodeTries.objects.filter(person=person, asked=asked).delete()


def wait_after(failed: int) -> dt.timedelta:
    """None for the first few, then twice as long each time, up to a quarter of an hour."""
    if failed < FREE:
        return dt.timedelta()
    wait: dt.timedelta = FIRST_WAIT * 2 ** min(failed - FREE, 10)
    return min(wait, LONGEST_WAIT)
