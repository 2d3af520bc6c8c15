"""Connections are bounded, per thread, and prove whose database they opened."""

import shutil
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from siegel.tenancy.context import NoTenantServed, ServedTenant, WrongTenant, serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.probes import probe_tenants
from siegel.tenancy.proof.models import Canary, Proof
from siegel.tenancy.provisioning import create_tenant
from siegel.tenancy.sqlcipher.base import CannotBeOpened, NotMigrated
from siegel.vault.keyring import KeyUnavailable
from tests.cast import Organisation


def test_the_proof_shows_itself(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert str(Proof.objects.get()) == bank.tenant.id
        assert str(Canary(text="x")) == "x"


def touch(tenant: ServedTenant) -> None:
    with serving(tenant):
        assert Proof.objects.get().tenant == tenant.id


def reopen(tenant: ServedTenant) -> None:
    with serving(tenant):
        close_connection(tenant.id)
        touch(tenant)


def test_least_recently_used_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_CONNECTIONS_PER_THREAD", 2)
    tenants = [create_tenant(f"bank-{n}", f"bank-{n}.test") for n in range(4)]
    for tenant in tenants:
        touch(tenant)
    kept = list(connections.kept_aliases())  # type: ignore[attr-defined]
    assert kept == [tenants[2].id, tenants[3].id]
    touch(tenants[2])
    touch(tenants[0])
    assert list(connections.kept_aliases()) == [tenants[2].id, tenants[0].id]  # type: ignore[attr-defined]


def test_one_in_a_transaction_is_never_closed(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_CONNECTIONS_PER_THREAD", 1)
    others = [create_tenant(f"bank-{n}", f"bank-{n}.test") for n in range(2)]
    with serving(bank.tenant), transaction.atomic(using=bank.tenant.id):
        Canary.objects.create(text="kept")
        # Another context in the same thread, as a coroutine's would be.
        import contextvars

        for other in others:
            contextvars.Context().run(touch, other)
        assert Canary.objects.get().text == "kept"


def test_only_the_served_connection_is_shown(bank: Organisation, insurer: Organisation) -> None:
    touch(bank.tenant)
    touch(insurer.tenant)
    with serving(bank.tenant):
        assert {c.alias for c in connections.all()} == {"default", bank.tenant.id}
    assert {c.alias for c in connections.all()} == {"default"}
    with serving(insurer.tenant):
        close_connection(insurer.tenant.id)
        assert {c.alias for c in connections.all()} == {"default"}


def test_sixteen_threads_meet_sixty_tenants_for_the_first_time() -> None:
    tenants = [create_tenant(f"many-{n}", f"many-{n}.test") for n in range(60)]
    failures: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for n in range(60):
                touch(tenants[(start + n) % 60])
            connections.close_all()
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n * 3,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_swapped_file_does_not_open(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    shutil.copy(insurer.tenant.database, bank.tenant.database)
    with pytest.raises(CannotBeOpened):
        reopen(bank.tenant)
    touch(insurer.tenant)


def test_a_database_that_says_it_is_another_tenants_is_refused(bank: Organisation) -> None:
    with serving(bank.tenant):
        Proof.objects.update(tenant="tother")
    with pytest.raises(WrongTenant, match="not its own"):
        reopen(bank.tenant)


@pytest.mark.parametrize("statement", ["DELETE FROM tenant_proof", "DROP TABLE tenant_proof"])
def test_a_database_without_proof_is_refused(bank: Organisation, statement: str) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(WrongTenant):
        reopen(bank.tenant)


def test_a_database_of_another_version_is_refused(bank: Organisation) -> None:
    with serving(bank.tenant):
        Proof.objects.update(schema="older")
    with pytest.raises(NotMigrated, match="another version"):
        reopen(bank.tenant)


def test_a_missing_file_is_not_made_anew(bank: Organisation) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    bank.tenant.database.unlink()
    with pytest.raises(CannotBeOpened, match="missing"):
        touch(bank.tenant)
    assert not bank.tenant.database.exists()


def test_a_damaged_file_is_named(bank: Organisation) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
    bank.tenant.database.write_bytes(b"x" * 8192)
    with pytest.raises(CannotBeOpened) as error:
        touch(bank.tenant)
    assert "PRAGMA" not in repr(error.value)


def test_other_errors_while_opening_stay_what_they_are(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
        connection = connections[bank.tenant.id]
        options = {**connection.settings_dict["OPTIONS"], "init_command": "NOT SQL"}
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
        with pytest.raises(DatabaseError, match="syntax"):
            connection.ensure_connection()
        close_connection(bank.tenant.id)


def test_a_lost_key_refuses_one_tenant_only(bank: Organisation, insurer: Organisation) -> None:
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    with pytest.raises(KeyUnavailable):
        reopen(bank.tenant)
    touch(insurer.tenant)


def test_the_key_is_in_no_representation(bank: Organisation) -> None:
    from siegel.vault import keyring

    key = keyring.derive(bank.tenant.id, "database").hex()
    with serving(bank.tenant):
        connection = connections[bank.tenant.id]
        assert key not in repr(connection.settings_dict)
        assert key not in repr(connection)


def test_the_file_is_encrypted_and_private(bank: Organisation) -> None:
    with serving(bank.tenant):
        Canary.objects.create(text="a text that nobody finds")
        close_connection(bank.tenant.id)
    for path in Path(bank.tenant.folder).iterdir():
        assert b"a text that nobody finds" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert not bank.tenant.database.read_bytes().startswith(b"SQLite format 3")


def test_commits_wait_for_the_disk(bank: Organisation) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        found = {}
        for name in ("synchronous", "journal_mode", "foreign_keys", "cache_size"):
            cursor.execute(f"PRAGMA {name}")
            found[name] = cursor.fetchone()[0]
    assert found == {
        "synchronous": 2,
        "journal_mode": "wal",
        "foreign_keys": 1,
        "cache_size": -4096,
    }


def test_named_and_many_parameters_reach_the_driver(bank: Organisation) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        cursor.execute("SELECT %(a)s + %(b)s", {"a": 1, "b": 2})
        assert cursor.fetchone() == (3,)
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_probes_leave_nothing_behind() -> None:
    with probe_tenants() as (one, other):
        folders = [one.folder, other.folder]
        assert all(folder.exists() for folder in folders)
    assert not any(folder.exists() for folder in folders)


def test_nothing_opens_outside(bank: Organisation) -> None:
    touch(bank.tenant)
    with pytest.raises(NoTenantServed):
        Proof.objects.get()
