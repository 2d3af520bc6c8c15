"""Encryption holds for every tenant, and one without it is seen."""

from django.conf import settings

from siegel.tenancy.controls import CONTROLS
from siegel.tenancy.encrypted_at_rest import examine_every_tenant
from siegel.trust.running import run_control
from tests.cast import Organisation


def test_it_passes_and_its_canary_bites(bank: Organisation) -> None:
    (control,) = (control for control in CONTROLS if control.id == "enc-rest-all")
    result = run_control(control)
    assert result.state == "pass", result.told()
    assert result.canary.saw_faults


def test_a_tenant_without_keyset_is_found(bank: Organisation) -> None:
    key = settings.SIEGEL_KEYS / f"{bank.tenant.id}-objects.json"
    content = key.read_text()
    key.unlink()
    try:
        assert f"{bank.tenant.id} has no keyset" in " ".join(examine_every_tenant().faults)
    finally:
        key.write_text(content)
