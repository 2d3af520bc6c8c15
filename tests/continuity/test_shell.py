"""The operator's shell: told to both trails before it opens."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.tenancy.context import served_or_none, serving
from siegel.tenancy.models import OperatorTrailEntry
from siegel.vault import keyring
from tests.cast import Organisation
from tests.continuity.moving import siegel

COUNT = "from siegel.audit.models import TrailEntry as T; print(tenant.slug, T.objects.count())"


def of_the_tenant(bank: Organisation) -> list[TrailEntry]:
    with serving(bank.tenant):
        return list(TrailEntry.objects.all())


def test_both_trails_have_it_before_anything_runs(bank: Organisation) -> None:
    ran = siegel("tenants", "shell", "bank", "--reason", " ticket 7 ", "--command", COUNT)
    assert ran.exit_code == 0, ran.output
    assert ran.stdout == "bank 1\n"
    assert "trail of bank" in ran.stderr
    (entry,) = of_the_tenant(bank)
    told = ("operator", "organisation.shell-opened", {"reason": "ticket 7"})
    assert (entry.actor, entry.action, entry.detail) == told
    operators = OperatorTrailEntry.objects.last()
    assert operators is not None
    assert (operators.action, operators.subject) == ("tenant.shell-opened", bank.tenant.id)
    assert operators.detail == {"reason": "ticket 7"}
    assert served_or_none() is None


def test_a_shell_asks_for_input(bank: Organisation) -> None:
    ran = siegel("tenants", "shell", "bank", "--reason", "look", given="print(tenant.host)\n")
    assert ran.exit_code == 0
    assert "bank.test" in ran.output
    assert "bank is served in this shell." in ran.output


def test_a_new_recovery_sheet_comes_with_what_to_do(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = tmp_path / "sheet.txt"
    monkeypatch.setattr("siegel.tenancy.installation.prepare", lambda: sheet)
    ran = siegel("tenants", "shell", "bank", "--reason", "look", "--command", COUNT)
    assert f"Recovery sheet for the key-encrypting key: {sheet}" in ran.stderr
    assert "lock it away elsewhere, then delete the file" in ran.stderr


def test_without_a_reason_there_is_none(bank: Organisation) -> None:
    missing = siegel("tenants", "shell", "bank", "--command", COUNT)
    blank = siegel("tenants", "shell", "bank", "--reason", "  ", "--command", COUNT)
    assert missing.exit_code == 2
    assert blank.exit_code == 1
    assert "needs a reason" in blank.output
    assert "bank 0" not in missing.output + blank.output
    assert of_the_tenant(bank) == []


def test_what_cannot_be_written_down_does_not_open(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = trail.append

    def fail(events: Any, *into: Any) -> None:
        if not into:
            raise DatabaseError("disk full")
        append(events, *into)

    monkeypatch.setattr(trail, "append", fail)
    ran = siegel("tenants", "shell", "bank", "--reason", "look", "--command", COUNT)
    assert ran.exit_code == 1
    assert "bank" not in ran.stdout


def test_nobody_to_look_at_or_no_key(bank: Organisation) -> None:
    nobody = siegel("tenants", "shell", "nobody", "--reason", "look", "--command", COUNT)
    assert "There is no tenant nobody" in nobody.output
    keyring.remove(bank.tenant.id)
    locked = siegel("tenants", "shell", "bank", "--reason", "look", "--command", COUNT)
    assert locked.exit_code == 1
    assert "does not open: KeyUnavailable" in locked.output
    assert not OperatorTrailEntry.objects.filter(action="tenant.shell-opened").exists()
