"""A security key in Python, as a browser would speak to it: it signs what it is given."""

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SecurityKey:
    """One credential for one host; `counter` goes up with each use unless it is held at 0."""

    def __init__(self, host: str, *, counts: bool = True) -> None:
        self.host = host
        self.counts = counts
        self.counter = 0
        self.verifies = True
        self.origin = f"https://{host}"
        self.user_handle = b""
        self._private = ec.generate_private_key(ec.SECP256R1())
        public = ES256.from_cryptography_key(self._private.public_key())  # type: ignore[no-untyped-call]
        self.credential = AttestedCredentialData.create(Aaguid.NONE, os.urandom(16), public)

    def make(self, options: dict[str, Any]) -> str:
        """The answer to what `navigator.credentials.create` is given."""
        self.user_handle = _bytes(options["publicKey"]["user"]["id"])
        client_data = self._client_data("webauthn.create", options)
        attested = AttestationObject.create("none", AuthenticatorData(self._data(ATTESTED)), {})
        return self._answer(clientDataJSON=client_data, attestationObject=bytes(attested))

    def answer(self, options: dict[str, Any], user_handle: bytes | None = None) -> str:
        """The answer to what `navigator.credentials.get` is given."""
        self.counter += int(self.counts)
        client_data, data = self._client_data("webauthn.get", options), self._data(0)
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=self._private.sign(signed, ec.ECDSA(SHA256())),
            userHandle=self.user_handle if user_handle is None else user_handle,
        )

    def _data(self, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        rp = hashlib.sha256(self.host.encode()).digest()
        credential = self.credential if flags & ATTESTED else b""
        return bytes(
            AuthenticatorData.create(rp, AuthenticatorData.FLAG(flags), self.counter, credential)
        )

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, **response: bytes) -> str:
        identifier = _text(self.credential.credential_id)
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": {name: _text(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )


def made_credential() -> str:
    """A credential as it is stored, before it is sealed."""
    return base64.b64encode(SecurityKey("bank.test").credential).decode()


def options_in(page: bytes) -> dict[str, Any]:
    """What a page tells the browser's part of WebAuthn."""
    begin = page.index(b'id="passkey-options"')
    text = page[page.index(b">", begin) + 1 : page.index(b"</script>", begin)]
    options: dict[str, Any] = json.loads(text)
    return options


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
