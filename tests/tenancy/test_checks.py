"""What `siegel doctor` says: each check is seen to fire, and not to fire without a reason."""

import ctypes
import datetime as dt
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.conf import settings
from django.core import checks
from django.core.checks.registry import registry
from django.db import connections
from django.utils import timezone
from sqlcipher3 import dbapi2

from siegel.cli import main
from siegel.continuity import checks as continuity_checks
from siegel.files import checks as files_checks
from siegel.files import clamd
from siegel.identity import checks as identity_checks
from siegel.tenancy import checks as tenancy_checks
from siegel.tenancy import (
    diagnosis,
    job_checks,
    machine_checks,
    provisioning,
    storage_checks,
    tenant_checks,
)
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.job_scheduling import SchedulerLock
from siegel.tenancy.models import Job, OperatorTrailEntry, State, Tenant
from siegel.tenancy.proof.models import Proof
from siegel.vault import checks as vault_checks
from tests.cast import Organisation

Check = Callable[..., list[checks.CheckMessage]]


def said(check: Check) -> list[str]:
    return [str(message.id) for message in check()]


def siegel(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_operators(bank: Organisation) -> None:
    assert said(tenant_checks.operators_are_there) == [tenant_checks.NO_OPERATORS]
    provisioning.create_tenant("operators", "operators.test", is_operators=True)
    assert said(tenant_checks.operators_are_there) == []


@pytest.mark.parametrize("use", ["", "-objects"])
def test_a_tenant_without_its_keys(use: str, bank: Organisation, insurer: Organisation) -> None:
    assert said(tenant_checks.tenants_have_their_keys) == []
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}{use}.json").unlink()
    (message,) = tenant_checks.tenants_have_their_keys()
    assert message.id == tenant_checks.KEYS_MISSING
    assert f"bank ({bank.tenant.id})" in message.msg
    # One cause, one line.
    assert said(tenant_checks.tenants_are_current) == []


def test_a_tenant_of_another_version(bank: Organisation, insurer: Organisation) -> None:
    assert said(tenant_checks.tenants_are_current) == []
    with serving(bank.tenant):
        Proof.objects.update(schema="older")
        close_connection(bank.tenant.id)
    insurer.tenant.database.write_bytes(b"nothing at all" * 1000)
    assert said(tenant_checks.tenants_are_current) == [
        tenant_checks.STALE,
        tenant_checks.DATABASE_CLOSED,
    ]


def test_what_a_killed_creation_has_left(bank: Organisation) -> None:
    assert said(tenant_checks.nothing_is_half_made) == []
    Tenant.objects.update(state=State.PROVISIONING)
    with provisioning.one_at_a_time():
        # Somebody is at it.
        assert said(tenant_checks.nothing_is_half_made) == []
    (message,) = tenant_checks.nothing_is_half_made()
    assert message.id == tenant_checks.HALF_MADE
    assert f"bank ({bank.tenant.id})" in message.msg
    assert "siegel tenants shred bank" in str(message.hint)


def test_a_shredding_that_was_interrupted(bank: Organisation) -> None:
    assert said(tenant_checks.nothing_is_half_shredded) == []
    Tenant.objects.update(state=State.SHREDDING)
    (message,) = tenant_checks.nothing_is_half_shredded()
    assert message.id == tenant_checks.HALF_SHREDDED
    assert f"The shredding of bank ({bank.tenant.id}) has begun" in message.msg
    assert "siegel tenants shred bank" in str(message.hint)


def test_operators_that_are_being_shredded_are_none() -> None:
    provisioning.create_tenant("operators", "operators.test", is_operators=True)
    Tenant.objects.update(state=State.SHREDDING)
    assert said(tenant_checks.operators_are_there) == [tenant_checks.NO_OPERATORS]


def test_trails_that_cannot_be_written(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = OperatorTrailEntry.objects.count()
    assert said(tenant_checks.trails_can_be_written) == []
    assert OperatorTrailEntry.objects.count() == rows
    # For root everything can be written.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        try:
            found = tenant_checks.trails_can_be_written()
        finally:
            cursor.execute("PRAGMA query_only = OFF")
    assert [message.msg for message in found] == [
        "The trail of the operators cannot be written.",
        f"The trail of bank ({bank.tenant.id}) cannot be written.",
    ]


# Jobs.


def test_dead_letters() -> None:
    assert said(job_checks.no_dead_letters) == []
    now = timezone.now()
    Job.objects.create(
        name="files.rescan", state="failed", run_after=now, lease_until=now, finished_at=now,
        last_error="OSError",
    )  # fmt: skip
    (message,) = job_checks.no_dead_letters()
    assert message.id == job_checks.DEAD_LETTERS
    assert "1 jobs files.rescan failed at every attempt: OSError." in message.msg


def test_nobody_schedules(quiet: None) -> None:
    assert said(job_checks.somebody_runs_jobs) == [job_checks.NOBODY_SCHEDULES]
    lock = SchedulerLock()
    assert lock.take()
    try:
        assert said(job_checks.somebody_runs_jobs) == []
    finally:
        lock.release()


# The machine and the program.


@pytest.mark.parametrize(
    ("version", "fires"),
    [("4.19.0 community", False), ("4.6.0 community", False), ("4.5.7 community", True),
     ("3.4.2", True), (None, True)],
)  # fmt: skip
def test_an_old_sqlcipher(
    version: str | None, fires: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection:
        def execute(self, statement: str) -> "Connection":
            return self

        def fetchone(self) -> tuple[str] | None:
            return (version,) if version else None

        def close(self) -> None:
            pass

    monkeypatch.setattr(dbapi2, "connect", lambda path: Connection())
    found = [machine_checks.OLD_SQLCIPHER] if fires else []
    assert said(machine_checks.sqlcipher_is_new_enough) == found


def test_the_sqlcipher_that_is_installed() -> None:
    assert said(machine_checks.sqlcipher_is_new_enough) == []


@pytest.mark.parametrize(("answer", "fires"), [(5, True), (0, False), (-1, False), (None, False)])
def test_a_clock_that_nobody_sets(
    answer: int | None, fires: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        pass

    library: Any = Library()
    if answer is not None:
        library.adjtimex = lambda buffer: answer
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    found = [machine_checks.CLOCK_UNSYNCHRONISED] if fires else []
    assert said(machine_checks.clock_is_right) == found


def test_a_clock_that_was_set_back(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "is_unsynchronised", lambda: False)
    assert said(machine_checks.clock_is_right) == []
    OperatorTrailEntry.objects.update(at=timezone.now() + dt.timedelta(minutes=5))
    assert said(machine_checks.clock_is_right) == [machine_checks.CLOCK_BEHIND]


@pytest.mark.parametrize(("granted", "fires"), [(1024, True), (1_000_000, False)])
def test_too_few_open_files(granted: int, fires: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, granted))
    found = [machine_checks.FEW_OPEN_FILES] if fires else []
    assert said(machine_checks.enough_open_files) == found


@pytest.mark.parametrize(
    ("proxies", "fires"),
    [
        ([], False),
        (["127.0.0.1", "10.0.0.0/8", "proxy.internal", "::1"], False),
        (["*"], True),
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        (["127.0.0.1", "128.0.0.0/1"], True),
    ],
)
def test_everybody_is_believed(
    proxies: list[str], fires: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_TRUSTED_PROXIES", proxies)
    found = [machine_checks.EVERYBODY_A_PROXY] if fires else []
    assert said(machine_checks.not_everybody_is_a_proxy) == found


def test_static_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, built = tmp_path / "shipped", tmp_path / "built"
    (shipped / "build").mkdir(parents=True)
    built.mkdir()
    (shipped / "build" / "desk.css").touch()
    monkeypatch.setattr(settings, "STATICFILES_DIRS", [shipped])
    monkeypatch.setattr(settings, "STATIC_ROOT", built)

    def missing() -> str:
        found = machine_checks.static_files_are_built()
        return str(found[0].msg) if found else ""

    assert "staticfiles.json is missing" in missing()
    manifest = built / "staticfiles.json"
    manifest.write_text("not JSON")
    assert "staticfiles.json is missing" in missing()
    manifest.write_text(json.dumps({"paths": {}}))
    assert "build/desk.css is missing" in missing()
    manifest.write_text(json.dumps({"paths": {"build/desk.css": "desk.123.css"}}))
    assert "desk.123.css is missing" in missing()
    (built / "desk.123.css").touch()
    assert missing() == ""


def test_settings_that_were_weakened(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(machine_checks.settings_are_not_weakened) == []
    monkeypatch.setattr(settings, "DEBUG", True)
    monkeypatch.setattr(settings, "SECRET_KEY", "the same for all")
    messages = machine_checks.settings_are_not_weakened()
    assert {message.msg.split(maxsplit=1)[0] for message in messages} == {"DEBUG", "SECRET_KEY"}


def test_a_scanner_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_CLAMD", "")
    assert said(files_checks.scanner_answers) == []
    monkeypatch.setattr(settings, "SIEGEL_CLAMD", f"unix:{tmp_path}/nobody")
    assert said(files_checks.scanner_answers) == [files_checks.SCANNER_SILENT]


def test_a_scanner_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIEGEL_CLAMD", "unix:/run/clamd")
    monkeypatch.setattr(clamd, "scanner_version", lambda: "ClamAV 1.4")
    assert said(files_checks.scanner_answers) == []


def test_a_machine_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(identity_checks.time_zones_are_known) == []
    monkeypatch.setattr(identity_checks, "available_timezones", set)
    assert said(identity_checks.time_zones_are_known) == [identity_checks.NO_ZONES]


# All of them together.


def test_every_check_is_asked() -> None:
    asked = {getattr(check, "__name__", "") for check in registry.deployment_checks}
    rooms = (
        vault_checks, storage_checks, tenant_checks, machine_checks, job_checks, files_checks,
        identity_checks, continuity_checks,
    )  # fmt: skip
    written = {
        name
        for room in rooms
        for name, value in vars(room).items()
        if getattr(value, "__module__", "") == room.__name__
        and getattr(value, "__annotations__", {}).get("return") == list[checks.CheckMessage]
    }
    assert len(written) > 20
    assert written - asked == set()


def test_every_id_has_its_remedy_and_a_place_of_its_own() -> None:
    ids = [
        value
        for room in (
            vault_checks,
            tenancy_checks,
            storage_checks,
            tenant_checks,
            machine_checks,
            job_checks,
            files_checks,
            identity_checks,
            continuity_checks,
            diagnosis,
        )
        for name, value in vars(room).items()
        if name.isupper() and isinstance(value, str) and value.startswith("siegel.")
    ]
    assert len(ids) == len(set(ids)) > 20


def test_the_doctor_lists_errors_first_and_tells_by_its_exit_code(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_TRUSTED_PROXIES", ["*"])
    ill = siegel("doctor")
    assert ill.exit_code == 1
    first, remedy, *_ = ill.stdout.splitlines()
    assert first.startswith("error    siegel.tenancy.E019  SIEGEL_TRUSTED_PROXIES names *")
    assert remedy.strip().startswith("Name the addresses of your proxies")
    assert "1 errors" in ill.stderr
    rows = [json.loads(line) for line in siegel("doctor", "--json").stdout.splitlines()]
    assert [row["level"] for row in rows] == sorted(row["level"] for row in rows)
    assert all(row["remedy"] for row in rows)
    monkeypatch.setattr(settings, "SIEGEL_TRUSTED_PROXIES", [])
    assert siegel("doctor").exit_code == 0


def test_a_check_that_crashes_hides_no_other(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> list[str]:
        raise RuntimeError("with content")

    monkeypatch.setattr(identity_checks, "available_timezones", crash)
    monkeypatch.setattr(settings, "SIEGEL_TRUSTED_PROXIES", ["*"])
    ill = siegel("doctor")
    assert ill.exit_code == 1
    assert "E000  The check time_zones_are_known could not be done: RuntimeError." in ill.stdout
    assert "E019" in ill.stdout
    assert "with content" not in ill.output


def test_what_has_no_remedy_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    only = diagnosis.Diagnosis(1, [diagnosis.Found("error", "x.E001", "It is so.", "")])
    monkeypatch.setattr(diagnosis, "examine", lambda: only)
    assert siegel("doctor").stdout == "error    x.E001               It is so.\n"
