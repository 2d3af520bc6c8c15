"""docs/controls is what the claims say: a page for each, no other, nothing edited by hand."""

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest

from siegel.claims.control import Claim, Control, Finding, Kind, Scope, Text
from siegel.claims.headings import HEADINGS
from siegel.trust.control_pages import INDEX, pages, registered, write
from siegel.trust.discovery import all_controls

FOLDER = Path(__file__).parents[2] / "docs" / "controls"
CLAIMS = registered()
WAITING = Claim(
    id="x-test",
    claim=Text("Es gilt.", "It holds."),
    falsifier=Text("Es gilt nicht.", "It does not hold."),
    kind=Kind.OPERATIONAL,
    scope=Scope.TENANT,
    max_age=dt.timedelta(hours=26),
    meaning="It holds here, not elsewhere.",
    checking="Looks. Canary: hides it.",
    breaking="Take it away.",
    remedy="Put it back.",
)


def test_the_folder_is_what_is_written() -> None:
    """If this fails, run `make docs`."""
    there = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert sorted(there) == sorted(pages(CLAIMS))
    assert there == pages(CLAIMS)


def test_each_claim_has_its_page_and_its_line_of_the_index() -> None:
    named = {claim.id for claim in CLAIMS}
    assert named == {path.stem for path in FOLDER.glob("*.md")} - {Path(INDEX).stem}
    lines = re.findall(r"^\| \[(.*?)\]\(\1\.md\)", (FOLDER / INDEX).read_text(), re.MULTILINE)
    assert sorted(lines) == sorted(named)
    assert {control.id for control in all_controls()} < named


def test_no_claim_stands_twice() -> None:
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_a_claim_must_say(claim: Claim) -> None:
    for text in (claim.claim, claim.falsifier):
        assert text.de != text.en
        assert re.fullmatch(r"[^\n]+\.", text.de)
        assert re.fullmatch(r"[^\n]+\.", text.en)
        assert not re.search(r"!|\s{2}", text.de + text.en)
    assert len(claim.claim.de) <= 160
    assert len(claim.claim.en) <= 160
    assert dt.timedelta(0) < claim.max_age <= dt.timedelta(days=32)
    look, canary = claim.checking.split("Canary: ")
    for words in (look, canary, claim.meaning, claim.breaking, claim.remedy):
        assert re.fullmatch(r"[^\n]+\.", words.strip())


def test_a_page_tells_all_of_a_claim() -> None:
    text = pages([WAITING])["x-test.md"]
    for words in (
        "# x-test\n", "> Es gilt.\n", "> It holds.\n", "Es gilt nicht.", "It does not hold.",
        "| kind | operational |", "| scope | tenant |", "| a proof counts for | 26 hours |",
        "| state | not built yet |", "It holds here, not elsewhere.",
        "## How it will be checked\n\nLooks.\n", "**Canary.** Hides it.\n", "Take it away.",
        "Put it back.",
    ):  # fmt: skip
        assert words in text


def test_a_page_tells_that_a_program_checks() -> None:
    described = {field.name: getattr(WAITING, field.name) for field in dataclasses.fields(WAITING)}
    finding = Finding(1, Text("eines", "one"))
    control = Control(**described, check=lambda: finding, canary=lambda: finding)
    written = pages([control])
    assert "| state | checked by `siegel controls run x-test` |" in written["x-test.md"]
    assert "## How it is checked" in written["x-test.md"]
    assert "1 of 1 claims have a check." in written[INDEX]
    assert "| [x-test](x-test.md) | It holds. | operational | yes |" in written[INDEX]


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (dt.timedelta(hours=1), "1 hour"),
        (dt.timedelta(hours=24), "1 day"),
        (dt.timedelta(hours=26), "26 hours"),
        (dt.timedelta(days=8), "8 days"),
    ],
)
def test_for_how_long_a_proof_counts(age: dt.timedelta, told: str) -> None:
    text = pages([dataclasses.replace(WAITING, max_age=age)])["x-test.md"]
    assert f"| a proof counts for | {told} |" in text


def test_the_index_has_headings_in_their_order() -> None:
    text = pages(CLAIMS)[INDEX]
    titles = [
        heading.title.en
        for heading in HEADINGS
        if {claim.id for claim in CLAIMS} & set(heading.claims)
    ]
    assert re.findall(r"^### (.*)", text, re.MULTILINE)[: len(titles)] == titles
    chapters = re.findall(r"^## (.*)", text, re.MULTILINE)
    assert len(set(chapters)) == len(chapters)


def test_writing_removes_the_page_of_no_claim(tmp_path: Path) -> None:
    folder = tmp_path / "controls"
    write(folder, [WAITING])
    (folder / "x-gone.md").write_text("old")
    (folder / "x-test.md").write_text("edited by hand")
    write(folder, [WAITING])
    assert {path.name: path.read_text() for path in folder.iterdir()} == pages([WAITING])
