"""Misconfiguration of where the keys lie."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

from siegel.vault import kek, kek_versions, recovery_sheet, signing_key
from siegel.vault.devices import keys_lie_beside_the_data
from siegel.vault.kek import KekUnavailable

KEK_UNAVAILABLE = "siegel.vault.E001"
OPEN_TO_OTHERS = "siegel.vault.E002"
SHEET_ON_DISK = "siegel.vault.W003"
SAME_DEVICE = "siegel.vault.W004"
ROTATION_UNFINISHED = "siegel.vault.W005"
SIGNING_KEY_UNAVAILABLE = "siegel.vault.E006"
TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def kek_opens(**_: Any) -> list[checks.CheckMessage]:
    """There is a key-encrypting key, and only one unless a rotation is under way."""
    try:
        versions = kek_versions.versions()
    except KekUnavailable as problem:
        hint = (
            "A new installation: siegel init. Otherwise write the keyset of your recovery sheet "
            "into that file, with the mode 0600."
        )
        return [checks.Error(str(problem), hint=hint, id=KEK_UNAVAILABLE)]
    if len(versions) == 1:
        return []
    return [
        checks.Warning(
            "A rotation of the key-encrypting key was not finished: the old key still opens.",
            hint="siegel keys rotate goes on where it was.",
            id=ROTATION_UNFINISHED,
        )
    ]


def signing_key_opens(**_: Any) -> list[checks.CheckMessage]:
    """The key that signs where the evidence ends is there, and this KEK opens it."""
    try:
        signing_key.try_to_open()
    except signing_key.SigningKeyUnavailable as problem:
        hint = (
            "A new installation: siegel init. Otherwise take the file back from a backup of the "
            "key store; until then no run of a control is recorded. If there is none: remove the "
            "file, then siegel keys rotate --signing --after-loss. What older keys signed, nobody "
            "verifies then."
        )
        return [checks.Error(str(problem), hint=hint, id=SIGNING_KEY_UNAVAILABLE)]
    return []


def only_the_owner_reads(**_: Any) -> list[checks.CheckMessage]:
    """Neither group nor others may enter the folders or read a key."""
    found = [path for path in _private_paths() if stat.S_IMODE(path.stat().st_mode) & TO_OTHERS]
    if not found:
        return []
    named = ", ".join(str(path) for path in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return [
        checks.Error(
            f"Others than the owner may read {named}{more}.",
            hint="chmod 0700 for folders, chmod 0600 for files.",
            id=OPEN_TO_OTHERS,
        )
    ]


def sheet_is_locked_away(**_: Any) -> list[checks.CheckMessage]:
    """The recovery sheet is on paper and no longer on the disk."""
    return [
        checks.Warning(
            f"The recovery sheet still lies on the disk: {sheet}.",
            hint="Print it, lock it away elsewhere, then delete the file.",
            id=SHEET_ON_DISK,
        )
        for sheet in _sheets()
        if sheet.exists()
    ]


def keys_lie_on_another_device(**_: Any) -> list[checks.CheckMessage]:
    """What a thief of the data's disk gets with it."""
    if not keys_lie_beside_the_data():
        return []
    return [
        checks.Warning(
            "SIEGEL_KEYS and SIEGEL_KEK_FILE lie on the same device as SIEGEL_DATA: copies and "
            "backups of the data folder are protected, the machine and its disk are not.",
            hint="Put the key-encrypting key on a device of its own, or encrypt the disk.",
            id=SAME_DEVICE,
        )
    ]


def _private_paths() -> Iterator[Path]:
    kek_file: Path = settings.SIEGEL_KEK_FILE
    keys: Path = settings.SIEGEL_KEYS
    candidates = [settings.SIEGEL_DATA, keys, kek_file.parent, kek_file]
    candidates += _sheets()
    yield from (path for path in candidates if path.exists())
    if keys.is_dir():
        yield from sorted(path for path in keys.iterdir() if path.is_file())


def _sheets() -> list[Path]:
    """Beside the key, and beside a link to it, where one may be from before."""
    return sorted({recovery_sheet.sheet_of(p) for p in (settings.SIEGEL_KEK_FILE, kek.file())})
