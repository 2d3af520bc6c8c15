"""A tenant's two keysets on their way to another installation, wrapped by another key."""

from collections.abc import Mapping
from typing import Any

import tink
from django.conf import settings
from tink import aead

from siegel.vault import kek, keyring
from siegel.vault.keyring import DERIVING, SEALING, KeyUnavailable
from siegel.vault.private_files import locked_folder, make_private_folder, write_private

# The names of both in an archive.
USES = {"deriving": DERIVING, "sealing": SEALING}


class TravellingKeys:
    """Unwrapped keysets of one owner, which lie in no key store yet."""

    def __init__(self, owner: str, handles: Mapping[str, Any]) -> None:
        self.owner = owner
        self._handles = dict(handles)

    @classmethod
    def of(cls, owner: str) -> "TravellingKeys":
        """Those in the key store; raises KeyUnavailable."""
        return cls(owner, {name: keyring.handle_of(owner, use) for name, use in USES.items()})

    @classmethod
    def unwrap(cls, owner: str, wrapped: Mapping[str, str], key: aead.Aead) -> "TravellingKeys":
        """Those that `wrap` has returned; raises KeyUnavailable if they were changed, or are keys
        of another kind."""
        try:
            handles = {
                name: keyring.unwrap(wrapped[name], owner, use, key) for name, use in USES.items()
            }
            for name, use in USES.items():
                keyring.primitive_of(handles[name], use)
        except (KeyError, TypeError, tink.TinkError) as error:
            raise KeyUnavailable(f"The keysets of {owner} cannot be unwrapped.") from error
        return cls(owner, handles)

    def wrap(self, key: aead.Aead) -> dict[str, str]:
        """Both as encrypted JSON, by their names."""
        return {
            name: keyring.wrap(handle, self.owner, USES[name], key)
            for name, handle in self._handles.items()
        }

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key that `keyring.derive` will give."""
        return keyring.derive_from(self._handles["deriving"], purpose)

    def store(self) -> None:
        """Put them into the key store, wrapped by the KEK there.

        Raises FileExistsError if the owner has some already, KekUnavailable.
        """
        make_private_folder(settings.SIEGEL_KEYS)
        # Held as in keyring.create: whoever rotates the KEK finds them.
        with locked_folder(settings.SIEGEL_KEYS):
            for name, use in USES.items():
                wrapped = keyring.wrap(self._handles[name], self.owner, use, kek.wrapping_key())
                write_private(keyring.file_of(self.owner, use), wrapped)
