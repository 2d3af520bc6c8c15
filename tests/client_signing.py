"""An organisation's website, as far as it signs who its customers are."""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from siegel.identity.client_keys import add_key
from siegel.identity.models import ClientKey
from siegel.tenancy.context import serving
from tests.cast import Organisation

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def pem_of(private: Private) -> str:
    """The public half, as people paste it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def secret_pem_of(private: Private) -> str:
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, form, none).decode()


@dataclass
class Website:
    """Signs for an organisation with one key."""

    organisation: Organisation
    kid: str = "website-1"
    private: Private = field(default_factory=ed25519.Ed25519PrivateKey.generate)

    @property
    def algorithm(self) -> str:
        return "EdDSA" if isinstance(self.private, ed25519.Ed25519PrivateKey) else "ES256"

    def known(self, **validity: Any) -> ClientKey:
        """Have the organisation accept the key."""
        bank = self.organisation
        with serving(bank.tenant):
            text = pem_of(self.private)
            return add_key(bank.mia, name="Website", text=text, kid=self.kid, **validity)

    def claims(self, subject: Any = "4711", **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "aud": self.organisation.host,
            "sub": subject,
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + 300,
        } | changed
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, subject: Any = "4711", **changed: Any) -> str:
        """A token; a claim that is `...` is left out."""
        headers = {"kid": self.kid}
        claims = self.claims(subject, **changed)
        return jwt.api_jws.encode(
            json.dumps(claims).encode(),
            self.private,
            self.algorithm,
            headers=headers,
        )
