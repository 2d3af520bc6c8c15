"""Tokens: what opens something for whoever holds it, 256 bits of chance each.

    sgl_<letter of the kind>_<12 characters to find it><43 of chance><6 of a checksum>

At rest a row holds an HMAC-SHA-256 under a key that is derived from the tenant's keyset and is in
no database, with a salt of its own. A mistyped one is known by its checksum (CRC-32, as in GitHub's
format) before any database is asked, and a scanner finds one in a text: docs/tokens.md.
"""

import datetime as dt
import hmac
import re
import secrets
import string
import zlib
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from siegel.identity.models import Person, Token
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction
from siegel.vault import keyring

# The key that new digests get. Another number is another key, derived from the same keyset.
KEY = "1"
BITS = 256
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
LOOKUP, SECRET, CHECKSUM = 12, 43, 6
FORM = re.compile(
    rf"sgl_([a-z])_([0-9A-Za-z]{{{LOOKUP}}})([0-9A-Za-z]{{{SECRET}}})[0-9A-Za-z]{{6}}"
)


class Kind(StrEnum):
    """What a token is for; the letter stands in the token, and stays while there are some."""

    INVITATION = "i"
    PASSWORD_RESET = "r"  # noqa: S105 - a letter
    # What lets a client in from another device.
    CLIENT_LINK = "l"
    # In a cookie: the second factor was given in this browser before.
    TRUSTED_DEVICE = "d"


# These open something once.
ONCE = {Kind.INVITATION, Kind.PASSWORD_RESET, Kind.CLIENT_LINK}


class NotHeld(LookupError):
    """A token that is mistyped, unknown, used, expired, withdrawn or another organisation's.

    Nobody can tell which.
    """


def issue(
    kind: Kind,
    *,
    person: Person | None = None,
    scope: dict[str, Any] | None = None,
    lifetime: dt.timedelta,
) -> str:
    """A new token; what is returned is kept nowhere."""
    lookup, secret = _chance(LOOKUP), _base62(secrets.randbits(BITS), SECRET)
    now = timezone.now()
    with write_transaction():
        Token.objects.create(
            kind=kind,
            lookup=lookup,
            digest=_digest(kind, secret, KEY, secrets.token_hex(16)),
            scope=scope or {},
            person=person,
            created_at=now,
            expires_at=now + lifetime,
        )
    body = f"sgl_{kind}_{lookup}{secret}"
    return body + _checksum(body)


def find(kind: Kind, text: str) -> Token:
    """The row of a token that holds; raises NotHeld."""
    parts = FORM.fullmatch(text)
    if parts is None or parts[1] != kind or text[-CHECKSUM:] != _checksum(text[:-CHECKSUM]):
        raise NotHeld
    rows = holding(kind).filter(lookup=parts[2]).select_related("person")
    found: Token | None = rows.first()
    if found is None or not _is_of(found, parts[3]):
        raise NotHeld
    return found


def use(token: Token) -> None:
    """Note that it was used; one of a kind that opens once is used up.

    Raises NotHeld if somebody else has used it up, or ended it, a moment ago.
    """
    now = timezone.now()
    ended = {"ended_at": now} if token.kind in ONCE else {}
    with write_transaction():
        # The condition decides between two who use it at once.
        if not holding(Kind(token.kind)).filter(pk=token.pk).update(last_used_at=now, **ended):
            raise NotHeld


def end(token: Token) -> None:
    """Withdraw it; harmless if it was over already."""
    with write_transaction():
        Token.objects.filter(pk=token.pk, ended_at=None).update(ended_at=timezone.now())


def end_all(kind: Kind, *, person: Person | None = None, **scope: str) -> None:
    """Withdraw every token of a kind: of somebody, or whose scope has these values."""
    wanted = Q(person=person) if person else Q()
    named = {f"scope__{name}": value for name, value in scope.items()}
    with write_transaction():
        holding(kind).filter(wanted, **named).update(ended_at=timezone.now())


def holding(kind: Kind) -> QuerySet[Token]:
    """Those of a kind that open something now."""
    return Token.objects.filter(kind=kind, ended_at=None, expires_at__gt=timezone.now())


def chance_in(text: str) -> int:
    """What of a token is chance, as a number; raises NotHeld."""
    parts = FORM.fullmatch(text)
    if parts is None:
        raise NotHeld
    number = 0
    for sign in parts[3]:
        number = number * len(ALPHABET) + ALPHABET.index(sign)
    return number


def _is_of(token: Token, secret: str) -> bool:
    # A row that holds something else is no token's; the claim about tokens finds it.
    key, _, rest = token.digest.partition("$")
    salt = rest.partition("$")[0]
    return hmac.compare_digest(_digest(token.kind, secret, key, salt), token.digest)


def _digest(kind: str, secret: str, key: str, salt: str) -> str:
    derived = keyring.derive(served().id, f"token-digest-{key}")
    made = hmac.digest(derived, f"{kind}${salt}${secret}".encode(), "sha256").hex()
    return f"{key}${salt}${made}"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM)


def _chance(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
