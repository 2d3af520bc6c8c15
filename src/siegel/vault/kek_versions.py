"""The keys in the file of the KEK: one in use and, while a rotation is under way, older ones.

Tink for Python has no manager of keysets; a keyset is put together in its JSON form, in which the
file is kept anyway (https://developers.google.com/tink/design/keysets).
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

import tink
from django.conf import settings
from tink import aead, json_proto_keyset_format, secret_key_access

from siegel.vault import kek
from siegel.vault.kek import KekUnavailable

# Of a ciphertext that Tink makes: a version, then the id of the key (Tink's wire format).
PREFIX_BYTES = 5


@dataclass(frozen=True, slots=True)
class Version:
    """A key of the KEK by its id, and whether it is the one that wraps."""

    id: int
    is_primary: bool

    def __str__(self) -> str:
        return f"{self.id:08x}"


def versions() -> list[Version]:
    """The keys in the file, the one in use first; raises KekUnavailable."""
    text = stored()
    primary = primary_of(text)
    ids = [int(key["keyId"]) for key in json.loads(text)["key"]]
    ids.sort(key=lambda key: key != primary)
    return [Version(key, key == primary) for key in ids]


def stored() -> str:
    """The text of the KEK file, looked at by Tink; raises KekUnavailable."""
    path = settings.SIEGEL_KEK_FILE
    try:
        text: str = path.read_text()
        kek.opened(text)
    except OSError as error:
        raise KekUnavailable(f"The key-encrypting key {path} cannot be read.") from error
    except (UnicodeDecodeError, tink.TinkError) as error:
        raise KekUnavailable(f"{path} does not hold a key-encrypting key.") from error
    return text


def with_new_key(text: str) -> str:
    """A keyset with one more key, which is the one in use from now on; the others still unwrap."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    made = json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    old = json.loads(text)
    # Ids are random numbers of 32 bits; two equal ones in a keyset would be told apart by trying.
    made["key"] = [*made["key"], *old["key"]]
    return _checked(made)


def newest_only(text: str) -> str:
    """A keyset without the keys that are not in use."""
    keyset = json.loads(text)
    primary = keyset["primaryKeyId"]
    keyset["key"] = [key for key in keyset["key"] if key["keyId"] == primary]
    return _checked(keyset)


def primary_of(text: str) -> int:
    """The id of the key in use."""
    return int(json.loads(text)["primaryKeyId"])


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A keyset as it is stored: Tink's EncryptedKeyset in JSON, whose first field is sealed.

    Looked at from outside: to wrap it again, nobody needs to know what is in it.
    """

    fields: dict[str, Any]
    sealed: bytes

    @classmethod
    def parse(cls, text: str) -> "Wrapped":
        """Raises ValueError if it is none."""
        try:
            fields = json.loads(text)
            sealed = base64.b64decode(fields["encryptedKeyset"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("This is no wrapped keyset.") from error
        return cls(fields, sealed)

    @property
    def by(self) -> int:
        """The id of the KEK's key under which it is sealed."""
        return int.from_bytes(self.sealed[1:PREFIX_BYTES], "big")

    def is_opened_by(self, key: aead.Aead, bound_to: bytes) -> bool:
        """Whether a KEK unwraps it, for what it is bound to."""
        try:
            key.decrypt(self.sealed, bound_to)
        except tink.TinkError:
            return False
        return True

    def again(self, key: aead.Aead, bound_to: bytes) -> str:
        """The same keyset, sealed with the KEK's key in use; raises tink.TinkError."""
        sealed = key.encrypt(key.decrypt(self.sealed, bound_to), bound_to)
        text = base64.b64encode(sealed).decode()
        return json.dumps({**self.fields, "encryptedKeyset": text}, indent=2)


def _checked(keyset: dict[str, Any]) -> str:
    handle = json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)
    text: str = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return text
