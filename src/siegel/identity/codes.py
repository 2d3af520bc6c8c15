"""Codes that somebody reads and types: short, hence hashed like a password, and soon over.

A code of eight digits has 27 bits. What keeps it from being guessed is that five tries end it;
the slow, peppered hash keeps whoever reads the database from trying all of them at leisure.
"""

import datetime as dt
import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone

from siegel.identity.models import Code
from siegel.identity.tokens import NotHeld
from siegel.tenancy.writing import write_transaction

DIGITS = 8
TRIES = 5


def make_code() -> str:
    """A code as somebody types it; what is shown in two groups is taken in any."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def in_groups(code: str) -> str:
    """A code as it is shown: two groups are easier to read out and to type."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def issue_code(purpose: str, subject: str, lifetime: dt.timedelta) -> str:
    """A new code for a purpose and somebody, such as "proof" and "contact:<id>".

    An earlier one for the same is over. Hashing takes its time: not inside a write transaction.
    """
    code = make_code()
    record, now = make_password(code), timezone.now()
    with write_transaction():
        Code.objects.filter(purpose=purpose, subject=subject, ended_at=None).update(ended_at=now)
        Code.objects.create(
            purpose=purpose,
            subject=subject,
            record=record,
            created_at=now,
            expires_at=now + lifetime,
        )
    return code


def use_code(purpose: str, subject: str, text: str) -> None:
    """Use a code up. Raises tokens.NotHeld: wrong, over, or tried too often, nobody can tell which.

    Each try is counted before it is judged, so that many at once are no more than five.
    """
    now = timezone.now()
    holding = Code.objects.filter(
        purpose=purpose, subject=subject, ended_at=None, expires_at__gt=now, tries__lt=TRIES
    )
    with write_transaction():
        found = holding.first()
        holding.update(tries=F("tries") + 1)
    given = "".join(text.split())
    if found is None:
        # As much work as for one that is there.
        make_password(given)
        raise NotHeld
    if not check_password(given, found.record):
        raise NotHeld
    with write_transaction():
        if not Code.objects.filter(pk=found.pk, ended_at=None).update(ended_at=now):
            raise NotHeld
