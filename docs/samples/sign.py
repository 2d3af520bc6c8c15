"""Signs who a customer is, for the chat on your website. Needs PyJWT with cryptography.

python sign.py private.pem KID bank.example CUSTOMER [NAME] [E-MAIL]
"""

import sys
import time
import uuid
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def token(pem: bytes, kid: str, tenant: str, customer: str, **told: str) -> str:
    """A token for one showing of one page; `told` may be `name` and `email`."""
    key = load_pem_private_key(pem, password=None)
    now = int(time.time())
    claims = {
        "aud": tenant,
        "sub": customer,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 300,
        **told,
    }
    algorithm = "EdDSA" if isinstance(key, Ed25519PrivateKey) else "ES256"
    return jwt.encode(claims, key, algorithm, headers={"kid": kid})


if __name__ == "__main__":
    file, kid, tenant, customer, *rest = sys.argv[1:]
    told = dict(zip(("name", "email"), rest, strict=False))
    sys.stdout.write(token(Path(file).read_bytes(), kid, tenant, customer, **told))
