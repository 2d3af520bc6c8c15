"""The public keys under which an organisation's website signs who a client is.

Several may hold at once, so that a website can change its key without a moment in between. A key
is for one algorithm, which follows from what sort of key it is: P-256 for ES256, Ed25519 for EdDSA
(RFC 7518, RFC 8037).
"""

import base64
import datetime as dt
import hashlib
import json
import re
import uuid
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.client_key_models import ClientKey
from siegel.identity.models import Person
from siegel.identity.naming import RefusedName, checked_name
from siegel.tenancy.writing import write_transaction

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NAME_LENGTH = 60
LONGEST_KEY = 4_000
MOST_KEYS = 20


class RefusedKey(Exception):
    """A key cannot be taken; `field` is the one that is wrong, `code` says why."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(code)
        self.field = field
        self.code = code


class Gone(LookupError):
    """There is no such key, or it was withdrawn meanwhile."""


def add_key(
    by: Person,
    *,
    name: str,
    text: str,
    kid: str = "",
    valid_from: dt.datetime | None = None,
    valid_until: dt.datetime | None = None,
) -> ClientKey:
    """Accept what is signed by a key, a PEM or a JWK, from a time to another one.

    Without a `kid` it gets the one that its JWK names, else one made of the key itself (RFC 7638).
    Raises RefusedKey, and django's PermissionDenied.
    """
    try:
        name = checked_name(name, NAME_LENGTH)
    except RefusedName as refusal:
        raise RefusedKey("name", f"name-{refusal.code}") from None
    public, named = _read(text.strip())
    kid = kid.strip() or named or thumbprint(public)
    if not KID.fullmatch(kid):
        raise RefusedKey("kid", "kid-refused")
    begins = valid_from or timezone.now()
    if valid_until is not None and valid_until <= max(begins, timezone.now()):
        raise RefusedKey("until", "until-passed")
    with write_transaction():
        actor = acting(by)
        if ClientKey.objects.filter(kid=kid).exists():
            raise RefusedKey("kid", "kid-taken")
        if ClientKey.objects.filter(withdrawn_at=None).count() >= MOST_KEYS:
            raise RefusedKey("key", "too-many-keys")
        key = ClientKey.objects.create(
            kid=kid,
            name=name,
            algorithm=_algorithm(public),
            public=_as_pem(public),
            valid_from=begins,
            valid_until=valid_until,
            added_by=by,
        )
        _note(actor, "client-key.added", key)
    return key


def withdraw_key(by: Person, identifier: uuid.UUID) -> None:
    """Accept nothing any more that it has signed; raises Gone, django's PermissionDenied."""
    with write_transaction():
        actor = acting(by)
        key = ClientKey.objects.filter(pk=identifier, withdrawn_at=None).first()
        if key is None:
            raise Gone
        key.withdrawn_at = timezone.now()
        key.save(update_fields=["withdrawn_at"])
        _note(actor, "client-key.withdrawn", key)


def thumbprint(public: PublicKey) -> str:
    """What a key is called if nobody has named it: its JWK thumbprint (RFC 7638)."""
    whole = _as_jwk(public)
    members = {name: whole[name] for name in sorted({"crv", "kty", "x", "y"} & whole.keys())}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def public_key(key: ClientKey) -> PublicKey:
    """The key itself."""
    return _checked(serialization.load_pem_public_key(key.public.encode()))


def _read(text: str) -> tuple[PublicKey, str]:
    """The key in a text, and what its JWK calls it."""
    if not text or len(text) > LONGEST_KEY:
        raise RefusedKey("key", "key-not-understood")
    if "PRIVATE KEY" in text:
        raise RefusedKey("key", "key-private")
    if text.startswith("{"):
        return _from_jwk(text)
    try:
        return _checked(serialization.load_pem_public_key(text.encode())), ""
    except (ValueError, UnsupportedAlgorithm):
        raise RefusedKey("key", "key-not-understood") from None


def _from_jwk(text: str) -> tuple[PublicKey, str]:
    try:
        found = json.loads(text)
        if "d" in found or "k" in found:
            raise RefusedKey("key", "key-private")
        public = jwt.PyJWK(found, algorithm=JWK_ALGORITHMS.get(str(found.get("crv")))).key
    except (ValueError, TypeError, RecursionError, jwt.PyJWTError):
        raise RefusedKey("key", "key-not-understood") from None
    named = found.get("kid", "")
    if not isinstance(named, str):
        raise RefusedKey("kid", "kid-refused")
    return _checked(public), named


JWK_ALGORITHMS = {"P-256": "ES256", "Ed25519": "EdDSA"}


def _checked(public: object) -> PublicKey:
    """A key of one of the two sorts; raises RefusedKey."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return public
    raise RefusedKey("key", "key-of-other-sort")


def _algorithm(public: PublicKey) -> str:
    return "EdDSA" if isinstance(public, ed25519.Ed25519PublicKey) else "ES256"


def _as_jwk(public: PublicKey) -> dict[str, Any]:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return OKPAlgorithm.to_jwk(public, as_dict=True)
    return ECAlgorithm.to_jwk(public, as_dict=True)


def _as_pem(public: PublicKey) -> str:
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _note(actor: str, action: str, key: ClientKey) -> None:
    detail = {"kid": key.kid, "algorithm": key.algorithm}
    trail.append([trail.Event(actor, action, f"client-key:{key.pk}", detail)])
