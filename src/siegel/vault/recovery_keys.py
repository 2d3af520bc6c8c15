"""The key of a sealed archive: 256 random bits that a person writes down.

55 letters and digits without those that are mistaken for one another (base32, RFC 4648); the last
of them are for noticing a slip of the pen.
"""

import base64
import hashlib
import json
import secrets
import textwrap

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

aead.register()
BYTES = 32
CHECK_BYTES = 2
GROUP = 4


class NotARecoveryKey(ValueError):
    """A text is none, or has a slip of the pen in it."""


class RecoveryKey:
    """A key that is printed once and kept nowhere else."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> "RecoveryKey":
        return cls(secrets.token_bytes(BYTES))

    @classmethod
    def parse(cls, text: str) -> "RecoveryKey":
        """A key as `text` writes it, in any case and spacing; raises NotARecoveryKey."""
        signs = "".join(text.upper().replace("-", " ").split())
        try:
            raw = base64.b32decode(signs + "=" * (-len(signs) % 8))
        except ValueError:
            raw = b""
        key, check = raw[:BYTES], raw[BYTES:]
        if len(key) != BYTES or check != _check(key):
            raise NotARecoveryKey("This is not the key of an archive, or a sign of it is wrong.")
        return cls(key)

    def text(self) -> str:
        """How it is printed: groups of four signs."""
        signs = base64.b32encode(self._key + _check(self._key)).decode().rstrip("=")
        return "-".join(textwrap.wrap(signs, GROUP))

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that name the key and tell nothing of it."""
        return hashlib.sha256(b"siegel recovery key\n" + self._key).hexdigest()[:16]

    def aead(self) -> aead.Aead:
        """AES-256-GCM under the key itself."""
        # AesGcmKey in protocol buffers: field 3, 32 bytes.
        value = base64.b64encode(b"\x1a\x20" + self._key).decode()
        keyset = {
            "primaryKeyId": 1,
            "key": [
                {
                    "keyData": {
                        "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmKey",
                        "value": value,
                        "keyMaterialType": "SYMMETRIC",
                    },
                    "status": "ENABLED",
                    "keyId": 1,
                    "outputPrefixType": "RAW",
                }
            ],
        }
        handle: tink.KeysetHandle = json_proto_keyset_format.parse(
            json.dumps(keyset), secret_key_access.TOKEN
        )
        return handle.primitive(aead.Aead)


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"siegel recovery key check\n" + key).digest()[:CHECK_BYTES]
