"""How the tests of inspection ask: the kind, or the code of the refusal."""

import io

from siegel.files.inspection import inspect
from siegel.files.kinds import RefusedFile, Rules


def outcome(data: bytes, name: str = "file", rules: Rules | None = None) -> str:
    """The value of the kind that was accepted, or why it was refused."""
    try:
        return inspect(io.BytesIO(data), len(data), name, rules or Rules()).value
    except RefusedFile as refused:
        return refused.code
