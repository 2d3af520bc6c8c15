"""What macOS puts into every archive beside the files: nobody sees it, nobody opens it."""

from siegel.files.reading import Source

LARGEST = 1024 * 1024
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
_FOLDER_VIEW = b"\x00\x00\x00\x01Bud1"


def is_macos_metadata(source: Source, name: str) -> bool:
    """An extended attribute (`__MACOSX/._name`) or the view of a folder (`.DS_Store`)."""
    last = name.rpartition("/")[2]
    if source.size > LARGEST:
        return False
    if name.startswith("__MACOSX/") and last.startswith("._"):
        return source.at(0, 4) == _APPLE_DOUBLE
    return last == ".DS_Store" and source.at(0, 8) == _FOLDER_VIEW
