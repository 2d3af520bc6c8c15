"""What shredding tries afterwards: each way is worth something, and says whether it was tried."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from sqlcipher3 import dbapi2

from siegel.continuity import attempts, shredding
from siegel.continuity.open_files import Holders
from siegel.conversations.writer import writers
from siegel.files import objects
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import Job, JobState, OperatorTrailEntry, Tenant
from siegel.tenancy.raw_files import CHUNK
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring
from tests.cast import Organisation
from tests.continuity.moving import fill, siegel
from tests.continuity.test_shredding import SHRED, nothing_remains


def test_a_connection_that_was_kept_is_found(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It still reads what its file had, though the keys are gone: unless it is closed."""
    monkeypatch.setattr(shredding, "close_departed", lambda: None)
    monkeypatch.setattr(shredding, "LET_GO_SECONDS", 0.3)
    done = siegel(*SHRED, "--yes")
    assert done.exit_code == 1
    assert "OPENS   the connection this process had open" in done.output
    assert "closed  keys in the key store" in done.output


def test_what_a_second_run_has_nothing_for_it_does_not_count(bank: Organisation) -> None:
    fill(bank)
    next(shredding.shred(Tenant.objects.get(), "contract ended"))  # And interrupted then.
    done = siegel(*SHRED, "--yes")
    assert done.exit_code == 0, done.output
    for way in ("database, copied before", "the connection this process had open", "queued jobs"):
        assert f"closed  {way}: nothing to try with" in done.output
    for way in ("files, copied before", "index of the search, words known from before"):
        assert f"closed  {way}: could not be sampled" in done.output
    # The keys, other processes, and its hosts.
    told = OperatorTrailEntry.objects.get(action="tenant.shredded")
    assert told.detail == {"attempts": 3, "opened": []}


def make_older(tenant: ServedTenant) -> None:
    with closing(opened(tenant)) as connection:
        connection.execute("DROP TABLE search_word")


def damage(tenant: ServedTenant) -> None:
    """Write over the page with which the table of files begins."""
    with closing(opened(tenant)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'files_storedfile'"
        page = int(connection.execute(sql).fetchone()[0])
        size = int(connection.execute("PRAGMA page_size").fetchone()[0])
    with tenant.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(64))


def opened(tenant: ServedTenant) -> Any:
    """Its database, after everybody here has closed it."""
    writers.drain(close=False)
    with serving(tenant):
        close_connection(tenant.id)
    connection = dbapi2.connect(str(tenant.database), isolation_level=None)
    unlock(connection, keyring.derive(tenant.id, "database"))
    return connection


@pytest.mark.parametrize(
    ("spoil", "missed", "sampled"),
    [
        (make_older, "index of the search", "files, copied before: tried 2"),
        (damage, "files, copied before", "database, copied before: tried 1"),
    ],
)
def test_a_damaged_or_older_one_is_shredded_too(
    bank: Organisation, spoil: Callable[[ServedTenant], None], missed: str, sampled: str
) -> None:
    fill(bank)
    spoil(bank.tenant)
    done = siegel(*SHRED, "--yes")
    assert done.exit_code == 0, done.output
    (line,) = (line for line in done.output.splitlines() if missed in line)
    assert line.endswith("could not be sampled")
    assert f"closed  {sampled}, nothing opens" in done.output
    nothing_remains(bank.tenant)


def before_of(tenant: ServedTenant, copy: Path) -> attempts.Before:
    with serving(tenant):
        return attempts.take_before(tenant, copy)


def test_each_way_opens_as_long_as_nothing_is_shredded(bank: Organisation, tmp_path: Path) -> None:
    """The attempts are worth something: on a tenant that is there they succeed."""
    fill(bank)
    copy = settings.SIEGEL_DATA / "copy"
    copy.mkdir()
    try:
        before = before_of(bank.tenant, copy)
        assert (len(before.files or []), len(before.previews or [])) == (2, 1)
        assert before.words
        assert "vertrauenswuerdigkeitspruefung" in before.words
        job = Job.objects.create(
            name="nothing", state=JobState.DONE, tenant=bank.tenant.id, run_after=timezone.now(),
            lease_until=timezone.now(), finished_at=timezone.now(),
        )  # fmt: skip
        rescan = Job.objects.create(
            name="files.rescan", arguments=["clamd"], tenant=bank.tenant.id,
            run_after=timezone.now(), lease_until=timezone.now(),
        )  # fmt: skip
        assert attempts._job_runs(before, rescan.pk)
        held = Holders((1,), unseen=2)
        made = {a.name: a for a in attempts.attempt_all(before, held, [job.pk])}
        closed = {name for name, attempt in made.items() if not attempt.opened}
        # These look for what would be a fault of its own: text that lies unencrypted.
        assert closed == {
            "log of the database (WAL), copied before",
            "index of the search, words known from before",
        }
        assert "2 of other users" in made["connections that other processes had open"].told
        # And these find it.
        for path in (before.database, before.log):
            path.unlink(missing_ok=True)
            path.write_bytes(bytes(CHUNK - 5) + before.words[0].encode())
            assert attempts._reads(path, before.words)
        before.database.unlink()
        with closing(dbapi2.connect(str(before.database))) as plain:
            plain.execute("CREATE TABLE plain (text)")
        assert attempts._database_opens(before)
    finally:
        shutil.rmtree(copy)


def test_objects_that_do_not_open_before_are_not_tried(bank: Organisation) -> None:
    fill(bank)
    with serving(bank.tenant):
        for path in objects.all_paths():
            path.write_bytes(b"damaged")
    done = siegel(*SHRED, "--yes")
    assert "files, copied before: nothing to try with" in done.output


def test_bytes_of_databases_are_read_in_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a second name of one that this process has open would end SQLite's locks on it."""
    (tmp_path / "copy").write_bytes(b"vertrauen")

    def never(*_: object) -> None:
        raise AssertionError("It was opened here.")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", never)
        assert attempts._reads(tmp_path / "copy", ["anders", "vertrauen"])
        assert not attempts._reads(tmp_path / "copy", ["anders"])
