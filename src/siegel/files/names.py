"""Names of files: stored as given, shown so that they cannot deceive."""

import re
import unicodedata

from siegel.files.kinds import RefusedFile

LONGEST_NAME = 255
SUBSTITUTE = "\ufffd"
_REFUSED = re.compile(r"[\x00\ud800-\udfff]")
# Slashes pretend folders; direction marks turn "gpj.exe" around.
_DECEIVING = re.compile(
    r"[/\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def check_name(name: str) -> None:
    """Refuse a name that no file has; raises RefusedFile("name-refused").

    Slashes, line breaks and right-to-left marks pass: the name is only ever text, never a path.
    """
    visible = any(unicodedata.category(sign)[0] not in "CZ" for sign in name)
    if not visible or name.strip() in {".", ".."} or len(name) > LONGEST_NAME:
        raise RefusedFile("name-refused")
    if _REFUSED.search(name):
        raise RefusedFile("name-refused")


def shown_name(name: str) -> str:
    """The name with a visible mark for each sign that could deceive; the rest as it is."""
    return _DECEIVING.sub(SUBSTITUTE, name)
