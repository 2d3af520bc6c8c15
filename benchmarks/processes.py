"""The processes that are measured: Siegel, node and PostgreSQL, each real and on this machine."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BASELINE = Path(__file__).parent / "baseline"


def untouched_environment() -> dict[str, str]:
    """This process's environment without Siegel's settings, which name other folders."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SIEGEL_")}


@contextmanager
def siegel(data: Path | None = None) -> Iterator[dict[str, Any]]:
    """`python -m demo --json`, with limits raised so that they are not what is measured."""
    folder = Path(tempfile.mkdtemp(prefix="siegel-bench-"))
    environment = untouched_environment() | {
        "SIEGEL_FRAMES_PER_SECOND": "1000000",
        "SIEGEL_STARTS_PER_NETWORK_AND_HOUR": "1000000",
        "SIEGEL_STARTS_PER_MINUTE": "1000000",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--json", "--port", "0", "--data", data or folder / "data"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        yield facts | {"pid": process.pid}
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def raise_upload_limit(facts: dict[str, Any], slug: str, megabytes: int) -> None:
    """`siegel files limits` for a tenant of a running demo."""
    environment = untouched_environment() | {"SIEGEL_DATA": facts["data"]}
    command = [sys.executable, "-m", "siegel.cli", "files", "limits", slug]
    subprocess.run(
        [*command, "--largest-mb", str(megabytes)],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def node_with_postgresql() -> Iterator[int]:
    """The baseline on a fresh cluster with fsync on; yields node's port."""
    _install()
    with _postgresql() as port:
        if not (BASELINE / "node_modules").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=BASELINE, check=True)
        process = subprocess.Popen(
            ["node", "server.mjs", str(port)], cwd=BASELINE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()


@contextmanager
def _postgresql() -> Iterator[int]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql-bench-", dir="/tmp"))
    shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    binaries = max(Path("/usr/lib/postgresql").iterdir()) / "bin"
    # PostgreSQL refuses to run as root.
    as_postgres: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-A", "trust", "-E", "UTF8"],
        cwd="/tmp",  # noqa: S108 - a place that the user postgres may enter
        check=True,
        stdout=subprocess.DEVNULL,
        **as_postgres,
    )
    server = subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder,
         "-c", "listen_addresses=127.0.0.1"],
        cwd="/tmp",  # noqa: S108 - as above
        stderr=subprocess.DEVNULL,
        **as_postgres,
    )  # fmt: skip
    try:
        for _ in range(200):
            if (
                subprocess.run(
                    [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
                ).returncode
                == 0
            ):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def _install() -> None:
    if Path("/usr/lib/postgresql").exists():
        return
    if os.geteuid() != 0:
        sys.exit("The baseline needs PostgreSQL: install the package postgresql, or run as root.")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "postgresql"],
    ):
        subprocess.run(command, check=True, env=environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
