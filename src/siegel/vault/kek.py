"""The key-encrypting key (KEK): one Tink keyset in a file outside data and backups.

Whoever loses it loses every tenant's data at once, hence the recovery sheet beside it from the
first start. `vault` here is this package; it has nothing to do with the product of that name.
"""

from functools import lru_cache
from pathlib import Path

import tink
from django.conf import settings
from tink import aead, json_proto_keyset_format, secret_key_access

from siegel.vault import recovery_sheet
from siegel.vault.private_files import locked_folder, make_private_folder, replace_private

aead.register()


class KekUnavailable(Exception):
    """The KEK file is missing, unreadable or not a keyset."""


def ensure() -> Path | None:
    """Create the KEK and its recovery sheet unless a KEK exists.

    Returns the path of a sheet that was written now, else None. Raises KekUnavailable when
    wrapped keys exist but the KEK does not: a new one would hide that all data is locked.
    """
    path = file()
    if path.exists():
        return None
    link: Path = settings.SIEGEL_KEK_FILE
    if link.is_symlink():
        raise KekUnavailable(f"{link} leads to {path}, which is missing. Nothing was changed.")
    make_private_folder(path.parent)
    # Of two processes that start at the same time, one makes the key and its sheet.
    with locked_folder(path.parent):
        return None if path.exists() else _create(path)


def file() -> Path:
    """The file itself, also where SIEGEL_KEK_FILE is a link to it on another disk.

    Replacing the link would bring the key from that disk to this one.
    """
    named: Path = settings.SIEGEL_KEK_FILE
    return named.resolve()


def _create(path: Path) -> Path:
    keys: Path = settings.SIEGEL_KEYS
    if keys.is_dir() and any(keys.iterdir()):
        raise KekUnavailable(
            f"{path} is missing, yet keys wrapped with it lie in {keys}. "
            "Nothing was changed. Write the keyset of your recovery sheet into that file "
            "(mode 0600)."
        )
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    keyset = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    # The sheet first: a key without its sheet would never get one.
    sheet = recovery_sheet.write(path, keyset)
    # In one step: half a key would stand in the way of every further start.
    replace_private({path: keyset})
    return sheet


def wrapping_key() -> aead.Aead:
    """The AEAD (AES-256-GCM) that wraps tenants' keysets; raises KekUnavailable."""
    path: Path = settings.SIEGEL_KEK_FILE
    try:
        stamp = path.stat()
    except OSError as error:
        raise KekUnavailable(f"The key-encrypting key {path} cannot be read.") from error
    return _load(path, stamp.st_mtime_ns, stamp.st_ino)


@lru_cache(maxsize=2)
def _load(path: Path, _modified: int, _inode: int) -> aead.Aead:
    try:
        return opened(path.read_text())
    except (OSError, UnicodeDecodeError, tink.TinkError) as error:
        raise KekUnavailable(f"{path} does not hold a key-encrypting key.") from error


def opened(text: str) -> aead.Aead:
    """What wraps and unwraps with a keyset in Tink's JSON form; raises tink.TinkError."""
    handle = json_proto_keyset_format.parse(text, secret_key_access.TOKEN)
    return handle.primitive(aead.Aead)
