"""Rotating the installation's keys, written down in the operators' trail."""

from collections import Counter
from dataclasses import dataclass

from siegel.tenancy.operator_trail import note_operation
from siegel.vault import kek_rotation, kek_versions, signing_key
from siegel.vault.kek_rotation import Other, Progress, Rotated
from siegel.vault.kek_versions import Version, Wrapped

# What lies in the key store besides the tenants' keysets, by the name of its file: a rotation
# refuses to drop a key as long as a file is there that nobody wraps again.
OTHERS = {signing_key.FILE: Other(signing_key.try_to_open, signing_key.rewrap)}


@dataclass(frozen=True, slots=True)
class Usage:
    """A key of the KEK, and how many keysets it wraps."""

    version: Version
    keysets: int


def rotate_keys(progress: Progress) -> Rotated:
    """Rotate the KEK, or finish a rotation that was interrupted, and write it down.

    Raises vault.kek_rotation.CannotRotate, vault.kek.KekUnavailable,
    vault.signing_key.SigningKeyUnavailable, OSError.
    """
    rotated = kek_rotation.rotate(OTHERS, progress, _note_begin)
    note_operation("keys.rotated", str(rotated.version), {"keysets": rotated.keysets})
    return rotated


def rotate_signing_key() -> str:
    """Sign with a new key from now on, and write it down; returns its id.

    Written down first: a key that nobody knows about must sign nothing. Raises
    vault.signing_key.SigningKeyUnavailable, OSError.
    """
    note_operation("keys.signing-rotation-begun", "installation")
    made = signing_key.rotate()
    note_operation("keys.signing-rotated", made)
    return made


def usages() -> list[Usage]:
    """The keys of the KEK, the one in use first, with what each wraps.

    Raises vault.kek.KekUnavailable.
    """
    wrapped: Counter[int] = Counter()
    for path in kek_rotation.keyset_files():
        try:
            wrapped[Wrapped.parse(path.read_text()).by] += 1
        except (OSError, ValueError):
            continue
    return [Usage(version, wrapped[version.id]) for version in kek_versions.versions()]


def _note_begin(version: Version) -> None:
    note_operation("keys.rotation-begun", str(version))
