"""Short texts that are sealed on their way into a database: seeds, credentials.

Tink's streaming AEAD frames them as it does files; `context` is bound to the text and must be the
same when it is opened, so that nothing sealed for one thing opens as another.
"""

import base64
import io
from typing import BinaryIO, cast

import tink

from siegel.vault import keyring
from siegel.vault.sealed_streams import CannotBeUnsealed


class _Kept(io.BytesIO):
    """What was written is still there when Tink has closed it."""

    content = b""

    def close(self) -> None:
        self.content = self.getvalue()
        super().close()


def seal_text(owner: str, text: str, context: str) -> str:
    """A text as only its owner's keyset opens it, in base64; raises keyring.KeyUnavailable."""
    sink = _Kept()
    stream = keyring.sealing(owner).new_encrypting_stream(cast(BinaryIO, sink), context.encode())
    with stream:
        stream.write(text.encode())
    return base64.b64encode(sink.content).decode()


def open_text(owner: str, sealed: str, context: str) -> str:
    """What was sealed; raises CannotBeUnsealed, keyring.KeyUnavailable."""
    try:
        source = io.BytesIO(base64.b64decode(sealed, validate=True))
        primitive = keyring.sealing(owner)
        with primitive.new_decrypting_stream(cast(BinaryIO, source), context.encode()) as stream:
            return cast(bytes, stream.read()).decode()
    except (tink.TinkError, ValueError) as error:
        raise CannotBeUnsealed("A sealed text does not open.") from error
