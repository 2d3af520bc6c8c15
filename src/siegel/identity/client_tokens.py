"""Tokens (JWT, RFC 7519) in which an organisation's website says who a client is.

The website signs them for this organisation alone, for five minutes at most, and each is accepted
once. Which key may have signed one is said by its `kid`; by which algorithm, by the key that is
kept here and never by the token (RFC 8725, 3.1).
"""

import datetime as dt
import hashlib
import time
import unicodedata
from enum import StrEnum
from typing import Annotated, Any

import jwt
import msgspec
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from siegel.identity.addresses import check_address
from siegel.identity.client_key_models import ClientKey, RefusedClientToken, UsedClientToken
from siegel.identity.client_keys import KID, public_key
from siegel.identity.naming import PERSON_LENGTH, RefusedName, checked_name
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction

LONGEST_TOKEN = 4_096
LONGEST_LIFE = 5 * 60
# Clocks of two machines differ.
SKEW = 60
# As the column takes it; an address cannot be longer (RFC 5321).
LONGEST_EMAIL = 254
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Seconds = Annotated[int, msgspec.Meta(ge=0, lt=2**40)]


class Why(StrEnum):
    """Why a token is refused; the same word is its code over HTTP."""

    MALFORMED = "token-malformed"
    KEY_UNKNOWN = "key-unknown"
    KEY_WITHDRAWN = "key-withdrawn"
    KEY_NOT_YET_VALID = "key-not-yet-valid"
    KEY_EXPIRED = "key-expired"
    ALGORITHM = "algorithm-refused"
    SIGNATURE = "signature-refused"
    CLAIMS = "claims-refused"
    AUDIENCE = "audience-refused"
    TOO_LONG_LIVED = "token-too-long-lived"
    EXPIRED = "token-expired"
    NOT_YET_VALID = "token-not-yet-valid"
    USED = "token-used"


class RefusedToken(ValueError):
    """Nobody is recognised by this token; `key` is the one that it names, if it is known."""

    def __init__(self, why: Why, key: ClientKey | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.key = key


class Claims(msgspec.Struct):
    """What a token must and may say; what else it says is nobody's business here."""

    aud: str
    sub: Name
    jti: Name
    iat: Seconds
    exp: Seconds
    nbf: Seconds = 0
    name: str = ""
    email: str = ""


class Recognised(msgspec.Struct, frozen=True):
    """Who a client is by the word of the organisation's website; name and e-mail may be empty."""

    subject: str
    name: str
    email: str
    key: ClientKey


class Verified(msgspec.Struct, frozen=True):
    """A token that is good, and may have been used before."""

    who: Recognised
    claims: Claims


def recognised_by(token: str) -> Recognised:
    """Who a token says the client is; it is used up by that. Raises RefusedToken."""
    verified = verify(token)
    use_up(verified)
    return verified.who


def verify(token: str) -> Verified:
    """What a token says, which is not used up by that; raises RefusedToken."""
    key, payload = _verified(token)
    try:
        claims = msgspec.convert(payload, Claims)
        who = Recognised(_printable(claims.sub), _name(claims.name), _email(claims.email), key)
    except (msgspec.ValidationError, RefusedName, ValidationError):
        raise RefusedToken(Why.CLAIMS, key) from None
    if claims.aud != served().host:
        raise RefusedToken(Why.AUDIENCE, key)
    if (why := _untimely(claims, int(time.time()))) is not None:
        raise RefusedToken(why, key)
    return Verified(who, claims)


def use_up(verified: Verified) -> None:
    """Accept a token once, if its key still holds; raises RefusedToken.

    Inside a write transaction that does what it is for, if there is one.
    """
    claims, key = verified.claims, verified.who.key
    digest = hashlib.sha256(claims.jti.encode()).hexdigest()
    # A little longer than it is good for, so that no clock decides.
    expires_at = dt.datetime.fromtimestamp(claims.exp + 2 * SKEW, dt.UTC)
    with write_transaction():
        if ClientKey.objects.filter(pk=key.pk, withdrawn_at__isnull=False).exists():
            raise RefusedToken(Why.KEY_WITHDRAWN, key)
        try:
            # Decides between two browsers that show the same one at once.
            with transaction.atomic(using=served().id):
                UsedClientToken.objects.create(digest=digest, expires_at=expires_at)
        except IntegrityError:
            raise RefusedToken(Why.USED, key) from None


def note_refusal(refusal: RefusedToken) -> None:
    """Count a refusal for the administration, by its reason and key: at most some hundred rows."""
    now = timezone.now()
    with write_transaction():
        counted, _ = RefusedClientToken.objects.get_or_create(
            code=refusal.why, key=refusal.key, defaults={"last_at": now}
        )
        RefusedClientToken.objects.filter(pk=counted.pk).update(times=F("times") + 1, last_at=now)


def forget_used() -> None:
    """Delete what was accepted and would be refused by its time by now."""
    with write_transaction():
        UsedClientToken.objects.filter(expires_at__lt=timezone.now()).delete()


def _verified(token: str) -> tuple[ClientKey, dict[str, Any]]:
    """What a token says, once its signature is known to be that of a key which holds now."""
    try:
        # A token has three parts without spaces, and no header of ours needs more than this.
        if len(token) > LONGEST_TOKEN:
            raise jwt.DecodeError
        # Refuses extensions as well that must be understood (RFC 7515, 4.1.11).
        header = jwt.get_unverified_header(token)
        kid, algorithm = str(header.get("kid", "")), header.get("alg")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise RefusedToken(Why.MALFORMED) from None
    # What is no id of a key, such as half a character, is not looked for.
    key = ClientKey.objects.filter(kid=kid).first() if KID.fullmatch(kid) else None
    if key is None:
        raise RefusedToken(Why.KEY_UNKNOWN)
    if (why := _does_not_hold(key)) is not None:
        raise RefusedToken(why, key)
    if algorithm != key.algorithm:
        raise RefusedToken(Why.ALGORITHM, key)
    try:
        # What it claims is judged by us, after this: with a reason for each.
        payload = jwt.api_jws.decode(token, public_key(key), algorithms=[key.algorithm])
        return key, msgspec.json.decode(payload, type=dict)
    except jwt.InvalidSignatureError:
        raise RefusedToken(Why.SIGNATURE, key) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise RefusedToken(Why.MALFORMED, key) from None


def _does_not_hold(key: ClientKey) -> Why | None:
    now = timezone.now()
    if key.withdrawn_at is not None:
        return Why.KEY_WITHDRAWN
    if key.valid_from > now:
        return Why.KEY_NOT_YET_VALID
    return Why.KEY_EXPIRED if key.valid_until is not None and key.valid_until <= now else None


def _untimely(claims: Claims, now: int) -> Why | None:
    if not 0 < claims.exp - claims.iat <= LONGEST_LIFE:
        return Why.TOO_LONG_LIVED
    if claims.exp + SKEW <= now:
        return Why.EXPIRED
    if max(claims.iat, claims.nbf) - SKEW > now:
        return Why.NOT_YET_VALID
    return None


def _printable(subject: str) -> str:
    """A customer's number as it is; raises naming.RefusedName for what no page can show.

    Nor what shows as something else: characters that turn the direction of writing.
    """
    turns = any(unicodedata.category(character) == "Cf" for character in subject)
    if turns or checked_name(subject, 200) != subject:
        raise RefusedName("control-characters")
    return subject


def _name(name: str) -> str:
    return checked_name(name, PERSON_LENGTH) if name.strip() else ""


def _email(email: str) -> str:
    if email:
        check_address(email)
        if len(email) > LONGEST_EMAIL:
            raise ValidationError("too long")
    return email
