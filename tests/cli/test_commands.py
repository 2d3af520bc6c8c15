"""The operator's commands: what they do, and what they say when they cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from siegel.audit.models import TrailEntry
from siegel.cli import main
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import Person, SettingChange
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import Tenant
from siegel.tenancy.proof.models import Proof
from tests.cast import PASSWORD, Organisation


def siegel(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


def test_creating_and_listing_a_tenant() -> None:
    created = siegel(
        "tenants", "create", "bank", "--host", "bank.test", "--name", "Die Bank",
        "--page-origin", "https://www.bank.example",
    )  # fmt: skip
    assert created.exit_code == 0, created.output
    assert "chat.bank.test" in created.output
    tenant = Tenant.objects.get().as_served()
    with serving(tenant):
        row = OrganisationRow.of_tenant()
        assert (str(row), row.page_origins) == ("Die Bank", ["https://www.bank.example"])
        assert row.privacy_notice
    listed = siegel("tenants", "list", "--json")
    assert json.loads(listed.output) == {
        "slug": "bank", "host": "bank.test", "state": "active", "id": tenant.id,
    }  # fmt: skip
    assert "bank.test  active" in siegel("tenants", "list").output


@pytest.mark.parametrize(
    ("slug", "origin", "reason"),
    [
        ("B", "https://a.example", "short name"),
        ("bank", "https://a.example/path", "not an origin"),
        ("bank", "https://a.example; script-src *", "not an origin"),
    ],
)
def test_a_tenant_that_cannot_be_created(slug: str, origin: str, reason: str) -> None:
    refused = siegel(
        "tenants", "create", slug, "--host", "bank.test", "--name", "B", "--page-origin", origin
    )
    assert refused.exit_code == 1
    assert reason in refused.output
    assert not Tenant.objects.exists()


def test_suspending_and_resuming(bank: Organisation) -> None:
    assert siegel("tenants", "suspend", "bank", "--reason", "bill").exit_code == 0
    assert siegel("tenants", "resume", "bank").exit_code == 0
    again = siegel("tenants", "resume", "bank")
    assert again.exit_code == 1
    assert "no tenant bank that is suspended" in again.output


def test_migrating_tells_what_it_did(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        Proof.objects.update(schema="older")
        close_connection(bank.tenant.id)
    done = siegel("tenants", "migrate")
    assert done.exit_code == 0
    assert "2 tenants, 1 migrated, 0 failed" in done.output


def test_a_tenant_that_cannot_be_migrated_is_named(
    bank: Organisation, insurer: Organisation
) -> None:
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    done = siegel("tenants", "migrate")
    assert done.exit_code == 1
    assert "2 tenants, 0 migrated, 1 failed" in done.output
    assert "bank: " in done.output


def test_hiring_somebody(bank: Organisation) -> None:
    hired = siegel(
        "people", "create", "bank", "--name", "Nora Nagel", "--email", "Nora@bank.example",
        "--role", "adviser", given=f"{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip
    assert hired.exit_code == 0, hired.output
    assert PASSWORD not in hired.output
    with serving(bank.tenant):
        nora = Person.objects.get(email="nora@bank.example")
        assert nora.check_password(PASSWORD)
        assert nora.password.startswith("siegel$1$argon2id$v=19$m=19456,t=")


@pytest.mark.parametrize(
    ("slug", "email", "role", "password", "reason"),
    [
        ("nobody", "n@bank.example", "adviser", PASSWORD, "There is no tenant nobody"),
        ("bank", "ada@bank.example", "adviser", PASSWORD, "a person with the address"),
        ("bank", "ADA@bank.example", "adviser", PASSWORD, "a person with the address"),
        ("bank", "not an address", "adviser", PASSWORD, "valid email"),
        ("bank", "n@bank.example", "emperor", PASSWORD, "'emperor' is not one of"),
        ("bank", "n@bank.example", "adviser", "short", "At least 15 characters."),
    ],
)
def test_somebody_who_cannot_be_hired(
    bank: Organisation, slug: str, email: str, role: str, password: str, reason: str
) -> None:
    refused = siegel(
        "people", "create", slug, "--name", "N", "--email", email, "--role", role,
        "--password-stdin", given=f"{password}\n",
    )  # fmt: skip
    # Options that cannot be are 2, as with every command.
    assert refused.exit_code == (2 if role == "emperor" else 1)
    assert reason in refused.output
    assert "Traceback" not in refused.output


@pytest.mark.parametrize("name", ["", " \u200b", "x" * 121, "a\x07b"])
def test_somebody_whose_name_is_none(bank: Organisation, name: str) -> None:
    refused = siegel(
        "people", "create", "bank", "--name", name, "--email", "n@bank.example",
        "--role", "adviser", "--password-stdin", given=PASSWORD,
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "up to 120 characters, on one line" in refused.output
    with serving(bank.tenant):
        assert Person.objects.count() == 3


def test_a_port_in_use_is_said() -> None:
    from siegel.serving import listen

    taken = listen("127.0.0.1", 0)
    try:
        refused = siegel("serve", "--port", str(taken.getsockname()[1]))
    finally:
        taken.close()
    assert refused.exit_code == 1
    assert "cannot be used" in refused.output


def test_serving_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(app: str, listener: object, when_ready: object) -> None:
        assert app == "siegel.asgi:app"
        when_ready()  # type: ignore[operator]
        listener.close()  # type: ignore[attr-defined]

    monkeypatch.setattr("siegel.serving.serve_forever", serve)
    assert "Serving on 127.0.0.1:0." in siegel("serve", "--port", "0").output


def test_the_first_start_shows_the_path_of_the_sheet_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", tmp_path / "kek" / "kek.json")
    monkeypatch.setattr(settings, "SIEGEL_KEYS", tmp_path / "keys")
    listed = siegel("tenants", "list")
    assert str(tmp_path / "kek" / "recovery-sheet.txt") in listed.output
    assert "primaryKeyId" not in listed.output

    (settings.SIEGEL_KEYS / "tone.json").write_text("x")
    settings.SIEGEL_KEK_FILE.unlink()
    refused = siegel("tenants", "list")
    assert refused.exit_code == 1
    assert "is missing, yet keys" in refused.output


def test_the_program_runs_as_such(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SIEGEL_")}
    ran = subprocess.run(
        [sys.executable, "-m", "siegel.cli", "tenants", "list"],
        env=environment | {"SIEGEL_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "data-kek" / "kek.json").exists()
    assert "recovery-sheet.txt" in ran.stderr


def test_the_limits_of_files(bank: Organisation) -> None:
    shown = siegel("files", "limits", "bank").output
    assert "largest file: 100 MB" in shown
    assert "encrypted archives: no" in shown
    changed = siegel(
        "files", "limits", "bank", "--largest-mb", "20", "--kind", "pdf", "--kind", "jpeg",
        "--encrypted-archives",
    )  # fmt: skip
    assert changed.exit_code == 0
    for line in ("largest file: 20 MB", "kinds: pdf, jpeg", "encrypted archives: yes"):
        assert line in siegel("files", "limits", "bank").output
    with serving(bank.tenant):
        entry = TrailEntry.objects.get()
        changes = dict(SettingChange.objects.values_list("name", "by"))
    assert (entry.action, entry.actor) == ("file.policy-changed", "operator")
    assert entry.detail["largest_bytes"] == 20_000_000
    # What the pages of the administration show.
    assert changes == dict.fromkeys(
        ["files.largest_bytes", "files.kinds", "files.encrypted_archives"]
    )
    # What is named and stays as it was has not changed.
    siegel("files", "limits", "bank", "--visitor-mb", "500", "--tenant-mb", "30000")
    with serving(bank.tenant):
        assert set(SettingChange.objects.values_list("name", flat=True)) - set(changes) == {
            "files.tenant_bytes"
        }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nobody"], "There is no tenant nobody"),
        (["bank", "--kind", "exe"], "exe"),
        (["bank", "--largest-mb", "900"], "must fit"),
        (["bank", "--largest-mb", "0"], "0"),
    ],
)
def test_limits_that_cannot_be(bank: Organisation, arguments: list[str], reason: str) -> None:
    refused = siegel("files", "limits", *arguments)
    assert refused.exit_code != 0
    assert reason in refused.output
    assert "largest file: 100 MB" in siegel("files", "limits", "bank").output


def test_a_policy_without_kinds_is_none(bank: Organisation) -> None:
    from siegel.files.policy import change_policy

    with serving(bank.tenant), pytest.raises(ValueError, match="kind"):
        change_policy(None, kinds=[])


def test_the_trail_is_verified_against_a_kept_head(bank: Organisation) -> None:
    bank.conversation()
    bank.conversation()
    kept = siegel("audit", "head", "bank").stdout.strip()
    held = siegel("audit", "verify", "bank", "--head", kept)
    assert held.exit_code == 0, held.output
    assert f"2 rows hold. Head: {kept}" in held.stdout
    assert "Without --head" in siegel("audit", "verify", "bank").stderr
    with serving(bank.tenant):
        TrailEntry.objects.get(seq=2).delete()
    assert siegel("audit", "verify", "bank").exit_code == 0
    cut = siegel("audit", "verify", "bank", "--head", kept)
    assert cut.exit_code == 1
    assert "ends before sequence number 2" in cut.output
    with serving(bank.tenant):
        TrailEntry.objects.filter(seq=1).update(actor="nobody")
    changed = siegel("audit", "verify", "bank")
    assert changed.exit_code == 1
    assert "does not hold at sequence number 1" in changed.output


@pytest.mark.parametrize("command", ["head", "verify", "export"])
def test_the_trail_of_nobody(command: str) -> None:
    refused = siegel("audit", command, "nobody")
    assert refused.exit_code == (2 if command == "verify" else 1)
    assert "There is no tenant nobody" in refused.output


def test_a_head_that_is_none(bank: Organisation) -> None:
    refused = siegel("audit", "verify", "bank", "--head", "7")
    assert refused.exit_code == 2
    assert "a colon" in refused.output


@pytest.mark.parametrize(("command", "exit_code"), [("head", 1), ("verify", 2)])
def test_a_trail_without_the_key_encrypting_key(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, command: str, exit_code: int
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", settings.SIEGEL_DATA / "nothing")
    refused = siegel("audit", command, "bank")
    assert refused.exit_code == exit_code
    assert "is missing, yet keys wrapped with it" in refused.output


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        ("audit head bank", 1),
        ("audit verify bank", 2),
        ("audit export bank", 1),
        ("files limits bank", 1),
        ("people create bank --name N --email n@bank.example --role adviser --password-stdin", 1),
    ],
)
def test_a_tenant_whose_key_is_missing_is_told(
    bank: Organisation, command: str, exit_code: int
) -> None:
    """Only a chain that is broken ends the verifying with 1."""
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    refused = siegel(*command.split())
    assert refused.exit_code == exit_code
    assert isinstance(refused.exception, SystemExit)
    assert "Its database does not open: KeyUnavailable." in refused.output


def test_the_trail_is_exported(bank: Organisation) -> None:
    conversation = bank.conversation()
    row = json.loads(siegel("audit", "export", "bank").stdout)
    assert row["subject"] == str(conversation.pk)
    head, line = siegel("audit", "export", "bank", "--format", "csv").stdout.splitlines()
    assert head == "seq,at,actor,action,subject,detail,previous,digest"
    assert line.split(",")[0] == "1"
