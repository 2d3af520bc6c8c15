"""Tenants' keysets: each its own, useless elsewhere, gone when deleted."""

import stat
from pathlib import Path

import pytest
from django.conf import settings

from siegel.vault import keyring
from tests.cast import Organisation


def test_every_tenant_and_every_purpose_has_another_key(
    bank: Organisation, insurer: Organisation
) -> None:
    keys = {
        keyring.derive(tenant.id, purpose)
        for tenant in (bank.tenant, insurer.tenant)
        for purpose in ("database", "signing")
    }
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_a_keyset_put_under_another_name_does_not_open(
    bank: Organisation, insurer: Organisation
) -> None:
    folder: Path = settings.SIEGEL_KEYS
    (folder / f"{bank.tenant.id}.json").write_bytes(
        (folder / f"{insurer.tenant.id}.json").read_bytes()
    )
    with pytest.raises(keyring.KeyUnavailable, match="cannot be unwrapped") as error:
        keyring.derive(bank.tenant.id, "database")
    assert keyring.derive(insurer.tenant.id, "database").hex() not in str(error.value)


def test_keyset_files_are_private_and_never_overwritten(bank: Organisation) -> None:
    path = settings.SIEGEL_KEYS / f"{bank.tenant.id}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        keyring.create(bank.tenant.id)


def test_a_removed_keyset_is_gone_at_once(bank: Organisation) -> None:
    keyring.derive(bank.tenant.id, "database")
    keyring.remove(bank.tenant.id)
    with pytest.raises(keyring.KeyUnavailable, match="missing"):
        keyring.derive(bank.tenant.id, "database")


@pytest.mark.parametrize("use", [keyring.DERIVING, keyring.SEALING])
def test_an_owner_needs_both_keysets(bank: Organisation, use: str) -> None:
    assert keyring.opens(bank.tenant.id)
    keyring.file_of(bank.tenant.id, use).write_text("damaged")
    keyring.forget_unwrapped()
    assert not keyring.opens(bank.tenant.id)
    keyring.file_of(bank.tenant.id, use).unlink()
    assert not keyring.opens(bank.tenant.id)


def test_an_owner_cannot_name_another_folder() -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        keyring.derive("../kek", "database")
