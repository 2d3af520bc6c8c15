"""Encryption holds for every tenant, and one without it is seen."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from siegel.tenancy import encrypted_at_rest, probes
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.encrypted_at_rest import (
    examine_every_tenant,
    plant_each,
    plant_missing_database,
    plant_plain_database,
    plant_readable_file,
)
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import State, Tenant
from siegel.tenancy.separation import examine_separation
from tests.cast import Organisation


def test_a_tenant_without_keyset_is_found(bank: Organisation) -> None:
    key = settings.SIEGEL_KEYS / f"{bank.tenant.id}-objects.json"
    content = key.read_text()
    key.unlink()
    try:
        assert f"{bank.tenant.id} has no keyset" in " ".join(examine_every_tenant().faults)
    finally:
        key.write_text(content)


def test_a_setting_that_could_switch_it_off_is_found(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_PLAIN_DATA", False, raising=False)
    monkeypatch.setattr(
        encrypted_at_rest, "database_settings", lambda tenant: {"ENGINE": "sqlite3", "KEY": None}
    )
    faults = examine_every_tenant().faults
    assert "SIEGEL_PLAIN_DATA may be a switch" in faults
    assert f"the database of {bank.tenant.id} would be opened without a key" in faults


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (plant_plain_database, "is not encrypted"),
        (plant_missing_database, "is missing"),
        (plant_readable_file, "does not open with its key"),
        (lambda tenant: tenant.database.write_bytes(b""), "is not encrypted"),
    ],
)
def test_a_database_that_is_none_of_its_tenants_is_found(
    bank: Organisation, break_it: Callable[[ServedTenant], None], fault: str
) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    break_it(bank.tenant)
    for examine in (examine_every_tenant, examine_separation):
        assert f"the database of {bank.tenant.id} {fault}" in examine().faults


def test_every_planted_failure_is_noticed() -> None:
    faults = " ".join(plant_each().faults)
    for words in ("is not encrypted", "is missing", "does not open with its key", "a switch"):
        assert words in faults


def test_a_canary_that_overlooks_files_notices_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_at_rest, "database_fault", lambda tenant: "")
    assert plant_each().faults == ()


def test_a_tenant_that_is_passed_over_leaves_it_incomplete(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examine_every_tenant().is_complete
    others = probes.examined_tenants
    monkeypatch.setattr(
        encrypted_at_rest,
        "examined_tenants",
        lambda: [each for each in others() if each.id != bank.tenant.id],
    )
    assert not examine_every_tenant().is_complete


def test_one_that_departs_meanwhile_is_no_fault(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def departing(tenant: ServedTenant) -> Iterator[str]:
        Tenant.objects.filter(pk=bank.tenant.id).update(state=State.SHREDDING)
        yield f"the database of {tenant.id} is missing"

    monkeypatch.setattr(encrypted_at_rest, "_without_encryption", departing)
    faults = examine_every_tenant().faults
    assert len(faults) == 2
    assert bank.tenant.id not in " ".join(faults)
