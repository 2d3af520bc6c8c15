"""Settings come from the environment, strictly."""

import os
import subprocess
import sys

import pytest


def load(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import siegel.settings as s; print(s.SIEGEL_THREADS, s.SIEGEL_KEYS)",
        ],
        env={k: v for k, v in os.environ.items() if not k.startswith("SIEGEL_")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_keys_lie_beside_the_data_by_default() -> None:
    assert load(SIEGEL_DATA="/srv/siegel").stdout == "4 /srv/siegel-keys\n"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "٣"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    loaded = load(SIEGEL_THREADS=value)
    assert loaded.returncode != 0
    assert "SIEGEL_THREADS must be a whole number" in loaded.stderr


def test_a_number_is_taken() -> None:
    assert load(SIEGEL_THREADS="7").stdout.startswith("7 ")
