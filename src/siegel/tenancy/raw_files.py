"""Reading the bytes of live databases, in a process that has none of them open.

Whoever closes a file loses all locks that its process has on it, SQLite's as well (fcntl(2);
https://sqlite.org/howtocorrupt.html, 2.2). The next process to close the database would take
itself for the last one and remove the log into which the first one goes on writing.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

CHUNK = 1024 * 1024


def holding(paths: Iterable[Path], *texts: bytes) -> list[Path]:
    """The files that hold one of the texts anywhere; what is gone meanwhile holds nothing."""
    asked = list(paths)
    answers = _ask(asked, {"texts": [text.hex() for text in texts]})
    return [path for path, held in zip(asked, answers, strict=True) if held]


def beginnings(paths: Iterable[Path], size: int) -> dict[Path, bytes]:
    """The first bytes of each file, at most `size`; without what is gone meanwhile."""
    asked = list(paths)
    answers = _ask(asked, {"size": size})
    found = zip(asked, answers, strict=True)
    return {path: bytes.fromhex(begins) for path, begins in found if begins is not None}


def _ask(paths: Sequence[Path], question: dict[str, Any]) -> list[Any]:
    asked = json.dumps(question | {"paths": [str(path) for path in paths]})
    done = subprocess.run(
        [sys.executable, "-I", __file__], input=asked, capture_output=True, text=True, check=True
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def _answer(path: str, question: dict[str, Any]) -> Any:
    try:
        with Path(path).open("rb") as file:
            if "size" in question:
                return file.read(question["size"]).hex()
            return _holds(file, [bytes.fromhex(text) for text in question["texts"]])
    except FileNotFoundError:
        return None


def _holds(file: Any, texts: Sequence[bytes]) -> bool:
    """In any chunk or across two."""
    longest = max(map(len, texts))
    tail = b""
    while chunk := file.read(CHUNK):
        if any(text in tail + chunk for text in texts):
            return True
        tail = (tail + chunk)[-longest:]
    return False


def _main() -> None:
    question = json.load(sys.stdin)
    json.dump([_answer(path, question) for path in question["paths"]], sys.stdout)


if __name__ == "__main__":  # pragma: no cover - in a process of its own
    _main()
