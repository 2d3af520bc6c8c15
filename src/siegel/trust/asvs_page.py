"""The page of ASVS requirements: how each is met, and which test shows it, as Markdown.

ASVS is OWASP's Application Security Verification Standard. Its numbers are named, its sentences
are not repeated: what a requirement asks stands here in our own words.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

SOURCE, PAGE = "asvs.toml", "asvs-authentication.md"
MET, PARTLY, GAP, NOT_APPLICABLE = "met", "partly", "gap", "not applicable"
_PREAMBLE = """\
# Signing in and sessions, by ASVS 5.0

<!-- Written by `make docs` from asvs.toml; a test compares. -->

Every requirement of the chapters V6 (authentication) and V7 (session management) of OWASP's
[Application Security Verification Standard 5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0), with
the tests that show it. Aimed at is level 3, in the default profile: the settings that a new
organisation begins with. What an organisation changes about its rules for passwords stands, with
its reason, on its own trust page. *What it asks* is our summary; the standard's own text (CC BY-SA
4.0) decides. A test compares this page with the tests that exist; it cannot say that they are
enough.
"""


class WrongRequirement(ValueError):
    """A requirement says too little, or contradicts itself."""


class Requirement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One requirement: its number and level, what it asks, and what there is.

    `tests` are pytest's node ids. With `gap` beside `met` it is met in part.
    """

    id: str
    level: int
    asks: str
    met: str = ""
    tests: tuple[str, ...] = ()
    gap: str = ""
    not_applicable: str = ""

    def __post_init__(self) -> None:
        """Raises WrongRequirement."""
        if bool(self.not_applicable) == bool(self.met or self.gap):
            raise WrongRequirement(f"{self.id} is met, has a gap, or is not applicable.")
        if bool(self.met) != bool(self.tests):
            raise WrongRequirement(f"{self.id} has a sentence without tests, or the reverse.")

    @property
    def standing(self) -> str:
        """In a word."""
        if self.not_applicable:
            return NOT_APPLICABLE
        if self.gap:
            return PARTLY if self.met else GAP
        return MET


class Section(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Requirements that belong together, such as V6.2; the title is ours."""

    id: str
    title: str
    requirements: tuple[Requirement, ...]


class _Map(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    sections: tuple[Section, ...]


def read(path: Path) -> tuple[Section, ...]:
    """The sections of a file; raises msgspec.ValidationError, which says where."""
    return msgspec.toml.decode(path.read_bytes(), type=_Map).sections


def page(sections: tuple[Section, ...]) -> str:
    """The text of the page: a count, the gaps by name, and every section."""
    listed = [each for section in sections for each in section.requirements]
    return "\n".join([
        _PREAMBLE,
        _counted(listed),
        "## What is missing\n",
        _missing(listed),
        *(_section(section) for section in sections),
    ])  # fmt: skip


def _counted(listed: list[Requirement]) -> str:
    by_level = Counter((each.level, each.standing) for each in listed)
    standings = (MET, PARTLY, GAP, NOT_APPLICABLE)
    rows = [
        (f"{level}", *(by_level[level, standing] for standing in standings))
        for level in sorted({each.level for each in listed})
    ]
    rows.append(("all", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True))))
    return _table(("level", *standings), rows)


def _missing(listed: list[Requirement]) -> str:
    rows = [(each.id, each.level, each.gap) for each in listed if each.gap]
    return _table(("id", "level", "what and why"), rows) if rows else "Nothing.\n"


def _section(section: Section) -> str:
    rows = [
        (each.id, each.level, each.asks, _there(each), _linked(each.tests))
        for each in section.requirements
    ]
    head = ("id", "level", "what it asks", "what there is", "shown by")
    return f"## V{section.id} {section.title}\n\n{_table(head, rows)}"


def _there(requirement: Requirement) -> str:
    if requirement.not_applicable:
        return f"*Not applicable:* {requirement.not_applicable}"
    gap = f"*Missing:* {requirement.gap}" if requirement.gap else ""
    return f"{requirement.met} {gap}".strip()


def _linked(tests: tuple[str, ...]) -> str:
    split = (test.split("::") for test in tests)
    return ", ".join(f"[{name.removeprefix('test_')}](../{path})" for path, name in split)


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)
