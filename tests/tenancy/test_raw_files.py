"""Bytes of databases are read elsewhere, so that this process keeps its locks."""

import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from siegel.tenancy import raw_files
from siegel.tenancy.raw_files import beginnings, holding

OPEN_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM t").fetchone()[0])
connection.close()
"""


def count_elsewhere(path: Path) -> int:
    """As another process sees it, which then closes the database."""
    command = [sys.executable, "-c", OPEN_AND_CLOSE, str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_a_database_that_was_read_goes_on_being_shared(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (text)")
        connection.execute("INSERT INTO t VALUES ('a known text')")
        assert holding([path, path.with_name("live.sqlite3-wal")], b"a known text")
        assert beginnings([path], 6) == {path: b"SQLite"}
        for written in (2, 3):
            assert count_elsewhere(path) == written - 1
            connection.execute("INSERT INTO t VALUES ('another')")
            assert count_elsewhere(path) == written


def test_what_is_gone_holds_nothing(tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.write_bytes(b"one and two")
    assert holding([gone, there], b"two", b"three") == [there]
    assert beginnings([gone, there], 3) == {there: b"one"}
    assert holding([], b"x") == []


@pytest.mark.parametrize("before", [10, 14, 16])
def test_a_text_across_two_chunks_is_found(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_files, "CHUNK", 16)
    content = b"." * before + b"canary" + b"." * 10
    assert raw_files._holds(io.BytesIO(content), [b"canary", b"x"])
    assert not raw_files._holds(io.BytesIO(content), [b"absent"])


def test_the_other_process_answers_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    asked = {"texts": [b"ten".hex()], "paths": [str(file), str(tmp_path / "gone")]}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(asked)))
    raw_files._main()
    assert json.loads(capsys.readouterr().out) == [True, None]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"size": 3, "paths": [str(file)]})))
    raw_files._main()
    assert json.loads(capsys.readouterr().out) == [b"con".hex()]
