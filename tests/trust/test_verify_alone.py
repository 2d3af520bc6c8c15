"""The verifier is one file, which works where there is no Siegel, and as `siegel verify`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from siegel.cli import main
from siegel.trust import verify
from tests.trust.publication import Stage, published, served

FILE = Path(verify.__file__)
# Refuses what a stranger's machine does not have, whoever imports it.
ALONE = """
import runpy, sys

ALLOWED = set(sys.stdlib_module_names) | {"cryptography", "_cffi_backend", "cffi"}

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, OnlyThese())
try:
    import siegel
except ModuleNotFoundError:
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    with served(Stage(published())) as started:
        yield started


def alone(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a copy of the file in a folder where nothing else is."""
    copy = folder / "verify.py"
    copy.write_bytes(FILE.read_bytes())
    command = [sys.executable, "-I", "-c", ALONE, str(copy), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_without_siegel(stage: Stage, tmp_path: Path) -> None:
    holds = alone(tmp_path, stage.url, "--json")
    assert (holds.returncode, holds.stderr) == (0, "")
    assert json.loads(holds.stdout)["result"] == "holds"
    stage.publication.rows[3]["actor"] = "nobody"
    lie = alone(tmp_path, stage.url)
    assert (lie.returncode, lie.stderr) == (1, "")
    assert "row 4: was changed" in lie.stdout
    nobody = alone(tmp_path, "http://bank.localhost:1")
    assert (nobody.returncode, nobody.stderr) == (2, "")


def test_the_file_itself_is_a_program(stage: Stage) -> None:
    ran = subprocess.run(
        [sys.executable, "-I", FILE, stage.url], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("All that can be examined from outside holds.\n")


def test_it_imports_nothing_of_siegel() -> None:
    assert "import siegel" not in FILE.read_text()
    assert "from siegel" not in FILE.read_text()


def test_its_command_line(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    assert verify.main([stage.url, "--state", str(state)]) == 0
    head = json.loads(state.read_text())["head"]
    assert verify.main([stage.url, "--head", head, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["verified"]["head"] == head
    with pytest.raises(SystemExit) as refused:
        verify.main([])
    assert refused.value.code == 2


def siegel(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


def test_as_a_command_of_siegel(stage: Stage, tmp_path: Path) -> None:
    holds = siegel(stage.url, "--state", str(tmp_path / "state"))
    assert (holds.exit_code, "All that can be examined" in holds.output) == (0, True)
    stage.publication.heads[2]["signature"] = ""
    lie = siegel(stage.url, "--json")
    assert (lie.exit_code, json.loads(lie.output)["result"]) == (1, "does-not-hold")
    facts = json.loads(siegel("nowhere", "--json").output)
    assert (facts["result"], facts["verified"]) == ("not-examined", {})
    assert siegel("nowhere").exit_code == 2
