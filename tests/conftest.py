"""One installation per test process; every test gets fresh tenants, each really encrypted.

A tenant is provisioned in ten milliseconds, so tests commit for real and threads see the rows;
no transaction is rolled back to clean up.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.test.utils import setup_test_environment

_root = Path(tempfile.mkdtemp(prefix="siegel-tests-"))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "siegel.settings",
    "SIEGEL_DATA": str(_root / "data"),
    "SIEGEL_KEYS": str(_root / "data-keys"),
    "SIEGEL_KEK_FILE": str(_root / "data-kek" / "kek.json"),
    "SIEGEL_WRITER_IDLE_SECONDS": "1",
}
django.setup(set_prefix=False)
setup_test_environment()

from django.conf import settings  # noqa: E402 - after the set-up
from django.db import connections  # noqa: E402 - after the set-up
from django.utils.module_loading import autodiscover_modules  # noqa: E402

from siegel.asgi import app  # noqa: E402
from siegel.conversations.indexer import indexers  # noqa: E402
from siegel.conversations.writer import writers  # noqa: E402
from siegel.tenancy import job_kinds, jobs, registry  # noqa: E402
from siegel.tenancy.context import ServedTenant  # noqa: E402
from siegel.tenancy.installation import prepare  # noqa: E402
from siegel.tenancy.models import Job, OperatorTrailEntry, Tenant  # noqa: E402
from siegel.tenancy.provisioning import remove_files  # noqa: E402
from siegel.trust.models import EvidenceEntry, EvidenceHead, RunFault, StateChange  # noqa: E402
from tests.cast import Organisation, found  # noqa: E402
from tests.server import Running, running  # noqa: E402

SERVER_STANDS = pytest.StashKey[bool]()

# Controls run when a test asks for it: else their probes would be among another test's tenants.
autodiscover_modules("jobs")
job_kinds._periodic[:] = [one for one in job_kinds._periodic if one.kind.name != "trust.sweep"]


@pytest.fixture(scope="session", autouse=True)
def installation() -> Iterator[Path]:
    """Folders, keys, control database and template, as `siegel serve` makes them."""
    import shutil

    prepare()
    yield _root
    connections.close_all()
    shutil.rmtree(_root)


@pytest.fixture(autouse=True)
def no_tenant_remains() -> Iterator[None]:
    """Remove whatever a test has created."""
    yield
    # What is not committed no other process sees.
    assert connections["default"].get_autocommit()
    remove_tenants()


def remove_tenants() -> None:
    """Have an installation without tenants, once nobody writes to one any more."""
    writers.drain(close=False)
    indexers.drain(close=False)
    Job.objects.all().delete()
    # By their folders: a test may have removed the row only.
    for folder in (settings.SIEGEL_DATA / "tenants").iterdir():
        remove_files(ServedTenant(folder.name))
    Tenant.objects.all().delete()
    OperatorTrailEntry.objects.all().delete()
    for model in (EvidenceEntry, EvidenceHead, RunFault, StateChange):
        model._default_manager.all().delete()
    # Of an operators' trail that is gone.
    (settings.SIEGEL_DATA / "trail-heads.json").unlink(missing_ok=True)
    registry.forget()


@pytest.fixture
def bank() -> Organisation:
    """The first tenant."""
    return found("bank", "bank.test")


@pytest.fixture
def insurer() -> Organisation:
    """The other tenant: whatever is asked of it with the bank's credentials is refused."""
    return found("insurer", "insurer.test")


@pytest.fixture(scope="session")
def server(installation: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """The whole process behind a real port, once for all tests of a worker."""
    with running(app) as started:
        request.config.stash[SERVER_STANDS] = True
        yield started


@pytest.fixture(autouse=True)
def _jobs_rest_without_server(request: pytest.FixtureRequest) -> None:
    """What a test enqueues is run by the server if it asks for it, not because one still stands."""
    if not request.config.stash.get(SERVER_STANDS, False):
        return
    if "server" not in request.fixturenames:
        assert jobs.stop()
    elif not jobs.is_running():
        jobs.start()
