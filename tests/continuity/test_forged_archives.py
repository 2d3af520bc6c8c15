"""Archives of somebody who has the key and another installation: well formed, and not a tenant."""

from contextlib import closing
from pathlib import Path

import pytest
import tink
from sqlcipher3 import dbapi2
from tink import aead

from siegel.continuity.archive import END, MAGIC, DamagedArchive
from siegel.tenancy.databases import schema_fingerprint
from siegel.tenancy.migrating import schema_of
from siegel.tenancy.models import OperatorTrailEntry, Tenant
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring
from siegel.vault.recovery_keys import RecoveryKey
from siegel.vault.travelling_keys import USES
from tests.cast import Organisation
from tests.continuity.moving import everything_here, exported, fill, remove, siegel
from tests.continuity.test_refused_archives import refused, rewritten, with_description


def taken_away(bank: Organisation, folder: Path) -> tuple[Path, RecoveryKey]:
    """An archive of a tenant that is not here any more, and its key."""
    archive, key_file = exported(bank, folder)
    remove(bank.tenant)
    OperatorTrailEntry.objects.all().delete()
    return archive, RecoveryKey.parse(key_file.read_text())


def change(bank: Organisation, *statements: str) -> None:
    fill(bank)
    everything_here(bank.tenant)  # Closes what this thread has open.
    with closing(dbapi2.connect(str(bank.tenant.database), isolation_level=None)) as connection:
        unlock(connection, keyring.derive(bank.tenant.id, "database"))
        for statement in statements:
            connection.execute(statement)


OTHERWISE_BUILT = {
    "a trigger": [
        "CREATE TRIGGER door AFTER INSERT ON files_storedfile BEGIN DELETE FROM files_scan; END"
    ],
    "a view": ["CREATE VIEW everybody AS SELECT * FROM identity_person"],
    "an index": ["CREATE INDEX one_more ON identity_person (email)"],
    "a table less": ["DROP TABLE conversations_draft"],
    "a table less, of a version that is none": [
        "DROP TABLE conversations_draft",
        "UPDATE tenant_proof SET schema = 'nonsense'",
    ],
}


@pytest.mark.parametrize("what", OTHERWISE_BUILT)
def test_a_database_that_is_built_otherwise(bank: Organisation, tmp_path: Path, what: str) -> None:
    change(bank, *OTHERWISE_BUILT[what])
    refusal = refused(*taken_away(bank, tmp_path))
    assert isinstance(refusal, DamagedArchive)
    assert "no export of Siegel writes. Nothing was imported." in str(refusal)


def test_one_whose_migration_was_interrupted_at_its_end_is_brought_to_this_version(
    bank: Organisation, tmp_path: Path
) -> None:
    """All of it was migrated but the row that says so: without it nobody would be served."""
    change(bank, "UPDATE tenant_proof SET schema = 'earlier'")
    archive, key_file = exported(bank, tmp_path)
    remove(bank.tenant)
    done = siegel("tenants", "import", archive, "--key-file", key_file)
    assert done.exit_code == 0, done.output
    assert "brought to this version" in done.output
    assert schema_of(bank.tenant) == schema_fingerprint()
    assert siegel("audit", "verify", "bank").exit_code == 0


@pytest.mark.parametrize("name", USES)
def test_a_keyset_of_another_kind(bank: Organisation, tmp_path: Path, name: str) -> None:
    fill(bank)
    handles = {each: keyring.handle_of(bank.tenant.id, use) for each, use in USES.items()}
    archive, key = taken_away(bank, tmp_path)
    handles[name] = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    keysets = {
        each: keyring.wrap(handle, bank.tenant.id, USES[each], key.aead())
        for each, handle in handles.items()
    }
    refusal = refused(rewritten(archive, key, with_description(keysets=keysets)), key)
    assert "keys in the archive cannot be used" in str(refusal)


@pytest.mark.parametrize(
    "told",
    [
        {"keysets": {"deriving": 5, "sealing": "text"}},
        {"keysets": 5},
        {"tenant": {"created_at": "9999-12-31T23:59:59-23:59"}},
    ],
)
def test_what_is_told_of_the_tenant_and_cannot_be(
    bank: Organisation, tmp_path: Path, told: dict[str, object]
) -> None:
    archive, key = taken_away(bank, tmp_path)
    refusal = refused(rewritten(archive, key, with_description(**told)), key)
    assert isinstance(refusal, DamagedArchive)


def test_a_tenant_that_is_told_in_lists_without_end(bank: Organisation, tmp_path: Path) -> None:
    archive, key = taken_away(bank, tmp_path)
    nested = rewritten(
        archive, key, lambda name, data: [(name, b"[" * 100_000 if ".json" in name else data)]
    )
    assert isinstance(refused(nested, key), DamagedArchive)


def test_a_beginning_in_lists_without_end(tmp_path: Path) -> None:
    text = MAGIC + b"[" * 16_000 + b"\n" + END
    (tmp_path / "nested").write_bytes(text + (len(text) + 8).to_bytes(8, "big"))
    refusal = refused(tmp_path / "nested", RecoveryKey.generate())
    assert isinstance(refusal, DamagedArchive)
    assert not Tenant.objects.exists()
