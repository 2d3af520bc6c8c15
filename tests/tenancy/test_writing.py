"""One writer at a time, also from two processes; hints after the commit."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest
from django.db import connections, transaction

from siegel.tenancy import bus
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.proof.models import Canary
from siegel.tenancy.threads import in_tenant
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


def test_a_transaction_that_fails_writes_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        with pytest.raises(ValueError, match="no"), write_transaction():
            Canary.objects.create(text="x")
            raise ValueError("no")
        assert not Canary.objects.exists()


def test_one_inside_another_is_a_savepoint(bank: Organisation) -> None:
    with serving(bank.tenant), write_transaction():
        Canary.objects.create(text="kept")
        with pytest.raises(ValueError, match="no"), write_transaction():
            Canary.objects.create(text="lost")
            raise ValueError("no")
        assert Canary.objects.get().text == "kept"
        assert not transaction.get_autocommit(using=bank.tenant.id)


def test_another_process_waits_for_the_lock(bank: Organisation) -> None:
    script = (
        "import fcntl,sys,time;f=open(sys.argv[1],'w');fcntl.flock(f,fcntl.LOCK_EX);"
        "print('held',flush=True);time.sleep(0.5)"
    )
    lock = bank.tenant.folder / "write.lock"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        with serving(bank.tenant), write_transaction():
            Canary.objects.create(text="x")
        assert time.monotonic() - began > 0.3


def test_hints_reach_listeners_of_the_tenant_only(
    bank: Organisation, insurer: Organisation
) -> None:
    async def drive() -> list[bus.Hint]:
        heard: list[bus.Hint] = []
        stop = bus.subscribe(bank.tenant, heard.append)
        again = bus.subscribe(bank.tenant, lambda hint: None)

        def publish() -> None:
            bus.publish(bank.tenant, bus.Hint("event", "a", 1))
            bus.publish(insurer.tenant, bus.Hint("event", "b", 2))

        thread = threading.Thread(target=publish)
        thread.start()
        thread.join()
        await asyncio.sleep(0)
        stop()
        again()
        bus.publish(bank.tenant, bus.Hint("event", "a", 2))
        await asyncio.sleep(0)
        return heard

    assert asyncio.run(drive()) == [bus.Hint("event", "a", 1)]


def test_a_listener_of_a_loop_that_has_ended_is_harmless(bank: Organisation) -> None:
    async def listen() -> None:
        bus.subscribe(bank.tenant, lambda hint: None)

    asyncio.run(listen())
    bus.publish(bank.tenant, bus.Hint("event", "a", 1))


def test_work_of_sockets_runs_in_the_tenant(bank: Organisation) -> None:
    assert asyncio.run(in_tenant(bank.tenant, Canary.objects.count)) == 0


def test_a_tenant_that_cannot_be_opened_is_named_once(
    bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(bank.tenant):
        close_connection(bank.tenant.id)
        bank.tenant.database.unlink()
        with pytest.raises(Unavailable, match="CannotBeOpened"):
            open_database(bank.tenant)
        assert "CannotBeOpened" in caplog.text
        assert "PRAGMA" not in caplog.text
        close_connection(bank.tenant.id)
    assert connections["default"].is_usable()
