"""An import that is killed: nobody is served half a tenant, and the next run brings it back."""

from pathlib import Path

import pytest

from tests.cast import Organisation
from tests.continuity.moving import Elsewhere, everything_here, exported, fill

PLACES = [
    "siegel.continuity.importing:_receive",
    "siegel.continuity.importing:_check_database",
    "siegel.continuity.importing:_adopt",
    "siegel.vault.travelling_keys:write_private",
    "siegel.continuity.importing:sync_folder",
    "siegel.continuity.importing:_make_visible",
]


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """One installation for all places, in which what was left lies in the way of the next."""
    return Elsewhere(tmp_path_factory.mktemp("other"))


def test_what_is_left_of_one_is_named_and_can_be_destroyed(
    bank: Organisation, tmp_path: Path, other: Elsewhere
) -> None:
    fill(bank)
    archive, key = exported(bank, tmp_path)
    place = "siegel.continuity.importing:_make_visible"
    assert other.killed_at(place, "tenants", "import", archive, "--key-file", key) == -9
    assert other.everything(bank.tenant.id)[0]  # Who has its keys, opens all of it.
    assert "siegel tenants shred bank" in other.siegel("doctor").stdout
    done = other.siegel("tenants", "shred", "bank", "--reason", "interrupted", "--yes")
    assert done.returncode == 0, done.stderr
    assert "files, copied before: tried 2, nothing opens" in done.stdout
    assert "siegel tenants shred bank" not in other.siegel("doctor").stdout
    assert not list((other.root / "data-keys").glob(f"{bank.tenant.id}*"))
    assert not any((other.root / "data" / "tenants").iterdir())


def test_killed_at_each_step_in_turn(bank: Organisation, tmp_path: Path, other: Elsewhere) -> None:
    fill(bank)
    archive, key = exported(bank, tmp_path)
    before = everything_here(bank.tenant)
    command = ("tenants", "import", archive, "--key-file", key)
    for place in PLACES:
        assert other.killed_at(place, *command) == -9, place
        listed = other.siegel("tenants", "list").stdout
        assert "active" not in listed
        assert "suspended" not in listed
        refused = other.siegel("files", "limits", "bank")
        assert refused.returncode == 1
    done = other.siegel(*command)
    assert done.returncode == 0, done.stderr
    assert other.everything(bank.tenant.id) == before
    assert other.siegel("tenants", "list").stdout.count("bank.test") == 1
    assert not any((other.root / "data" / "importing").iterdir())
    # Once it is there, it is not brought in again.
    assert "is here already" in other.siegel(*command).stderr
    assert other.everything(bank.tenant.id) == before
