"""Only stale tenants are migrated, and one that fails does not stop the others."""

import pytest
from django.conf import settings
from django.db import connections

from siegel.tenancy.context import serving
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.handler import close_connection
from siegel.tenancy.migrating import all_tenants, migrate_tenant, schema_of, stale_tenants
from siegel.tenancy.proof.models import Proof
from siegel.vault.keyring import KeyUnavailable
from tests.cast import Organisation


def age(organisation: Organisation) -> None:
    """As if an older program had made the database."""
    with serving(organisation.tenant):
        Proof.objects.update(schema="older")
        with connections[organisation.tenant.id].cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'widget'")
            cursor.execute("DROP TABLE widget_visit")
            cursor.execute("DROP TABLE widget_clientpasskey")
        close_connection(organisation.tenant.id)


def test_a_fresh_tenant_is_not_stale(bank: Organisation) -> None:
    assert schema_of(bank.tenant) == schema_fingerprint()
    assert list(stale_tenants(all_tenants())) == []


def test_a_stale_tenant_is_brought_up_and_the_other_left_alone(
    bank: Organisation, insurer: Organisation
) -> None:
    age(bank)
    assert list(stale_tenants(all_tenants())) == [(bank.tenant, None)]
    migrate_tenant(bank.tenant)
    assert list(stale_tenants(all_tenants())) == []
    bank.conversation()


def test_an_unreadable_tenant_is_named_and_the_rest_goes_on(
    bank: Organisation, insurer: Organisation
) -> None:
    age(insurer)
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    found = dict(stale_tenants(all_tenants()))
    assert isinstance(found[bank.tenant], KeyUnavailable)
    assert found[insurer.tenant] is None


def test_a_migration_that_fails_leaves_the_tenant_stale(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(bank)
    monkeypatch.setattr(
        "siegel.tenancy.migrating.call_command",
        lambda *_, **__: 1 / 0,  # an error of any kind
    )
    with pytest.raises(ZeroDivisionError):
        migrate_tenant(bank.tenant)
    assert schema_of(bank.tenant) == "older"
