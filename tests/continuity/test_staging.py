"""Folders out of sight: gone after their block, and after a killed process too."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from siegel.continuity import checks, jobs
from siegel.continuity import staging as folders
from siegel.continuity.staging import staging
from siegel.tenancy import job_kinds
from tests.cast import Organisation
from tests.continuity.moving import Here
from tests.continuity.test_shredding import serving_process


def test_two_at_a_time_and_what_a_killed_one_has_left() -> None:
    left: Path = settings.SIEGEL_DATA / "trying" / "left"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    with staging("trying") as one, staging("trying") as other:
        assert not left.exists()
        assert one != other
        assert one.exists()
        assert one.stat().st_mode & 0o777 == 0o700
    assert not any(left.parent.iterdir())


def test_it_goes_when_the_block_fails() -> None:
    with pytest.raises(OSError, match="full"), staging("trying") as folder:
        (folder / "half").write_text("half")
        raise OSError("full")
    assert not folder.exists()


def killed_export() -> None:
    place = "siegel.continuity.snapshot:facts_of"
    arguments = ("tenants", "export", "bank", settings.SIEGEL_DATA / "bank.siegel")
    assert Here().killed_at(place, *arguments) == -9


def test_what_a_killed_export_has_left_is_named_and_removed_by_the_hour(
    bank: Organisation,
) -> None:
    with staging("exporting"):
        assert checks.nothing_is_left_behind() == []
    killed_export()
    (left,) = (settings.SIEGEL_DATA / "exporting").iterdir()
    assert (left / "database").exists()
    with staging("importing") as at_work:
        (message,) = checks.nothing_is_left_behind()
        assert message.id == checks.LEFT_BEHIND
        assert str(left) in message.msg
        jobs.remove_what_is_left()
        assert at_work.exists()
    assert not left.exists()
    assert checks.nothing_is_left_behind() == []
    assert "continuity.remove-left" in {one.kind.name for one in job_kinds.all_periodic()}


def test_a_server_that_starts_removes_it(bank: Organisation) -> None:
    killed_export()
    with serving_process():
        assert not any((settings.SIEGEL_DATA / "exporting").iterdir())


def test_where_nothing_was_ever_put_together_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_DATA", tmp_path)
    assert checks.nothing_is_left_behind() == []
    assert not any(tmp_path.iterdir())


def test_what_cannot_be_removed_is_logged_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_DATA", tmp_path)
    (tmp_path / "exporting").write_text("no folder")
    left = tmp_path / "shredding" / "left"
    left.mkdir(parents=True)
    folders.remove_all_left()
    assert "left in exporting cannot be removed: NotADirectoryError" in caplog.text
    assert not left.exists()


def test_what_of_a_folder_cannot_be_removed_is_logged_and_the_rest_is_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlink = os.unlink

    def refuse(name: str, **where: int) -> None:
        if name == "stuck":
            raise PermissionError(name)
        unlink(name, **where)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)
        with staging("exporting") as folder:
            (folder / "stuck").write_text("a copy")
            (folder / "other").write_text("a copy")
        folders.remove_all_left()
    assert [path.name for path in folder.iterdir()] == ["stuck"]
    said = f"The folder {folder} cannot be removed: PermissionError."
    assert [record.getMessage() for record in caplog.records] == [said, said]
    (message,) = checks.nothing_is_left_behind()
    assert str(folder) in message.msg
    folders.remove_all_left()
    assert not folder.exists()


def test_nobody_takes_a_folder_whose_block_runs() -> None:
    with staging("exporting") as folder:
        folders.remove_all_left()
        assert folder.exists()
        assert folders.all_left() == []
    assert not folder.exists()


def test_one_whose_block_ends_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process removes its own between being listed and being looked at."""
    opened = os.open

    def late(path: Path, flags: int) -> int:
        if path.parent.name == "trying":
            path.rmdir()
        return opened(path, flags)

    (settings.SIEGEL_DATA / "trying" / "ending").mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", late)
        folders.remove_left("trying")
    with staging("trying") as folder:
        assert folder.exists()
