"""What macOS and Windows put among the files of a folder: nobody sees it, nobody opens it."""

import re

from siegel.files import compound
from siegel.files.reading import Source
from siegel.files.texts import is_text, start_of_text

LARGEST = 1024 * 1024
# The small views of all pictures in a folder.
LARGEST_THUMBNAILS = 8 * 1024 * 1024
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
_FOLDER_VIEW = b"\x00\x00\x00\x01Bud1"
_THUMBNAILS = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db"})
_FOLDER_LOOK = re.compile(r"\[(?:\.ShellClassInfo|ViewState|LocalizedFileNames)\]", re.IGNORECASE)


def is_os_metadata(source: Source, name: str) -> bool:
    """An extended attribute (`__MACOSX/._name`), the view of a folder (`.DS_Store`,
    `desktop.ini`), or its thumbnails (`Thumbs.db`); each by its content too.
    """
    last = re.split(r"[/\\]", name)[-1]
    if last.lower() in _THUMBNAILS:
        return source.size <= LARGEST_THUMBNAILS and _is_plain_compound(source)
    if source.size > LARGEST:
        return False
    if last.lower() == "desktop.ini":
        return is_text(source) and _FOLDER_LOOK.match(start_of_text(source)) is not None
    if name.startswith("__MACOSX/") and last.startswith("._"):
        return source.at(0, 4) == _APPLE_DOUBLE
    return last == ".DS_Store" and source.at(0, 8) == _FOLDER_VIEW


def _is_plain_compound(source: Source) -> bool:
    """Neither an old document with macros nor an installer under this name."""
    is_compound = source.at(0, 8) == compound.SIGNATURE
    return is_compound and compound.refusal_of(source) == "type-not-allowed"
