"""Codes for whoever has lost their factor: ten, each opens once.

50 bits are guessed by nobody at the sign-in, where tries are counted, but by a machine that has the
database. Hence they are stored as passwords are, by Argon2id and under the tenant's pepper.
"""

import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from siegel.identity.models import Person, RecoveryCode
from siegel.tenancy.writing import write_transaction

COUNT = 10
# Without signs that look alike (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKUP, SECRET = 4, 10
_ALIKE = str.maketrans("OIL", "011")


def make_codes() -> list[tuple[str, RecoveryCode]]:
    """Ten codes with their rows, not stored: hashing takes its time, and needs no lock."""
    now = timezone.now()
    made: list[tuple[str, RecoveryCode]] = []
    lookups: set[str] = set()
    while len(made) < COUNT:
        lookup, secret = _chance(LOOKUP), _chance(SECRET)
        if lookup not in lookups:
            lookups.add(lookup)
            row = RecoveryCode(lookup=lookup, record=make_password(secret), created_at=now)
            made.append((f"{lookup}-{secret[:5]}-{secret[5:]}", row))
    return made


def store_codes(person: Person, made: list[tuple[str, RecoveryCode]]) -> list[str]:
    """Let these be somebody's codes, and no others; returns them as they are shown.

    Within a write transaction.
    """
    RecoveryCode.objects.filter(person=person).delete()
    for _, row in made:
        row.person = person
    RecoveryCode.objects.bulk_create(row for _, row in made)
    return [code for code, _ in made]


def use_code(person: Person, text: str) -> bool:
    """Use a code up; False if it is none of theirs, or was used. Costs one hash in any case."""
    given = "".join(sign for sign in text.upper() if sign.isalnum()).translate(_ALIKE)
    lookup, secret = given[:LOOKUP], given[LOOKUP:]
    row = RecoveryCode.objects.filter(person=person, lookup=lookup, used_at=None).first()
    if row is None:
        make_password(secret)
        return False
    if not check_password(secret, row.record):
        return False
    with write_transaction():
        unused = RecoveryCode.objects.filter(pk=row.pk, used_at=None)
        return bool(unused.update(used_at=timezone.now()))


def codes_left(person: Person) -> int:
    """How many are unused."""
    return RecoveryCode.objects.filter(person=person, used_at=None).count()


def _chance(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
