"""Files that are sealed while they are written and opened while they are read.

Tink's streaming AEAD frames them (AES-256-GCM-HKDF, segments of 1 MiB; Hoang et al., Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, 2015): truncated, reordered or
foreign content does not open. `context` is bound to the file and must be the same when it is read.
"""

import contextlib
import io
import os
from pathlib import Path
from typing import BinaryIO, cast

import tink

from siegel.vault import keyring
from siegel.vault.private_files import sync_folder


class CannotBeUnsealed(Exception):
    """The file was changed, cut, moved, or is sealed under another key or for another context."""


class _File(io.FileIO):
    """Reaches the disk before it closes; Tink closes it when the last segment is written."""

    is_aborted = False

    def close(self) -> None:
        if not self.closed and not self.is_aborted:
            os.fsync(self.fileno())
        super().close()


class SealedWriter:
    """Writes one new sealed file, which exists in full after `commit` and not at all before."""

    def __init__(self, owner: str, path: Path, context: bytes) -> None:
        """Raises keyring.KeyUnavailable, FileExistsError, OSError."""
        primitive = keyring.sealing(owner)
        self._path = path
        self._file = _File(path, "xb", opener=_private)
        self._stream: BinaryIO = primitive.new_encrypting_stream(
            cast(BinaryIO, self._file), context
        )

    def write(self, data: bytes) -> None:
        """Append; raises OSError, for instance when the disk is full."""
        try:
            self._stream.write(data)
        except tink.TinkError as error:
            raise OSError("The sealed file could not be written.") from error

    def commit(self) -> None:
        """Write the last segment and wait for the disk; raises OSError, and leaves nothing then."""
        try:
            self._stream.close()
            sync_folder(self._path.parent)
        except (tink.TinkError, OSError) as error:
            self.abort()
            raise OSError("The sealed file could not be finished.") from error

    def abort(self) -> None:
        """Leave nothing behind. The sink goes first: closing the stream over an open one would
        write a last segment, and a file that was cut short would open as if it were whole."""
        self._file.is_aborted = True
        self._file.close()
        with contextlib.suppress(tink.TinkError, ValueError, OSError):
            self._stream.close()
        self._path.unlink(missing_ok=True)


class OpenedStream(io.RawIOBase):
    """A stream whose failures say that what was read is not what was sealed."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # narrower than io's
        try:
            data = self._stream.read(len(buffer))
        except (tink.TinkError, ValueError) as error:
            raise CannotBeUnsealed("A sealed file does not open.") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def open_sealed(owner: str, path: Path, context: bytes) -> BinaryIO:
    """The content as a readable stream, not seekable.

    Raises keyring.KeyUnavailable, FileNotFoundError; reading raises CannotBeUnsealed.
    """
    primitive = keyring.sealing(owner)
    stream = primitive.new_decrypting_stream(path.open("rb"), context)
    return cast(BinaryIO, OpenedStream(stream))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
