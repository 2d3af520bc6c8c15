"""The control of separation turns red for every way to break it."""

import os
import shutil
import sqlite3
from collections.abc import Callable

import pytest
from django.conf import settings

from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.proof.models import Canary
from siegel.tenancy.separation import examine_separation, opens, plant_each
from siegel.vault import keyring
from tests.cast import Organisation


def test_sound_tenants_have_no_faults(bank: Organisation, insurer: Organisation) -> None:
    finding = examine_separation()
    assert finding.faults == ()
    assert finding.examined > 4


def test_the_planted_failure_is_seen_in_file_and_database() -> None:
    faults = " ".join(plant_each().faults)
    assert "readable in stray-copy" in faults
    assert "database holds the first one's text" in faults


def share_a_file(bank: ServedTenant, insurer: ServedTenant) -> None:
    insurer.database.unlink()
    os.link(bank.database, insurer.database)


def leave_the_folder(bank: ServedTenant, insurer: ServedTenant) -> None:
    elsewhere = bank.folder.with_name("elsewhere")
    shutil.move(bank.database, elsewhere)
    bank.database.symlink_to(elsewhere)


def lie_unencrypted(bank: ServedTenant, insurer: ServedTenant) -> None:
    bank.database.unlink()
    plain = sqlite3.connect(bank.database)
    plain.execute("CREATE TABLE x (y)")
    plain.commit()
    plain.close()


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (share_a_file, "two tenants share a file"),
        (leave_the_folder, "lies outside its folder"),
        (lie_unencrypted, "is not encrypted"),
    ],
)
def test_every_broken_separation_is_red(
    bank: Organisation,
    insurer: Organisation,
    break_it: Callable[[ServedTenant, ServedTenant], None],
    fault: str,
) -> None:
    for organisation in (bank, insurer):
        with serving(organisation.tenant):
            close_connection(organisation.tenant.id)
    break_it(bank.tenant, insurer.tenant)
    try:
        assert any(fault in found for found in examine_separation().faults)
    finally:
        for left in bank.tenant.folder.parent.glob("elsewhere*"):
            left.unlink()


def test_a_text_beside_the_control_database_is_red() -> None:
    stray = settings.SIEGEL_DATA / "stray.log"

    def log(tenant: ServedTenant, text: str) -> None:
        stray.write_text(text)

    try:
        assert examine_separation(log).faults == ("the text lies readable in stray.log",)
    finally:
        stray.unlink()


def test_a_database_opens_with_its_key_only_and_is_never_made(
    bank: Organisation, insurer: Organisation
) -> None:
    own, foreign = (keyring.derive(each.tenant.id, "database") for each in (bank, insurer))
    assert opens(bank.tenant.database, own)
    assert not opens(bank.tenant.database, foreign)
    assert not opens(bank.tenant.database, None)
    nothing = bank.tenant.folder / "nothing"
    assert not opens(nothing, own)
    assert not nothing.exists()


def test_a_shared_key_is_red(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "derive", lambda owner, purpose: b"k" * 32)
    faults = examine_separation().faults
    assert "two tenants share a key" in faults
    assert "the second probe's key opens the first one's database" in faults


def test_a_text_that_was_not_written_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Canary.objects, "create", lambda **_: None)
    with pytest.raises(LookupError):
        examine_separation()
