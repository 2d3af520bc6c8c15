"""Each tenant's keyset, wrapped by the KEK, as one file per opaque id in the key store.

The keyset is a Tink PRF (HKDF-SHA256, RFC 5869): each purpose derives a key of its own from it.
Deleting the file shreds the tenant wherever copies of its data lie.
"""

import re
from functools import lru_cache
from pathlib import Path

import tink
from django.conf import settings
from tink import json_proto_keyset_format, prf

from siegel.vault import kek
from siegel.vault.private_files import write_private

prf.register()


class KeyUnavailable(Exception):
    """The tenant's keyset is missing, damaged, or wrapped for another tenant or by another KEK."""


def create(owner: str) -> None:
    """Make and store a new keyset for an owner; FileExistsError when it has one already."""
    handle = tink.new_keyset_handle(prf.prf_key_templates.HKDF_SHA256)
    wrapped = json_proto_keyset_format.serialize_encrypted(
        handle, kek.wrapping_key(), _bound_to(owner)
    )
    folder: Path = settings.SIEGEL_KEYS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(_file(owner), wrapped)


def remove(owner: str) -> None:
    """Delete the keyset: from now on nothing of the owner can be opened again."""
    _file(owner).unlink(missing_ok=True)
    _prf.cache_clear()


def derive(owner: str, purpose: str) -> bytes:
    """The owner's 32-byte key for a purpose such as `database`; raises KeyUnavailable."""
    path = _file(owner)
    try:
        stamp = path.stat()
        kek_stamp = settings.SIEGEL_KEK_FILE.stat()
    except OSError as error:
        raise KeyUnavailable(f"A key file for {owner} is missing: {error.filename}.") from error
    function = _prf(owner, path, stamp.st_mtime_ns, kek_stamp.st_mtime_ns)
    key: bytes = function.compute(purpose.encode(), 32)
    return key


@lru_cache(maxsize=4096)
def _prf(owner: str, path: Path, _modified: int, _kek_modified: int) -> prf.Prf:
    try:
        handle = json_proto_keyset_format.parse_encrypted(
            path.read_text(), kek.wrapping_key(), _bound_to(owner)
        )
        return handle.primitive(prf.PrfSet).primary()
    except (OSError, UnicodeDecodeError, tink.TinkError, kek.KekUnavailable) as error:
        raise KeyUnavailable(f"The keyset of {owner} cannot be unwrapped.") from error


def _bound_to(owner: str) -> bytes:
    return f"siegel keyset of {owner}".encode()


def _file(owner: str) -> Path:
    if not re.fullmatch(r"[a-z0-9]{1,40}", owner):
        raise ValueError("An owner is 1 to 40 small letters and digits.")
    folder: Path = settings.SIEGEL_KEYS
    return folder / f"{owner}.json"
