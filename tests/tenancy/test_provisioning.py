"""Tenants are created whole or not at all, from a template that is nobody's."""

import fcntl
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from sqlcipher3 import dbapi2

from siegel.audit import trail
from siegel.tenancy import provisioning, registry, suspending, template
from siegel.tenancy.context import serving
from siegel.tenancy.databases import template_file
from siegel.tenancy.models import OperatorTrailEntry, State, Tenant
from siegel.tenancy.provisioning import CannotCreate, create_tenant
from siegel.vault import keyring, signing_key
from tests.cast import Organisation


def what_remains() -> list[object]:
    data: Path = settings.SIEGEL_DATA
    keys: Path = settings.SIEGEL_KEYS
    return [*Tenant.objects.all(), *(data / "tenants").iterdir(), *keys.glob("t*")]


@pytest.mark.parametrize(
    "slug", ["", "a", "ab", "Bank", "1bank", "bank-", "bänk", "x" * 41, "../a", "a b"]
)
def test_short_names_that_cannot_be(slug: str) -> None:
    with pytest.raises(CannotCreate, match="short name"):
        create_tenant(slug, "bank.test")
    assert not what_remains()


@pytest.mark.parametrize(
    "host", ["", "bank", "bank.test:80", "chat.bank.test", "replay.bank.test", "Bank.test", "-a.b"]
)
def test_host_names_that_cannot_be(host: str) -> None:
    with pytest.raises(CannotCreate, match="host name"):
        create_tenant("bank", host)
    assert not what_remains()


def test_names_are_given_once(bank: Organisation) -> None:
    with pytest.raises(CannotCreate, match="already"):
        create_tenant("bank", "other.test")
    with pytest.raises(CannotCreate, match="another tenant"):
        create_tenant("other", "bank.test")
    with serving(bank.tenant):
        bank.ada.refresh_from_db()


@pytest.mark.parametrize("step", ["create", "_export", "furnish"])
def test_whatever_fails_nothing_remains(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("interrupted")

    furnish: Callable[[], None] = lambda: None  # noqa: E731 - replaced in one case
    if step == "create":
        monkeypatch.setattr(keyring, "create", fail)
    elif step == "_export":
        monkeypatch.setattr(provisioning, "_export", fail)
    else:
        furnish = fail
    with pytest.raises(RuntimeError, match="interrupted"):
        create_tenant("bank", "bank.test", furnish=furnish)
    assert not what_remains()


def left_by_a_killed_process(slug: str, host: str) -> Tenant:
    """A row, keys and an unfinished database, as after kill -9."""
    left = Tenant.objects.create(slug=slug, host=host)
    keyring.create(left.id)
    left.as_served().folder.mkdir()
    left.as_served().database.write_bytes(b"half")
    return left


@pytest.mark.parametrize(("slug", "host"), [("bank", "other.test"), ("other", "bank.test")])
def test_what_a_killed_process_left_burns_no_names(slug: str, host: str) -> None:
    left = left_by_a_killed_process(slug, host)
    made = create_tenant("bank", "bank.test")
    assert made.id != left.id
    assert [tenant.id for tenant in Tenant.objects.all()] == [made.id]
    assert not left.as_served().folder.exists()
    keys = {path.name for path in settings.SIEGEL_KEYS.iterdir()} - {signing_key.FILE}
    assert all(name.startswith(made.id) for name in keys)


def test_remains_of_others_go_too_and_tenants_that_work_are_left_alone(bank: Organisation) -> None:
    other = left_by_a_killed_process("other", "other.test")
    suspending.suspend("bank", "test")
    for slug, host in (("bank", "new.test"), ("new", "bank.test")):
        with pytest.raises(CannotCreate):
            create_tenant(slug, host)
    suspending.resume("bank")
    assert [tenant.slug for tenant in Tenant.objects.all()] == ["bank"]
    assert not other.as_served().folder.exists()
    assert not list(settings.SIEGEL_KEYS.glob(f"{other.id}*"))
    with serving(bank.tenant):
        bank.ada.refresh_from_db()


def test_a_process_that_is_killed_leaves_names_that_can_be_used(tmp_path: Path) -> None:
    program = (
        "import os, signal, django; django.setup(set_prefix=False)\n"
        "from siegel.tenancy.provisioning import create_tenant\n"
        "kill = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
        "create_tenant('bank', 'bank.test', furnish=kill)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert Tenant.objects.get().state == State.PROVISIONING
    made = create_tenant("bank", "bank.test")
    assert Tenant.objects.get().id == made.id


def test_of_two_at_once_one_wins_and_the_other_is_told() -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []
    told: list[str] = []

    def create(furnish: Callable[[], None]) -> None:
        try:
            made.append(create_tenant("bank", "bank.test", furnish=furnish).id)
        except CannotCreate as refusal:
            told.append(str(refusal))
        finally:
            connections.close_all()

    def slowly() -> None:
        begun.set()
        assert go_on.wait(10)

    first = threading.Thread(target=create, args=(slowly,))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=create, args=(lambda: None,))
    second.start()
    second.join(0.3)
    assert second.is_alive()
    go_on.set()
    first.join(10)
    second.join(10)
    assert [tenant.id for tenant in Tenant.objects.all()] == made
    assert told == ["There is a tenant bank already."]


def test_folder_and_files_are_private(bank: Organisation) -> None:
    assert stat.S_IMODE(bank.tenant.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(bank.tenant.database.stat().st_mode) == 0o600


def test_creation_is_in_the_operators_trail(bank: Organisation) -> None:
    entry = OperatorTrailEntry.objects.get()
    assert (entry.action, entry.subject) == ("tenant.created", bank.tenant.id)
    assert trail.verify(OperatorTrailEntry.objects.all()).seq == 1


def test_two_databases_share_no_salt(bank: Organisation, insurer: Organisation) -> None:
    salts = {tenant.database.read_bytes()[:16] for tenant in (bank.tenant, insurer.tenant)}
    assert len(salts) == 2


def test_the_template_holds_nobody(bank: Organisation) -> None:
    # Not the standard library's SQLite, which may not know the options of the search's tables.
    connection = dbapi2.connect(str(template_file()))
    # The search's cursor stands at the beginning; FTS5 keeps what a table is made of in two others.
    full = {"django_migrations", "django_content_type", "auth_permission", "search_cursor"}
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        if name not in full
        and not name.startswith("sqlite_")
        and not (name.startswith("search_") and name.endswith(("_data", "_config")))
    ]
    counts = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables
    }
    connection.close()
    assert "identity_person" in counts
    assert set(counts.values()) == {0}


def test_two_processes_build_one_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "template" / "x.sqlite3"
    monkeypatch.setattr(template, "template_file", lambda: target)
    built: list[Path] = []

    def build(path: Path) -> None:
        built.append(path)
        path.touch()

    monkeypatch.setattr(template, "_build", build)
    assert template.ensure_template() == template.ensure_template() == target
    assert built == [target]

    # Another process finished while this one waited for the lock.
    target.unlink()
    monkeypatch.setattr(fcntl, "flock", lambda *_: target.touch())
    template.ensure_template()
    assert built == [target]


def test_a_created_tenant_is_found_at_once(bank: Organisation) -> None:
    assert registry.by_host("bank.test:8000") == (bank.tenant, "desk")
