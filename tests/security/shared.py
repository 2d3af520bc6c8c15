"""Tenants that all tests of a module share, for sweeps over every address.

A module that imports these fixtures has them in place of those of the same names in
tests/conftest.py, which are made anew for each test.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import timezone

from siegel.audit.models import Verification
from tests.cast import Organisation, found
from tests.conftest import remove_tenants

MANY = 1_000_000


class Silent:
    """In place of the alarm that lets held answers out: nobody waits for these."""

    def set(self, *_: object) -> None:
        pass


def ended(*_: object) -> None:
    """In place of the job that verifies a trail: its run is over, and another one may begin."""
    Verification.objects.filter(finished_at=None).update(finished_at=timezone.now())


@pytest.fixture(scope="module", autouse=True, name="no_tenant_remains")
def tenants_remain() -> Iterator[None]:
    """Until the last test of the module; nothing is limited by how much is tried meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SIEGEL_STARTS_PER_NETWORK_AND_HOUR", MANY)
        patch.setattr(settings, "SIEGEL_STARTS_PER_MINUTE", MANY)
        patch.setattr(settings, "ACCOUNT_RATE_LIMITS", False)
        # What is done later would be in the trail while another test looks at it.
        patch.setattr("siegel.desk.pending.alarm", Silent())
        patch.setattr("siegel.desk.administration.verifying.enqueue", ended)
        yield
        remove_tenants()


@pytest.fixture(scope="module", name="bank")
def shared_bank() -> Organisation:
    return found("bank", "bank.test")


@pytest.fixture(scope="module", name="insurer")
def shared_insurer() -> Organisation:
    return found("insurer", "insurer.test")
