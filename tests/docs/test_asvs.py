"""docs/asvs.toml names every requirement once, and tests that exist; its page is current."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from siegel.trust.asvs_page import (
    GAP,
    MET,
    NOT_APPLICABLE,
    PAGE,
    PARTLY,
    SOURCE,
    Requirement,
    Section,
    WrongRequirement,
    page,
    read,
)

ROOT = Path(__file__).parents[2]
SECTIONS = read(ROOT / "docs" / SOURCE)
ALL = [each for section in SECTIONS for each in section.requirements]
# How many each section of the standard has.
COUNTS = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2,
}  # fmt: skip
FIRST_LEVEL = {
    "6.1.1", *(f"6.2.{number}" for number in range(1, 9)), "6.3.1", "6.3.2", "6.4.1", "6.4.2",
    *(f"7.2.{number}" for number in range(1, 5)), "7.4.1", "7.4.2",
}  # fmt: skip
THIRD_LEVEL = {
    "6.3.5", "6.3.6", "6.3.7", "6.3.8", "6.4.5", "6.4.6", "6.5.6", "6.5.7", "6.5.8", "6.6.4",
    "6.7.1", "6.7.2", "7.5.3",
}  # fmt: skip


@cache
def named_in(path: Path) -> set[str]:
    """The tests that a file holds, by name; none if there is no such file."""
    if not path.is_file():
        return set()
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_requirement_stands_once_and_in_order() -> None:
    expected = [
        f"{section}.{number}" for section, count in COUNTS.items() for number in range(1, count + 1)
    ]
    assert [each.id for each in ALL] == expected
    assert Counter(number.split(".")[0] for number in expected) == {"6": 47, "7": 19}
    assert [section.id for section in SECTIONS] == list(COUNTS)
    for section in SECTIONS:
        assert all(each.id.startswith(f"{section.id}.") for each in section.requirements)


def test_every_level_is_the_standards() -> None:
    assert {each.id for each in ALL if each.level == 1} == FIRST_LEVEL
    assert {each.id for each in ALL if each.level == 3} == THIRD_LEVEL
    assert {each.level for each in ALL} == {1, 2, 3}


@pytest.mark.parametrize("requirement", ALL, ids=lambda each: each.id)
def test_every_test_exists(requirement: Requirement) -> None:
    for test in requirement.tests:
        path, _, name = test.partition("::")
        assert path.startswith("tests/"), test
        assert name in named_in(ROOT / path), test
    assert len(set(requirement.tests)) == len(requirement.tests)


@pytest.mark.parametrize("requirement", ALL, ids=lambda each: each.id)
def test_what_is_said_is_whole_sentences(requirement: Requirement) -> None:
    for text in (requirement.asks, requirement.met, requirement.gap, requirement.not_applicable):
        assert not text or text.endswith(".")
        assert "|" not in text
    assert 20 <= len(requirement.asks) <= 160
    # A reason says more than that there is one.
    assert not requirement.gap or len(requirement.gap) > 40


def test_the_page_is_current() -> None:
    """If this fails, run `make docs`."""
    assert (ROOT / "docs" / PAGE).read_text() == page(SECTIONS)


def test_gaps_are_named_on_the_page() -> None:
    text = page(SECTIONS)
    missing = text.split("## What is missing")[1].split("## V6.1")[0]
    named = [line.split(" | ")[0].removeprefix("| ") for line in missing.splitlines()[4:]]
    assert [name for name in named if name] == [each.id for each in ALL if each.gap]
    assert all(each.gap in missing for each in ALL)


def requirement(**said: object) -> Requirement:
    return Requirement(**({"id": "9.9.9", "level": 1, "asks": "Something."} | said))  # type: ignore[arg-type] # words


SHOWN = {"met": "It is.", "tests": ("tests/a/test_b.py::test_c",)}


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        (SHOWN, MET),
        (SHOWN | {"gap": "Not all of it."}, PARTLY),
        ({"gap": "Not yet."}, GAP),
        ({"not_applicable": "There is none."}, NOT_APPLICABLE),
    ],
)
def test_how_a_requirement_stands(said: dict[str, object], standing: str) -> None:
    one = requirement(**said)
    assert one.standing == standing
    text = page((Section(id="9.9", title="Other things", requirements=(one,)),))
    counts = ["1" if standing == name else "0" for name in (MET, PARTLY, GAP, NOT_APPLICABLE)]
    assert f"| 1 | {' | '.join(counts)} |\n| all | {' | '.join(counts)} |" in text
    assert "## V9.9 Other things" in text
    assert ("[c](../tests/a/test_b.py)" in text) is ("tests" in said)
    assert ("*Missing:* " in text) is ("gap" in said)
    assert ("*Not applicable:* There is none." in text) is ("not_applicable" in said)
    assert ("## What is missing\n\nNothing.\n" in text) is ("gap" not in said)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"met": "It is."},
        {"tests": ("tests/a/test_b.py::test_c",)},
        {"gap": "Not yet.", "not_applicable": "There is none."},
        SHOWN | {"not_applicable": "There is none."},
        {"gap": "Not yet.", "tests": ("tests/a/test_b.py::test_c",)},
    ],
)
def test_a_requirement_that_contradicts_itself(said: dict[str, object]) -> None:
    with pytest.raises(WrongRequirement):
        requirement(**said)


def test_a_file_that_says_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SOURCE
    path.write_text('[[sections]]\nid = "9.9"\ntitle = "x"\nrequirements = []\nmore = 1\n')
    with pytest.raises(msgspec.ValidationError):
        read(path)
