"""A proof counts for the very program that ran."""

from pathlib import Path

import siegel
from siegel.trust.program import VERSION, digest_of


def test_the_version_names_release_and_files() -> None:
    release, digest = VERSION.split("+")
    assert release == siegel.__version__
    assert digest_of(Path(siegel.__file__).parent).startswith(digest)
    # As a row and a head have it.
    assert len(VERSION) <= 40


def test_whatever_is_changed_is_another_program(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    file = tmp_path / "room" / "check.py"
    file.write_text("passes = False")
    digests = [digest_of(tmp_path)]
    file.write_text("passes = True")
    digests.append(digest_of(tmp_path))
    file.rename(tmp_path / "check.py")
    digests.append(digest_of(tmp_path))
    (tmp_path / "page.html").write_text("<p>")
    digests.append(digest_of(tmp_path))
    assert len(set(digests)) == 4
    (tmp_path / "check.pyc").write_text("made by the interpreter")
    assert digest_of(tmp_path) == digests[-1]
