"""Private files are whole or not there, and belong to whoever serves, also if root makes them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siegel.continuity.staging import staging
from siegel.vault import private_files
from siegel.vault.private_files import (
    make_private_folder,
    open_lock_file,
    replace_private,
    write_private,
)

SERVICE = 4711


def replace(folder: Path) -> None:
    replace_private({folder / "old": "new", folder / "new": "new"})


MAKING: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "files that replace others": (replace, ["old", "new"]),
    "a new file": (lambda folder: write_private(folder / "one", "text"), ["one"]),
    "folders": (lambda folder: make_private_folder(folder / "a" / "b"), ["a", "a/b"]),
    "a lock": (lambda folder: os.close(open_lock_file(folder / "lock")), ["lock"]),
}


@pytest.mark.parametrize("what", MAKING)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that are not its own")
def test_what_root_makes_belongs_to_whoever_serves(tmp_path: Path, what: str) -> None:
    make, made = MAKING[what]
    (tmp_path / "old").touch()
    for path in (tmp_path / "old", tmp_path):
        os.chown(path, SERVICE, SERVICE + 1)
    make(tmp_path)
    for name in made:
        found = (tmp_path / name).stat()
        assert (found.st_uid, found.st_gid) == (SERVICE, SERVICE + 1), name
        assert found.st_mode & 0o077 == 0


@pytest.mark.parametrize(("user", "expected"), [(0, True), (SERVICE, False)])
def test_only_root_gives_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, expected: bool
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "chown", lambda *call, **_: given.append(call[1:]))
    write_private(tmp_path / "one", "text")
    owner = tmp_path.stat()
    assert given == ([(owner.st_uid, owner.st_gid)] if expected else [])


def test_a_folder_in_which_something_is_put_together_is_given_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[Path] = []
    monkeypatch.setattr(private_files, "_give", lambda made, like: given.append(made))
    with staging("exporting") as folder:
        assert folder in given


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("old")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "one", "new")
    assert (tmp_path / "one").read_text() == "old"


def test_two_who_make_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_dir", lambda path: path == tmp_path)
        make_private_folder(tmp_path / "one")
        make_private_folder(tmp_path / "one")
    assert (tmp_path / "one").is_dir()
