"""Shredding: nothing of a tenant opens again, though a process serves it at that very moment."""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from click.testing import Result
from django.conf import settings
from django.db import connections
from django.utils import timezone
from sqlcipher3 import dbapi2

from siegel.audit import trail
from siegel.continuity import open_files, shredding
from siegel.continuity.open_files import Holders, holders_of, wait_until_let_go
from siegel.conversations.live import TENANT_UNAVAILABLE, TICKET_REFUSED
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.models import Job, OperatorTrailEntry, State, Tenant, Tombstone
from siegel.tenancy.provisioning import create_tenant
from siegel.vault import keyring
from tests.cast import Organisation
from tests.continuity.moving import (
    SECRET,
    Here,
    everything_here,
    everything_of,
    exported,
    fill,
    siegel,
)
from tests.conversations.conversing import adviser_socket, client_socket, message
from tests.server import Running

SHRED = ("tenants", "shred", "bank", "--reason", "contract ended")
WAYS = 10


@contextlib.contextmanager
def serving_process() -> Iterator[Running]:
    """`siegel serve` in a process of its own, over the installation of the tests."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "siegel.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            while "Serving on" not in (line := process.stderr.readline()):
                assert line, "It has ended."
            yield Running(port, cast("object", process))  # type: ignore[arg-type] # only its port is asked for
        finally:
            process.terminate()
            process.wait(20)


def test_of_a_tenant_in_use_nothing_opens_again(bank: Organisation, tmp_path: Path) -> None:
    conversation = fill(bank)
    later = timezone.now() + dt.timedelta(hours=1)
    job = Job.objects.create(
        name="files.rescan", tenant=bank.tenant.id, run_after=later, lease_until=later
    )
    copy, keys = tmp_path / "copy", tmp_path / "keys"

    async def converse(server: Running) -> tuple[int, int, float]:
        async with (
            client_socket(server, bank, conversation) as client,
            adviser_socket(server, bank, bank.ada) as adviser,
        ):
            await client.hear("ready")
            await adviser.hear("ready")
            await client.ask("sent", **message(conversation, uuid.uuid4(), SECRET))
            assert holders_of(bank.tenant.folder).pids
            shutil.copytree(bank.tenant.folder, copy)
            shutil.copytree(settings.SIEGEL_KEYS, keys)
            assert (copy / "tenant.sqlite3-wal").stat().st_size > 0
            began = time.monotonic()
            shredded = asyncio.create_task(asyncio.to_thread(siegel, *SHRED, "--yes"))
            codes = await asyncio.gather(client.end(15), adviser.end(15))
            ended = time.monotonic() - began
            done = await shredded
            assert done.exit_code == 0, done.output
            assert done.stdout.count("closed  ") == WAYS
            assert "nothing opens" in done.stdout
            assert "no process holds a file of it" in done.stdout
            assert "nothing to try with" not in done.stdout
            assert "copies of the key store" in done.stdout
            return codes[0], codes[1], ended

    with serving_process() as server:
        before = everything_here(bank.tenant)
        assert server.request("GET", bank.host, "/sign-in/")[0] == 200
        *codes, seconds = asyncio.run(converse(server))
        assert set(codes) <= {TENANT_UNAVAILABLE, TICKET_REFUSED}
        assert seconds < 8
        assert server.request("GET", bank.host, "/sign-in/")[0] == 404
        assert server.request("GET", bank.chat_host, "/")[0] == 404
        assert holders_of(bank.tenant.folder).pids == ()

    assert not Job.objects.filter(pk=job.pk).exists()
    nothing_remains(bank.tenant)
    told = OperatorTrailEntry.objects.get(action="tenant.shredded")
    assert told.detail == {"attempts": WAYS, "opened": []}
    begun = OperatorTrailEntry.objects.get(action="tenant.shredding")
    assert begun.detail == {"reason": "contract ended"}
    trail.verify(OperatorTrailEntry.objects.order_by("seq"))
    check_copies(bank.tenant, copy, keys, len(before[0]["conversations_message"]) + 1)


def nothing_remains(tenant: ServedTenant) -> None:
    """But its id."""
    assert not tenant.folder.exists()
    assert not list(settings.SIEGEL_KEYS.glob(f"{tenant.id}*"))
    assert not Tenant.objects.exists()
    assert Tombstone.objects.get().pk == tenant.id
    assert not any((settings.SIEGEL_DATA / "shredding").iterdir())


def check_copies(tenant: ServedTenant, copy: Path, keys: Path, messages: int) -> None:
    """What somebody had copied before opens with a copy of the keys, as the command says."""
    for path in copy.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    with (
        closing(dbapi2.connect(str(copy / "tenant.sqlite3"))) as plain,
        pytest.raises(dbapi2.DatabaseError),
    ):
        plain.execute("SELECT count(*) FROM sqlite_master")
    with pytest.raises(keyring.KeyUnavailable):
        keyring.derive(tenant.id, "database")
    for path in keys.glob(f"{tenant.id}*"):
        shutil.copy(path, settings.SIEGEL_KEYS)
    rows, _ = everything_of(copy, keyring.derive(tenant.id, "database"))
    assert len(rows["conversations_message"]) == messages
    keyring.remove(tenant.id)


def test_its_short_name_has_to_be_typed(bank: Organisation) -> None:
    wrong = siegel(*SHRED, given="insurer\n")
    assert wrong.exit_code == 1
    assert "nothing was done" in wrong.output
    assert Tenant.objects.get().state == State.ACTIVE
    assert everything_here(bank.tenant)[0]
    done = siegel(*SHRED, given="bank\n")
    assert done.exit_code == 0
    assert "Exports known here: 0" in done.output
    gone = siegel(*SHRED, "--yes")
    assert gone.exit_code == 1
    assert "There is no tenant bank" in gone.output


def test_without_a_reason_nothing_is_shredded(bank: Organisation) -> None:
    assert siegel("tenants", "shred", "bank", "--yes").exit_code == 2
    refused = siegel("tenants", "shred", "bank", "--reason", " ", "--yes")
    assert refused.exit_code == 1
    assert "needs a reason" in refused.output
    assert everything_here(bank.tenant)[0]


def test_exports_are_named_and_do_not_come_back(bank: Organisation, tmp_path: Path) -> None:
    archive, key = exported(bank, tmp_path)
    done = siegel(*SHRED, "--yes")
    assert "Exports known here: 1, out of reach and not tried." in done.output
    assert f"It was exported on {timezone.now():%Y-%m-%d}" in done.output
    back = siegel("tenants", "import", archive, "--key-file", key)
    assert back.exit_code == 1
    assert "was shredded here" in back.output


def test_what_a_killed_export_has_left_goes_too(bank: Organisation) -> None:
    place = "siegel.continuity.snapshot:facts_of"
    archive = bank.tenant.folder / "bank.siegel"
    assert Here().killed_at(place, "tenants", "export", "bank", archive) == -9
    assert [path.name for path in (settings.SIEGEL_DATA / "exporting").glob("*/*")] == ["database"]
    assert siegel(*SHRED, "--yes").exit_code == 0
    assert not any((settings.SIEGEL_DATA / "exporting").iterdir())


def test_others_are_not_touched(bank: Organisation, insurer: Organisation) -> None:
    fill(insurer)
    before = everything_here(insurer.tenant)
    assert siegel(*SHRED, "--yes").exit_code == 0
    assert everything_here(insurer.tenant) == before
    assert insurer.desk(insurer.ada).get("/").status_code == 302


def test_what_opens_is_told_and_is_an_exit_code(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With keys that are not destroyed the same attempts find everything open."""
    fill(bank)
    with monkeypatch.context() as patched:
        patched.setattr(keyring, "destroy", lambda _: None)
        done = siegel(*SHRED, "--yes")
    assert done.exit_code == 1
    for way in ("database", "files", "previews", "keys in the key store"):
        assert f"OPENS   {way}" in done.output
    told = OperatorTrailEntry.objects.get(action="tenant.shredded")
    assert len(told.detail["opened"]) == 4
    assert not bank.tenant.folder.exists()
    keyring.remove(bank.tenant.id)


def test_a_process_that_does_not_let_go_is_named(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shredding, "LET_GO_SECONDS", 0.3)
    with subprocess.Popen(["tail", "-f", bank.tenant.database], stdout=subprocess.DEVNULL) as tail:
        while tail.pid not in holders_of(bank.tenant.folder).pids:
            time.sleep(0.01)
        done = siegel(*SHRED, "--yes")
        tail.kill()
    assert done.exit_code == 1
    assert f"STILL HELD by process {tail.pid}" in done.output


def test_killed_at_each_step_in_turn(bank: Organisation) -> None:
    fill(bank)
    connections.close_all()  # Nobody looks after this process here: it would be waited for.
    here = Here()
    for place in [
        "siegel.vault.keyring:destroy",
        "siegel.vault.keyring:_delete",
        "siegel.continuity.shredding:wait_until_let_go",
        "siegel.continuity.shredding:_remove",
        "siegel.continuity.shredding:attempt_all",
        "siegel.continuity.shredding:_bury",
    ]:
        assert here.killed_at(place, *SHRED, "--yes") == -9, place
        registry.forget()
        assert registry.by_host(bank.host) is None
        assert Tenant.objects.get().state == State.SHREDDING
    done = siegel(*SHRED, "--yes")
    assert done.exit_code == 0, done.output
    assert not Tenant.objects.exists()
    assert not bank.tenant.folder.exists()
    assert not any((settings.SIEGEL_DATA / "shredding").iterdir())
    assert OperatorTrailEntry.objects.filter(action="tenant.shredding").count() == 1


def test_before_the_mark_a_killed_one_has_done_nothing(bank: Organisation) -> None:
    before = everything_here(bank.tenant)
    assert Here().killed_at("siegel.continuity.shredding:_mark", *SHRED, "--yes") == -9
    assert everything_here(bank.tenant) == before
    assert Tenant.objects.get().state == State.ACTIVE


def test_while_it_is_shredded_no_command_serves_it(bank: Organisation) -> None:
    Tenant.objects.update(state=State.SHREDDING)
    registry.forget()
    for arguments in [
        ("files", "limits", "bank"),
        ("audit", "head", "bank"),
        ("tenants", "shell", "bank", "--reason", "x"),
        ("tenants", "export", "bank", "/nowhere"),
        ("tenants", "resume", "bank"),
    ]:
        refused = siegel(*arguments)
        assert refused.exit_code == 1
        assert "There is no tenant bank" in refused.output
    assert "bank.test  shredding" in siegel("tenants", "list").output
    # Migrating and the controls pass it by.
    assert "0 tenants, 0 migrated, 0 failed" in siegel("tenants", "migrate").output


def test_a_folder_that_comes_back_is_removed_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has not noticed yet makes the folder of an object that it cannot seal."""
    rmtree = shutil.rmtree
    left = [True, False]

    def late(folder: Path) -> None:
        if left and left.pop(0):
            raise OSError("not empty")
        rmtree(folder)

    monkeypatch.setattr(shutil, "rmtree", late)
    shredding._remove(bank.tenant.folder)
    assert not bank.tenant.folder.exists()

    def never(folder: Path) -> None:
        raise OSError("not empty")

    bank.tenant.folder.mkdir()
    monkeypatch.setattr(shutil, "rmtree", never)
    monkeypatch.setattr(shredding, "REMOVING_SECONDS", 0.0)
    with pytest.raises(OSError, match="not empty"):
        shredding._remove(bank.tenant.folder)


def test_below_a_link_holders_are_seen_too(tmp_path: Path) -> None:
    """The kernel names files by where they are, also once they were deleted."""
    folder = tmp_path / "real" / "t1"
    folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with (folder / "tenant.sqlite3").open("w"):
        assert holders_of(tmp_path / "link" / "t1").pids == (os.getpid(),)
        shutil.rmtree(folder)
        assert holders_of(tmp_path / "link" / "t1").pids == (os.getpid(),)


def test_processes_that_cannot_be_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "PROCESSES", tmp_path)
    (tmp_path / "version").write_text("no process")
    (tmp_path / "7" / "fd").mkdir(parents=True)
    (tmp_path / "7" / "fd" / "3").symlink_to("/data/tenants/t1/tenant.sqlite3 (deleted)")
    (tmp_path / "8" / "fd").mkdir(parents=True)
    (tmp_path / "8" / "fd" / "3").symlink_to("/data/tenants/t11/tenant.sqlite3")
    (tmp_path / "9").mkdir()  # Ended.
    assert holders_of(Path("/data/tenants/t1")) == Holders((7,), 0)

    def closed(process: Path) -> Iterator[str]:
        raise PermissionError

    monkeypatch.setattr(open_files, "_targets", closed)
    assert wait_until_let_go(Path("/data/tenants/t1"), 1) == Holders((), 3)


def test_one_that_is_being_created_is_finished_first() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert go_on.wait(10)

    def create() -> None:
        create_tenant("bank", "bank.test", furnish=slowly)
        connections.close_all()

    def destroy() -> None:
        told.append(siegel(*SHRED, "--yes"))
        connections.close_all()

    told: list[Result] = []
    first, second = threading.Thread(target=create), threading.Thread(target=destroy)
    first.start()
    assert begun.wait(10)
    second.start()
    second.join(1)
    assert Tenant.objects.get().state == State.PROVISIONING
    go_on.set()
    first.join(10)
    second.join(30)
    assert told[0].exit_code == 0, told[0].output
    nothing_remains(ServedTenant(Tombstone.objects.get().pk))


def test_one_that_has_gone_meanwhile(bank: Organisation) -> None:
    gone = Tenant.objects.get()
    Tenant.objects.all().delete()
    with pytest.raises(Tenant.DoesNotExist, match="no tenant bank"):
        list(shredding.shred(gone, "contract ended"))
    assert keyring.derive(bank.tenant.id, "database")
    assert not Tombstone.objects.exists()
