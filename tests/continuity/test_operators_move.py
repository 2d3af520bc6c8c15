"""Those who operate an installation stay who they are, and nobody becomes one of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from siegel.continuity import importing
from siegel.continuity.importing import AlreadyHere, Reserved, ShreddedHere, import_archive
from siegel.tenancy.models import Tenant, Tombstone
from siegel.tenancy.operators import operators_tenant
from siegel.vault.recovery_keys import RecoveryKey
from tests.cast import Organisation
from tests.continuity.moving import exported, remove, siegel


@pytest.fixture(autouse=True)
def no_tombstone_remains() -> Iterator[None]:
    yield
    Tombstone.objects.all().delete()


def away(organisation: Organisation, folder: Path) -> tuple[Path, RecoveryKey]:
    archive, key = exported(organisation, folder)
    remove(organisation.tenant)
    return archive, RecoveryKey.parse(key.read_text())


def test_nobody_becomes_the_operators(bank: Organisation, tmp_path: Path) -> None:
    archive, key = away(bank, tmp_path)
    with pytest.raises(Reserved, match="operate an installation"):
        import_archive(archive, key, lambda _: None, slug="operators")
    assert not Tenant.objects.exists()


def test_the_operators_come_back_as_such_and_once(
    bank: Organisation, insurer: Organisation, tmp_path: Path
) -> None:
    Tenant.objects.filter(pk=bank.tenant.id).update(is_operators=True)
    archive, key = away(bank, tmp_path)
    with pytest.raises(Reserved):
        import_archive(archive, key, lambda _: None)
    Tenant.objects.filter(pk=insurer.tenant.id).update(is_operators=True)
    with pytest.raises(AlreadyHere, match="operate this installation are here already"):
        import_archive(archive, key, lambda _: None, slug="operators")
    Tenant.objects.filter(pk=insurer.tenant.id).update(is_operators=False)
    import_archive(archive, key, lambda _: None, slug="operators")
    here = operators_tenant()
    assert here is not None
    assert here.id == bank.tenant.id


def test_one_that_is_shredded_while_its_archive_is_read(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, key = away(bank, tmp_path)
    check = importing._check_database

    def shredded_meanwhile(*arguments: object) -> None:
        check(*arguments)  # type: ignore[arg-type] # handed on
        Tombstone.objects.create(pk=bank.tenant.id)

    monkeypatch.setattr(importing, "_check_database", shredded_meanwhile)
    with pytest.raises(ShreddedHere):
        import_archive(archive, key, lambda _: None)
    assert not Tenant.objects.exists()


@pytest.mark.parametrize("kind", ["is_operators", "is_probe"])
def test_what_belongs_to_the_installation_is_shredded_by_name_only(
    bank: Organisation, kind: str
) -> None:
    Tenant.objects.filter(pk=bank.tenant.id).update(**{kind: True})
    shred = ("tenants", "shred", "bank", "--reason", "ended")
    refused = siegel(*shred, "--yes")
    assert refused.exit_code == 1
    assert "type its short name" in refused.output
    assert Tenant.objects.exists()
    assert siegel(*shred, given="bank\n").exit_code == 0
    assert not Tenant.objects.exists()
