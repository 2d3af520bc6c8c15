"""The rules of the house, as a program can hold them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "siegel"
FILES = sorted(SOURCE.rglob("*.py"))


def test_imports_go_downwards_only() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in FILES}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_file_is_longer_than_400_lines_and_the_handler_stays_small() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    # Given to outsiders, who are to read and run it without anything else.
    alone = SOURCE / "trust" / "verify.py"
    assert {path for path, length in lengths.items() if length > 400} == {alone}
    assert lengths[alone] <= 1_300
    assert lengths[SOURCE / "tenancy" / "handler.py"] <= 150


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "base", "services"])
def test_there_is_no_dumping_ground(name: str) -> None:
    found = [path for path in FILES if name in {path.stem, path.parent.name}]
    # Django looks a database backend up under the name `base`.
    assert [path for path in found if path.parent.name != "sqlcipher"] == []


def test_every_suppression_has_its_reason() -> None:
    bare = re.compile(
        r"(# noqa: [A-Z0-9, ]+$|# type: ignore\[[a-z-]+\]$|pragma: no cover$)", re.MULTILINE
    )
    assert [path for path in FILES if bare.search(path.read_text())] == []
