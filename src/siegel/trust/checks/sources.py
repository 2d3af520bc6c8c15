"""The program's own files, as they are installed: what a check reads instead of believing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import siegel

ROOT = Path(siegel.__file__).parent
# Front-end bundles are compressed for browsers beside the originals, and mapped for tools.
SUFFIXES = {".py", ".html", ".js"}


def sources() -> dict[str, str]:
    """Every file of Python, every template and every script, by its path below the package."""
    found = (path for path in sorted(ROOT.rglob("*")) if path.suffix in SUFFIXES)
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in found}


def lines_with(files: Mapping[str, str], *words: str) -> Iterator[tuple[str, str, str]]:
    """Where any of the words stands: the file, the word, and the line without its margins."""
    for name, text in files.items():
        for word in [word for word in words if word in text]:
            found = (line.strip() for line in text.splitlines() if word in line)
            yield from ((name, word, line) for line in found)
