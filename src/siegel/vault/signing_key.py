"""The installation's Ed25519 keys (RFC 8032), with which it signs where its evidence ends.

One JSON file beside the tenants' keysets: public keys readable, the private one in use sealed by
the KEK and bound to its purpose. A retired key keeps its public half only, so that what it signed
can still be verified, and nothing more be signed with it.
"""

import base64
import binascii
import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import tink
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from tink import aead

from siegel.vault import kek
from siegel.vault.private_files import locked_folder, make_private_folder, replace_private

FILE = "installation-signing.json"
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


class SigningKeyUnavailable(Exception):
    """The signing key is missing, damaged, sealed by another KEK, or not for this process."""


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    """A key as it is stored; both texts are base64, `sealed` is empty once it is retired."""

    id: str
    public: str
    made: dt.datetime
    sealed: str = ""

    def __repr__(self) -> str:
        return f"<signing key {self.id}>"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies: `id` is the first 16 hex digits of the SHA-256 of the 32 raw bytes."""

    id: str
    raw: bytes
    is_retired: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature in base64, and whose it is."""

    key: str
    text: str


class _ThisProcess:
    """Whether this process may sign: what runs checks may not."""

    may_sign = True


def ensure() -> str:
    """Make the key unless there is one; returns the id of the one in use.

    Raises SigningKeyUnavailable.
    """
    with _one_at_a_time():
        path = _path()
        if not path.exists():
            _store([_new()])
        return _in_use(_stored()).id


def rotate() -> str:
    """Make a new key and retire the one in use; returns the new id. Raises SigningKeyUnavailable.

    The private half of the old one is gone afterwards. Of a file that was lost nothing is kept.
    """
    with _one_at_a_time():
        old = _stored() if _path().exists() else []
        for key in old:
            key.sealed = ""
        _store([_new(), *old])
        return _in_use(_stored()).id


def rewrap() -> None:
    """Seal the key again with the KEK's present primary key; raises SigningKeyUnavailable."""
    with _one_at_a_time():
        keys = _stored()
        key = _in_use(keys)
        key.sealed = _seal(_private(key), key.id)
        _store(keys)


def sign(message: bytes) -> Signature:
    """Sign with the key in use; raises SigningKeyUnavailable."""
    if not _ThisProcess.may_sign:
        raise SigningKeyUnavailable("This process may not sign.")
    key = _in_use(_stored())
    signed = Ed25519PrivateKey.from_private_bytes(_private(key)).sign(message)
    return Signature(key.id, base64.b64encode(signed).decode())


def try_to_open(with_kek: aead.Aead | None = None) -> None:
    """Whether it could sign, without signing; also with another KEK than the present one.

    Raises SigningKeyUnavailable.
    """
    _private(_in_use(_stored()), with_kek)


def key_in_use() -> str:
    """The id of the key that `sign` signs with; raises SigningKeyUnavailable."""
    return _in_use(_stored()).id


def refuse_here() -> None:
    """Never sign in this process again."""
    _ThisProcess.may_sign = False


def public_keys() -> list[PublicKey]:
    """All keys this installation ever signed with, the newest first.

    Raises SigningKeyUnavailable; needs no KEK.
    """
    return [PublicKey(key.id, base64.b64decode(key.public), not key.sealed) for key in _stored()]


def is_signed(message: bytes, signature: Signature, keys: list[PublicKey]) -> bool:
    """Whether one of the keys made this signature of the message."""
    named = next((key for key in keys if key.id == signature.key), None)
    if named is None:
        return False
    try:
        signed = base64.b64decode(signature.text, validate=True)
        Ed25519PublicKey.from_public_bytes(named.raw).verify(signed, message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _path() -> Path:
    folder: Path = settings.SIEGEL_KEYS
    return folder / FILE


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the folder of the keys: of two first starts, one makes the key."""
    folder = _path().parent
    make_private_folder(folder)
    with locked_folder(folder):
        yield


def _new() -> _Key:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(*_RAW)
    name = hashlib.sha256(public).hexdigest()[:16]
    raw = private.private_bytes(
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    return _Key(
        id=name,
        public=base64.b64encode(public).decode(),
        made=dt.datetime.now(dt.UTC),
        sealed=_seal(raw, name),
    )


def _seal(private: bytes, name: str) -> str:
    try:
        return base64.b64encode(kek.wrapping_key().encrypt(private, _bound_to(name))).decode()
    except (tink.TinkError, kek.KekUnavailable) as error:
        raise SigningKeyUnavailable("The signing key cannot be sealed.") from error


def _private(key: _Key, with_kek: aead.Aead | None = None) -> bytes:
    try:
        sealed = base64.b64decode(key.sealed, validate=True)
        private: bytes = (with_kek or kek.wrapping_key()).decrypt(sealed, _bound_to(key.id))
    except (tink.TinkError, kek.KekUnavailable, binascii.Error) as error:
        raise SigningKeyUnavailable(f"The signing key {key.id} cannot be unsealed.") from error
    return private


def _bound_to(name: str) -> bytes:
    return f"siegel signing key of the installation {name}".encode()


def _stored() -> list[_Key]:
    path = _path()
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[_Key])
        if all(_is_named_after_itself(key) for key in keys):
            return keys
    except (OSError, ValueError) as error:
        raise SigningKeyUnavailable(f"{path} does not hold the signing key.") from error
    raise SigningKeyUnavailable(f"{path} holds a key under another one's name.")


def _is_named_after_itself(key: _Key) -> bool:
    public = base64.b64decode(key.public, validate=True)
    return len(public) == 32 and hashlib.sha256(public).hexdigest()[:16] == key.id


def _in_use(keys: list[_Key]) -> _Key:
    for key in keys:
        if key.sealed:
            return key
    raise SigningKeyUnavailable(f"{_path()} holds no key to sign with.")


def _store(keys: list[_Key]) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one."""
    replace_private({_path(): msgspec.json.encode(keys).decode()})
