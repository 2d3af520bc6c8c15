"""Which program this is: a proof counts for the very program that ran, and for no other."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import siegel

SUFFIXES = {".py", ".html"}


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and contents of the program's files below a folder, in hex."""
    digest = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)


# As it was when this process began: what is changed on the disk since is another program. In the
# form of a local version (packaging.python.org, version specifiers).
VERSION: Final = f"{siegel.__version__}+{digest_of(Path(siegel.__file__).parent)[:12]}"
