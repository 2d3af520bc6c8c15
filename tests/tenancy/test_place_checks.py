"""What `siegel doctor` says of keys, places, disks and the control database."""

import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks
from django.db import connections

from siegel.tenancy import checks as tenancy_checks
from siegel.tenancy import (
    job_checks,
    storage_checks,
    tenant_checks,
)
from siegel.vault import checks as vault_checks
from siegel.vault import devices, kek, kek_versions, signing_key
from tests.cast import Organisation

Check = Callable[..., list[checks.CheckMessage]]


def said(check: Check) -> list[str]:
    return [str(message.id) for message in check()]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that is not there yet."""
    monkeypatch.setattr(settings, "SIEGEL_DATA", tmp_path / "data")
    monkeypatch.setattr(settings, "SIEGEL_KEYS", tmp_path / "keys")
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", tmp_path / "kek" / "kek.json")
    return tmp_path


# The keys.


def test_a_missing_key_is_an_error(elsewhere: Path) -> None:
    assert said(vault_checks.kek_opens) == [vault_checks.KEK_UNAVAILABLE]


def test_a_key_that_opens_is_none() -> None:
    assert said(vault_checks.kek_opens) == []


def test_a_signing_key_that_opens_is_none() -> None:
    assert said(vault_checks.signing_key_opens) == []


def test_a_signing_key_that_is_missing_damaged_or_of_another_kek(elsewhere: Path) -> None:
    unavailable = [vault_checks.SIGNING_KEY_UNAVAILABLE]
    assert said(vault_checks.signing_key_opens) == unavailable
    assert not settings.SIEGEL_KEYS.exists()
    kek.ensure()
    signing_key.ensure()
    assert said(vault_checks.signing_key_opens) == []
    path = settings.SIEGEL_KEYS / signing_key.FILE
    content = path.read_bytes()
    path.write_text("{}")
    assert said(vault_checks.signing_key_opens) == unavailable
    path.unlink()
    settings.SIEGEL_KEK_FILE.unlink()
    kek.ensure()
    path.write_bytes(content)
    (message,) = vault_checks.signing_key_opens()
    assert "cannot be unsealed" in message.msg
    assert "backup of the key store" in str(message.hint)


def test_a_rotation_that_nobody_finished(elsewhere: Path) -> None:
    kek.ensure()
    path: Path = settings.SIEGEL_KEK_FILE
    path.write_text(kek_versions.with_new_key(path.read_text()))
    assert said(vault_checks.kek_opens) == [vault_checks.ROTATION_UNFINISHED]


def test_nobody_else_may_read(bank: Organisation) -> None:
    assert said(vault_checks.only_the_owner_reads) == []
    path = settings.SIEGEL_KEYS / f"{bank.tenant.id}.json"
    path.chmod(0o640)
    (message,) = vault_checks.only_the_owner_reads()
    assert (message.id, str(path) in message.msg) == (vault_checks.OPEN_TO_OTHERS, True)


def test_of_many_open_files_some_are_named(elsewhere: Path) -> None:
    settings.SIEGEL_KEYS.mkdir(mode=0o755)
    for number in range(7):
        (settings.SIEGEL_KEYS / str(number)).touch(0o644)
    (message,) = vault_checks.only_the_owner_reads()
    assert "and 3 more" in message.msg


def test_an_installation_that_is_not_there_is_open_to_nobody(elsewhere: Path) -> None:
    assert said(vault_checks.only_the_owner_reads) == []


def test_the_sheet_on_the_disk(elsewhere: Path) -> None:
    assert said(vault_checks.sheet_is_locked_away) == []
    (elsewhere / "kek").mkdir()
    (elsewhere / "kek" / "recovery-sheet.txt").touch()
    assert said(vault_checks.sheet_is_locked_away) == [vault_checks.SHEET_ON_DISK]


def test_keys_on_the_same_device(elsewhere: Path) -> None:
    assert said(vault_checks.keys_lie_on_another_device) == []
    for folder in ("data", "keys", "kek"):
        (elsewhere / folder).mkdir()
    settings.SIEGEL_KEK_FILE.touch()
    (message,) = vault_checks.keys_lie_on_another_device()
    assert message.id == vault_checks.SAME_DEVICE
    assert "SIEGEL_KEYS and SIEGEL_KEK_FILE lie" in message.msg
    assert "copies and backups of the data folder are protected, the machine" in message.msg


@pytest.mark.parametrize("away", ["SIEGEL_KEYS", "SIEGEL_KEK_FILE"])
def test_keys_of_which_a_part_lies_elsewhere(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    """Neither opens anything without the other."""
    place = getattr(settings, away)
    monkeypatch.setattr(devices, "_device", lambda path: 2 if path == place else 1)
    assert said(vault_checks.keys_lie_on_another_device) == []


def test_keys_inside_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tenancy_checks.keys_lie_apart_from_data) == []
    monkeypatch.setattr(settings, "SIEGEL_KEYS", settings.SIEGEL_DATA / "keys")
    assert said(tenancy_checks.keys_lie_apart_from_data) == [tenancy_checks.INSIDE_DATA]


# The disk.


def test_a_folder_that_cannot_be_written(elsewhere: Path) -> None:
    assert said(storage_checks.data_can_be_written) == [storage_checks.NOT_WRITABLE]
    settings.SIEGEL_DATA.mkdir()
    assert said(storage_checks.data_can_be_written) == []


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("ext4", []),
        ("xfs", []),
        ("fuseblk", []),
        ("tmpfs", [storage_checks.NOT_A_DISK]),
        ("nfs4", [storage_checks.NOT_A_DISK]),
        ("cifs", [storage_checks.NOT_A_DISK]),
        ("fuse.sshfs", [storage_checks.NOT_A_DISK]),
        ("overlay", [storage_checks.OF_A_CONTAINER]),
    ],
)
def test_where_databases_cannot_live(
    kind: str, found: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = elsewhere / "mountinfo"
    mounts.write_text(
        "22 1 252:1 / / rw,relatime - btrfs /dev/vda rw\n"
        f"30 22 0:9 / {settings.SIEGEL_DATA} rw shared:1 - {kind} somewhere rw\n"
        "31 22 0:9 / /elsewhere rw - nfs somewhere rw\n"
    )
    monkeypatch.setattr(storage_checks, "MOUNTS", mounts)
    assert said(storage_checks.data_lie_on_a_local_disk) == found


def test_a_system_that_tells_no_mounts(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_checks, "MOUNTS", elsewhere / "nothing")
    assert said(storage_checks.data_lie_on_a_local_disk) == []


@pytest.mark.parametrize(
    ("megabytes", "found"),
    [
        (2048, []),
        (2047, [storage_checks.DISK_NEARLY_FULL]),
        (256, [storage_checks.DISK_NEARLY_FULL]),
        (255, [storage_checks.DISK_FULL]),
    ],
)
def test_a_disk_that_fills_up(
    megabytes: int, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(megabytes * 1024 * 1024))
    assert said(storage_checks.disk_has_room) == found


def test_a_disk_that_is_not_there(elsewhere: Path) -> None:
    assert said(storage_checks.disk_has_room) == []


# Databases.


def test_a_control_database_that_is_not_there_is_not_made(elsewhere: Path) -> None:
    assert said(tenant_checks.control_database_is_current) == [tenant_checks.NOT_CURRENT]
    assert not settings.SIEGEL_DATA.exists()
    for check in (
        tenant_checks.operators_are_there,
        tenant_checks.tenants_have_their_keys,
        tenant_checks.tenants_are_current,
        tenant_checks.trails_can_be_written,
        tenant_checks.nothing_is_half_made,
        tenant_checks.nothing_is_half_shredded,
        job_checks.no_dead_letters,
        job_checks.somebody_runs_jobs,
    ):
        assert said(check) == []


def test_a_control_database_of_another_version() -> None:
    assert said(tenant_checks.control_database_is_current) == []
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'x' WHERE name = '0002_jobs'")
        try:
            assert said(tenant_checks.control_database_is_current) == [tenant_checks.NOT_CURRENT]
        finally:
            cursor.execute("UPDATE django_migrations SET name = '0002_jobs' WHERE name = 'x'")
