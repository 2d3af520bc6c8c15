"""Places in the program's files where a text could become a part of a page without escaping."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from siegel.trust.checks.sources import lines_with

TEMPLATES = ("|safe", "| safe", "autoescape off", "safeseq")
PYTHON = ("mark_safe", "SafeString", "SafeData", "format_html", "__html__", "autoescape=False")
SCRIPTS = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment",
    "setHTMLUnsafe", "parseHTMLUnsafe", "srcdoc", "eval(", "new Function",
)  # fmt: skip
WORDS = {".html": TEMPLATES, ".py": PYTHON, ".js": SCRIPTS}
# This file names them all.
OWN = "trust/checks/unescaped.py"


class Known(NamedTuple):
    """A place that was looked at: its file, what stands on its line, and why it is harmless."""

    file: str
    text: str
    reason: str


KNOWN = (
    Known(
        "templates/desk/desk.html",
        '"<kbd>J</kbd> <kbd>K</kbd>"|safe',
        "a constant of the template's own, for the names of two keys",
    ),
)


def unescaped(files: Mapping[str, str]) -> Iterator[str]:
    """The places, as `file: line`, that are not on the list."""
    for suffix, words in WORDS.items():
        of_kind = {name: text for name, text in files.items() if name.endswith(suffix)}
        of_kind.pop(OWN, None)
        for name, word, line in lines_with(of_kind, *words):
            rest = line
            for known in KNOWN:
                if known.file == name:
                    rest = rest.replace(known.text, "")
            if word in rest:
                # A bundle is a single line.
                yield f"{name}: {word}"
