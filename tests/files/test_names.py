"""Names are kept as given and shown so that they cannot deceive."""

import pytest

from siegel.files.kinds import RefusedFile
from siegel.files.names import check_name, shown_name


@pytest.mark.parametrize(
    "name",
    [
        "Police 2026.pdf",
        "x" * 255,
        "../../etc/passwd",
        "C:\\Users\\a.txt",
        "invoice\u202efdp.exe",
        "עברית.pdf",
        "👩‍👩‍👧.jpg",
        "line\nbreak.txt",
        ".profile",
        "...",
        "%s {0} <script>.txt",
    ],
)
def test_a_name_is_only_text_and_passes(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "  ", "\t\u200e", ".", "..", " .. ", "a\0b.pdf", "x" * 256, "a\ud800.pdf"]
)
def test_what_no_file_is_called_is_refused(name: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        check_name(name)
    assert refused.value.code == "name-refused"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Übersicht (2).pdf", "Übersicht (2).pdf"),
        ("עברית.pdf", "עברית.pdf"),
        ("invoice\u202efdp.exe", "invoice\ufffdfdp.exe"),
        ("a\u2066b\u2069\u200e\u200f\u061cc", "a\ufffdb\ufffd\ufffd\ufffd\ufffdc"),
        ("../a\\b", "..\ufffda\ufffdb"),
        ("a\n\x1b\x85b", "a\ufffd\ufffd\ufffdb"),
    ],
)
def test_shown_safely(name: str, shown: str) -> None:
    assert shown_name(name) == shown
