"""Each tenant's two keysets, wrapped by the KEK, as files named by an opaque id in the key store.

One is a Tink PRF (HKDF-SHA256, RFC 5869): each purpose derives a key of its own from it. The other
is a Tink streaming AEAD (AES-256-GCM-HKDF in segments of 1 MiB), which seals objects. Deleting both
files shreds the tenant wherever copies of its data lie.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tink
from django.conf import settings
from tink import json_proto_keyset_format, prf, streaming_aead

from siegel.vault import kek
from siegel.vault.private_files import write_private

prf.register()
streaming_aead.register()

# What is added to the owner's id in the name of a keyset's file, and in what it is bound to.
DERIVING, SEALING = "", "-objects"


class KeyUnavailable(Exception):
    """The tenant's keyset is missing, damaged, or wrapped for another tenant or by another KEK."""


def create(owner: str) -> None:
    """Make and store new keysets for an owner; FileExistsError when it has some already."""
    folder: Path = settings.SIEGEL_KEYS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for use, template in {
        DERIVING: prf.prf_key_templates.HKDF_SHA256,
        SEALING: streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB,
    }.items():
        wrapped = json_proto_keyset_format.serialize_encrypted(
            tink.new_keyset_handle(template), kek.wrapping_key(), _bound_to(owner, use)
        )
        write_private(_file(owner, use), wrapped)


def remove(owner: str) -> None:
    """Delete the keysets: from now on nothing of the owner can be opened again."""
    for use in (DERIVING, SEALING):
        _file(owner, use).unlink(missing_ok=True)
    _primitive.cache_clear()


def derive(owner: str, purpose: str) -> bytes:
    """The owner's 32-byte key for a purpose such as `database`; raises KeyUnavailable."""
    function: prf.Prf = _unwrapped(owner, DERIVING)
    key: bytes = function.compute(purpose.encode(), 32)
    return key


def sealing(owner: str) -> streaming_aead.StreamingAead:
    """What seals and opens the owner's objects; raises KeyUnavailable."""
    return _unwrapped(owner, SEALING)


def _unwrapped(owner: str, use: str) -> Any:
    path = _file(owner, use)
    try:
        stamp = path.stat()
        kek_stamp = settings.SIEGEL_KEK_FILE.stat()
    except OSError as error:
        raise KeyUnavailable(f"A key file for {owner} is missing: {error.filename}.") from error
    return _primitive(owner, use, path, stamp.st_mtime_ns, kek_stamp.st_mtime_ns)


_TAKE_PRIMITIVE: dict[str, Callable[[tink.KeysetHandle], Any]] = {
    DERIVING: lambda handle: handle.primitive(prf.PrfSet).primary(),
    SEALING: lambda handle: handle.primitive(streaming_aead.StreamingAead),
}


@lru_cache(maxsize=4096)
def _primitive(owner: str, use: str, path: Path, _modified: int, _kek_modified: int) -> Any:
    try:
        handle = json_proto_keyset_format.parse_encrypted(
            path.read_text(), kek.wrapping_key(), _bound_to(owner, use)
        )
        return _TAKE_PRIMITIVE[use](handle)
    except (OSError, UnicodeDecodeError, tink.TinkError, kek.KekUnavailable) as error:
        raise KeyUnavailable(f"The keyset of {owner} cannot be unwrapped.") from error


def _bound_to(owner: str, use: str) -> bytes:
    return f"siegel keyset of {owner}{use}".encode()


def _file(owner: str, use: str) -> Path:
    if not re.fullmatch(r"[a-z0-9]{1,40}", owner):
        raise ValueError("An owner is 1 to 40 small letters and digits.")
    folder: Path = settings.SIEGEL_KEYS
    return folder / f"{owner}{use}.json"
