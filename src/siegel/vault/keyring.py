"""Each tenant's two keysets, wrapped by the KEK, as files named by an opaque id in the key store.

One is a Tink PRF (HKDF-SHA256, RFC 5869): each purpose derives a key of its own from it. The other
is a Tink streaming AEAD (AES-256-GCM-HKDF in segments of 1 MiB), which seals objects. Deleting both
files shreds the tenant wherever copies of its data lie.
"""

import contextlib
import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tink
from django.conf import settings
from tink import aead, json_proto_keyset_format, prf, streaming_aead

from siegel.vault import kek
from siegel.vault.private_files import (
    locked_folder,
    make_private_folder,
    next_of,
    sync_folder,
    write_private,
)

prf.register()
streaming_aead.register()

# What is added to the owner's id in the name of a keyset's file, and in what it is bound to.
DERIVING, SEALING = "", "-objects"


class KeyUnavailable(Exception):
    """The tenant's keyset is missing, damaged, or wrapped for another tenant or by another KEK."""


def create(owner: str) -> None:
    """Make and store new keysets for an owner; FileExistsError when it has some already."""
    folder: Path = settings.SIEGEL_KEYS
    make_private_folder(folder)
    # Asked for the KEK while it is held: whoever rotates the KEK waits for what is wrapped by an
    # older one, and finds it.
    with locked_folder(folder):
        for use, template in {
            DERIVING: prf.prf_key_templates.HKDF_SHA256,
            SEALING: streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB,
        }.items():
            wrapped = wrap(tink.new_keyset_handle(template), owner, use, kek.wrapping_key())
            write_private(file_of(owner, use), wrapped)


def remove(owner: str) -> None:
    """Delete the keysets: from now on nothing of the owner can be opened again."""
    with held():
        _delete(owner)


def destroy(owner: str) -> None:
    """As `remove`, and durably: overwritten, deleted, and waited for until the disk says so.

    On most disks overwriting is no promise: copies of the key store are not reached by it.
    """
    with held():
        for use in (DERIVING, SEALING):
            with contextlib.suppress(FileNotFoundError), file_of(owner, use).open("r+b") as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
        _delete(owner)
    sync_folder(settings.SIEGEL_KEYS)


def forget_unwrapped() -> None:
    """Drop the unwrapped keys that this process keeps; those that are still there come back."""
    _primitive.cache_clear()


def derive(owner: str, purpose: str) -> bytes:
    """The owner's 32-byte key for a purpose such as `database`; raises KeyUnavailable."""
    key: bytes = _unwrapped(owner, DERIVING).compute(purpose.encode(), 32)
    return key


def derive_from(handle: tink.KeysetHandle, purpose: str) -> bytes:
    """As `derive`, from a keyset that lies in no key store yet."""
    key: bytes = primitive_of(handle, DERIVING).compute(purpose.encode(), 32)
    return key


def sealing(owner: str) -> streaming_aead.StreamingAead:
    """What seals and opens the owner's objects; raises KeyUnavailable."""
    return _unwrapped(owner, SEALING)


def opens(owner: str) -> bool:
    """Whether both keysets of an owner are there and open."""
    try:
        _unwrapped(owner, DERIVING)
        _unwrapped(owner, SEALING)
    except KeyUnavailable:
        return False
    return True


def _unwrapped(owner: str, use: str) -> Any:
    path = file_of(owner, use)
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
    return primitive_of(handle_of(owner, use), use)


def primitive_of(handle: tink.KeysetHandle, use: str) -> Any:
    """What a keyset is used as; raises tink.TinkError if it is of another kind."""
    return _TAKE_PRIMITIVE[use](handle)


def handle_of(owner: str, use: str) -> tink.KeysetHandle:
    """One of the owner's two keysets, unwrapped; raises KeyUnavailable."""
    try:
        return _handle(owner, use)
    except (OSError, UnicodeDecodeError, tink.TinkError, kek.KekUnavailable) as error:
        raise KeyUnavailable(f"The keyset of {owner} cannot be unwrapped.") from error


def wrap(handle: tink.KeysetHandle, owner: str, use: str, key: aead.Aead) -> str:
    """A keyset as it is stored: encrypted JSON, bound to its owner and its use."""
    wrapped: str = json_proto_keyset_format.serialize_encrypted(handle, key, bound_to(owner + use))
    return wrapped


def unwrap(wrapped: str, owner: str, use: str, key: aead.Aead) -> tink.KeysetHandle:
    """What `wrap` has wrapped; raises tink.TinkError."""
    return json_proto_keyset_format.parse_encrypted(wrapped, key, bound_to(owner + use))


def _handle(owner: str, use: str) -> tink.KeysetHandle:
    path = file_of(owner, use)
    wrapped = path.read_text()
    try:
        return unwrap(wrapped, owner, use, kek.wrapping_key())
    except tink.TinkError:
        # Between the two readings a rotation may have wrapped it again and dropped the old KEK.
        if (again := path.read_text()) == wrapped:
            raise
        return unwrap(again, owner, use, kek.wrapping_key())


def held() -> contextlib.AbstractContextManager[None]:
    """The key store, so that whoever re-wraps what was just read does not bring it back.

    Not to be entered again by who holds it.
    """
    folder: Path = settings.SIEGEL_KEYS
    return locked_folder(folder) if folder.is_dir() else contextlib.nullcontext()


def _delete(owner: str) -> None:
    for use in (DERIVING, SEALING):
        path = file_of(owner, use)
        path.unlink(missing_ok=True)
        next_of(path).unlink(missing_ok=True)
    _primitive.cache_clear()


def bound_to(name: str) -> bytes:
    """What a wrapped keyset is bound to: its owner and its use, which its file is named after."""
    return f"siegel keyset of {name}".encode()


def file_of(owner: str, use: str) -> Path:
    """Where a wrapped keyset lies; raises ValueError for what no owner is called."""
    if not re.fullmatch(r"[a-z0-9]{1,40}", owner):
        raise ValueError("An owner is 1 to 40 small letters and digits.")
    folder: Path = settings.SIEGEL_KEYS
    return folder / f"{owner}{use}.json"
