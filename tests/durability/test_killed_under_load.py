"""A server killed under load has everything that it acknowledged, once and in order."""

from pathlib import Path

from benchmarks.crash import crash


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    count = crash(tmp_path, rounds=2, acknowledged=1000)
    assert count.acknowledged >= 1000
    assert count.is_sound(), count
