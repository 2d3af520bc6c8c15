"""Every refusal has a sentence: what happened, what was kept, what to do now."""

import re
from pathlib import Path

import pytest

from siegel.files.refusal_texts import TEXTS, refusal_text

CODES = set(
    """
    file-empty file-too-large quota-tenant quota-visitor before-answer part-differs part-damaged
    part-too-large parts-missing upload-gone name-refused infected scanner-unavailable
    store-unavailable malformed type-not-allowed executable script macros disguised markup-in-image
    archive-bomb archive-encrypted archive-too-deep damaged mail-too-large
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read
)
FILES = Path(__file__).parents[2] / "src" / "siegel" / "files"


def test_every_code_has_its_text() -> None:
    assert set(TEXTS) >= CODES


def test_every_code_that_is_raised_has_its_text() -> None:
    raised = {
        code
        for path in FILES.glob("*.py")
        for code in re.findall(r'RefusedFile\("([a-z-]+)"\)', path.read_text())
    }
    assert raised <= set(TEXTS)
    assert "archive-bomb" in raised


@pytest.mark.parametrize("code", sorted(CODES - {"malformed"}))
def test_it_says_what_was_kept(code: str) -> None:
    assert re.search(r"\b(is|are) kept\b", refusal_text(code, "en-GB"))


def test_another_language_is_answered_in_german() -> None:
    assert refusal_text("malformed", "fr") == refusal_text("malformed", "de")
    assert refusal_text("malformed", "de") != refusal_text("malformed", "en")
