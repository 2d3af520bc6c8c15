"""Ctrl-C stops the demo cleanly, and a second start finds everything again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.processes import untouched_environment
from tests.journeys.demo_process import ROOT, Demo


def test_a_second_start_finds_everything_again(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    demo.start()
    facts = demo.facts
    assert demo.stop() in {0, -2}
    # Once nothing runs: controls make probes that come and go.
    kept = {path: path.stat().st_ino for path in (tmp_path / "data-keys").iterdir()}
    folders = {path.name for path in (tmp_path / "data" / "tenants").iterdir()}
    assert len(folders) == len(facts["tenants"]) == 2
    expected = folders | {f"{name}-objects" for name in folders} | {"installation-signing"}
    assert {path.stem for path in kept} == expected
    demo.start()
    try:
        assert demo.facts == facts
        assert {path: path.stat().st_ino for path in kept} == kept
    finally:
        demo.stop()


def test_json_is_one_line_and_all_there_is(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    demo.start()
    try:
        tenant = demo.tenant("nordwind")
        assert set(tenant) >= {"base", "host", "desk", "client_page", "people"}
        assert set(tenant["people"][0]) >= {"email", "password"}
        log = (tmp_path / "demo.log").read_text()
        assert "recovery-sheet.txt" in log
        assert "primaryKeyId" not in log
    finally:
        demo.stop()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    demo.start()
    try:
        second = subprocess.run(
            [sys.executable, "-m", "demo", "--port", str(demo.facts["port"]), "--data", "x"],
            cwd=ROOT,
            env=untouched_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        demo.stop()
    assert second.returncode == 1
    assert "is in use" in second.stderr


def test_data_of_another_version_are_migrated_or_refused_in_words(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    demo.start()
    assert demo.stop() in {0, -2}
    (file, _) = sorted((tmp_path / "data" / "tenants").glob("*/tenant.sqlite3"))
    stale = tmp_path / "stale.py"
    stale.write_text(
        "import django; django.setup(set_prefix=False)\n"
        "from siegel.tenancy.migrating import all_tenants\n"
        "from siegel.tenancy.context import serving\n"
        "from siegel.tenancy.proof.models import Proof\n"
        "with serving(all_tenants()[0]):\n"
        "    Proof.objects.update(schema='older')\n"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "siegel.settings", "SIEGEL_DATA": str(tmp_path / "data")}
    environment = untouched_environment() | settings
    subprocess.run([sys.executable, stale], cwd=ROOT, env=environment, check=True)
    demo.start()
    assert demo.stop() in {0, -2}
    assert "Bringing the database of" in (tmp_path / "demo.log").read_text()
    file.write_bytes(b"x" * 4096)
    refused = subprocess.run(
        [sys.executable, "-m", "demo", "--port", "0", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        env=untouched_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "does not open" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("line", ["Stop with Ctrl-C", "password: "])
def test_a_person_is_told_where_to_go(tmp_path: Path, line: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--port", "0", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        env=untouched_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    while not said or "Stop with" not in said[-1]:
        said.append(process.stdout.readline())
    process.send_signal(2)
    rest, _ = process.communicate(timeout=20)
    assert line in "".join(said)
    assert "Everything is kept" in rest
    assert json.dumps("nordwind.localhost")[1:-1] in "".join(said)
