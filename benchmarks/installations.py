"""An installation of many tenants in this process, on which pages and inserts are measured."""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import django


@contextmanager
def installation(connections_per_thread: int) -> Iterator[Path]:
    """Prepare Django on a folder that is removed afterwards; once per process."""
    folder = Path(tempfile.mkdtemp(prefix="siegel-bench-"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "siegel.settings",
        "SIEGEL_DATA": str(folder / "data"),
        "SIEGEL_CONNECTIONS_PER_THREAD": str(connections_per_thread),
        "SIEGEL_WRITER_IDLE_SECONDS": "1",
    }
    # A warm tenant holds three open files.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    django.setup(set_prefix=False)
    from django.db import connections

    from siegel.tenancy.installation import prepare

    prepare()
    try:
        yield folder
    finally:
        connections.close_all()
        shutil.rmtree(folder)


def create_tenants(count: int) -> tuple[list[object], list[float]]:
    """Create tenants with an adviser; returns them, and the seconds that each took."""
    import time

    from siegel.identity.organisations import furnish
    from siegel.tenancy.provisioning import create_tenant

    tenants: list[object] = []
    seconds: list[float] = []
    with click.progressbar(range(count), label=f"  {count} tenants") as numbers:
        for number in numbers:
            began = time.perf_counter()
            tenants.append(
                create_tenant(
                    f"bench-{number}", f"bench-{number}.test", furnish=lambda: _(furnish("Bench"))
                )
            )
            seconds.append(time.perf_counter() - began)
    return tenants, seconds


def _(_row: object) -> None:
    return None
