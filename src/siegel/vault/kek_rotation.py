"""A new key-encrypting key, under which everything is wrapped again while it is in use.

1. The sheet, then the KEK file, gets a new key beside the old one: both unwrap, the new one wraps.
2. Every keyset in the key store is wrapped again, each file replaced in one step.
3. When everything opens with the new key alone, the sheet, then the KEK file, drops the old one.

At every moment the KEK file opens every keyset, and so does the sheet beside it. Whoever is killed
is followed by another run, which goes on where the KEK file shows it is.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from tink import aead

from siegel.vault import kek, kek_versions, keyring, recovery_sheet
from siegel.vault.kek_versions import Version, Wrapped
from siegel.vault.private_files import NEXT, locked_folder, replace_private

KEYSET = re.compile(r"([a-z0-9]{1,40}(?:-objects)?)\.json")
TOGETHER = 500
Progress = Callable[[int, int], None]


class CannotRotate(Exception):
    """Something is in the way; the message names it, and nothing was dropped."""


@dataclass(frozen=True, slots=True)
class Other:
    """Something else in the key store: both raise an exception of their own if it cannot be."""

    look_whether_opens: Callable[[aead.Aead], None]
    wrap_again: Callable[[], None]


# By the names of their files.
Others = Mapping[str, Other]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: the new key's id, how many keysets there are, where the sheet lies."""

    version: Version
    keysets: int
    sheet: Path
    was_resumed: bool


def is_under_way() -> bool:
    """Whether a rotation has begun that nobody has finished; raises KekUnavailable."""
    return len(kek_versions.versions()) > 1


def rotate(others: Others, progress: Progress, begin: Callable[[Version], None]) -> Rotated:
    """Make a new KEK and wrap everything with it, or finish what another run has begun.

    `progress` is given how many keysets are done, and how many there are. `begin` is given the new
    key before it is written anywhere. Raises CannotRotate, KekUnavailable, OSError, and what
    `others` raise.
    """
    kek_file = kek.file()
    with locked_folder(kek_file.parent):
        text = kek_versions.stored()
        _look_at_everything(kek.opened(text), others)
        was_resumed = is_under_way()
        if not was_resumed:
            text = kek_versions.with_new_key(text)
            begin(_primary(text))
            _keep(kek_file, text)
        _wrap_again(text, progress)
        for other in others.values():
            other.wrap_again()
        alone = kek_versions.newest_only(text)
        keysets = _look_at_everything(kek.opened(alone), others)
        sheet = _keep(kek_file, alone)
    return Rotated(_primary(alone), keysets, sheet, was_resumed)


def keyset_files() -> list[Path]:
    """The files of all tenants' wrapped keysets."""
    return [path for path in _files() if KEYSET.fullmatch(path.name)]


def _keep(kek_file: Path, text: str) -> Path:
    """The sheet first: a key without its sheet would never get one."""
    sheet = recovery_sheet.write(kek_file, text)
    replace_private({kek_file: text})
    return sheet


def _primary(text: str) -> Version:
    return Version(kek_versions.primary_of(text), is_primary=True)


def _look_at_everything(key: aead.Aead, others: Others) -> int:
    """How many keysets there are; raises CannotRotate unless this key opens every one."""
    unknown = [
        path.name
        for path in _files()
        if not KEYSET.fullmatch(path.name) and path.name not in others
    ]
    if unknown:
        raise CannotRotate(
            f"Nobody knows how to wrap this again, in {settings.SIEGEL_KEYS}: "
            f"{_some(unknown)}. No key was dropped. Move it elsewhere, and begin again."
        )
    found = keyset_files()
    locked = [path.name for path in found if not _opens(path, key)]
    if locked:
        raise CannotRotate(
            f"This key-encrypting key does not open {_some(locked)} in {settings.SIEGEL_KEYS}. "
            "No key was dropped. Bring these files back from a backup, or move them elsewhere if "
            "their tenants are gone, and begin again."
        )
    for other in others.values():
        other.look_whether_opens(key)
    return len(found)


def _wrap_again(text: str, progress: Progress) -> None:
    key, primary = kek.opened(text), kek_versions.primary_of(text)
    # Held: whoever has asked for the KEK before it had its new key has stored its keysets then.
    with keyring.held():
        found = keyset_files()
    done = 0
    progress(0, len(found))
    for batch in _batches(found):
        # Held, so that what a tenant leaves behind meanwhile is not written again.
        with keyring.held():
            replace_private(dict(_wrapped_again(batch, key, primary)))
        done += len(batch)
        progress(done, len(found))


def _wrapped_again(paths: list[Path], key: aead.Aead, primary: int) -> Iterator[tuple[Path, str]]:
    for path in paths:
        try:
            wrapped = Wrapped.parse(path.read_text())
        except FileNotFoundError:  # Its tenant is gone.
            continue
        if wrapped.by != primary:
            yield path, wrapped.again(key, keyring.bound_to(path.stem))


def _opens(path: Path, key: aead.Aead) -> bool:
    try:
        return Wrapped.parse(path.read_text()).is_opened_by(key, keyring.bound_to(path.stem))
    except FileNotFoundError:
        return True
    except ValueError:
        return False


def _files() -> list[Path]:
    folder: Path = settings.SIEGEL_KEYS
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix != NEXT)


def _batches(paths: list[Path]) -> Iterator[list[Path]]:
    rest = iter(paths)
    while batch := list(itertools.islice(rest, TOGETHER)):
        yield batch


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
