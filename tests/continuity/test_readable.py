"""The readable export: JSON and original files that need no Siegel."""

import hashlib
import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from siegel.audit.models import TrailEntry
from siegel.continuity import readable_rows
from siegel.continuity.leaving import CannotExport
from siegel.continuity.readable import place_of
from siegel.continuity.readable_folder import ReadableFolder, new_folder
from siegel.conversations.models import Label, Labelling, LegalHold
from siegel.conversations.noting import write_note
from siegel.files import objects
from siegel.files.models import StoredFile
from siegel.identity.models import Logo, Membership, Team
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import OperatorTrailEntry
from siegel.tenancy.proof.models import Proof
from siegel.tenancy.routing import TENANT_PLANE
from tests.cast import PASSWORD, Organisation, hashed_password
from tests.continuity.moving import SECRET, exported, fill, siegel


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


@pytest.fixture
def filled(bank: Organisation, tmp_path: Path) -> Path:
    """A readable export of an organisation with something of everything."""
    import uuid
    from datetime import UTC, datetime

    conversation = fill(bank)
    with serving(bank.tenant):
        write_note(bank.as_adviser(bank.ada), conversation, uuid.uuid4(), "nur intern", [])
        label = Label.objects.create(name="Kredit")
        Labelling.objects.create(conversation=conversation, label=label)
        LegalHold.objects.create(
            conversation=conversation, reason="Klage", set_by=bank.mia, set_at=datetime.now(UTC)
        )
        team = Team.objects.create(name="Ost")
        Membership.objects.create(team=team, person=bank.ben)
        Logo.objects.create(webp=b"webp", width=1, height=1, digest="0" * 64)
    done = siegel("tenants", "export", "bank", tmp_path / "bank", "--readable", "--yes")
    assert done.exit_code == 0, done.output
    return tmp_path / "bank"


def test_everything_is_there_in_plain_words(bank: Organisation, filled: Path) -> None:
    organisation = read(filled, "organisation.json")
    assert (organisation["name"], organisation["host"]) == ("Bank", "bank.test")
    people = read(filled, "people.json")
    assert {person["email"] for person in people} == {
        "ada@bank.example", "ben@bank.example", "mia@bank.example",
    }  # fmt: skip
    (team,) = read(filled, "teams.json")
    assert (team["name"], team["members"]) == ("Ost", [str(bank.ben.pk)])
    (label,) = read(filled, "labels.json")
    (conversation,) = read(filled, "conversations.json")
    assert [m["body"] for m in conversation["messages"]] == [SECRET, "Gern 🦭"]
    assert [m["side"] for m in conversation["messages"]] == ["client", "adviser"]
    assert conversation["messages"][1]["author_id"] == str(bank.ada.pk)
    assert [note["body"] for note in conversation["notes"]] == ["nur intern"]
    assert conversation["labels"] == [label["id"]]
    assert conversation["hold"]["reason"] == "Klage"
    events = [event["kind"] for event in conversation["events"]]
    assert events[:2] == ["started", "message"]
    (contact,) = read(filled, "contacts.json")
    assert conversation["contact_id"] == contact["id"]
    assert read(filled, "settings.json")["files"]["encrypted_archives"] is False
    assert (filled / "logo.webp").read_bytes() == b"webp"
    rows = [json.loads(line) for line in (filled / "trail.jsonl").read_text().splitlines()]
    assert rows[-1]["action"] == "organisation.exported"
    assert rows[-1]["detail"] == {"format": "readable"}


def test_files_lie_under_safe_names_with_their_bytes(filled: Path) -> None:
    one, two = read(filled, "files.json")
    assert one["name"] == "../Verträge & mehr.txt"
    assert one["path"] == f"files/{one['id']}-Vertrage_mehr.txt"
    assert (filled / one["path"]).read_bytes() == b"eins"
    assert two["path"] == f"infected/{two['id']}-txt.infected"
    for file in (one, two):
        assert hashlib.sha256((filled / file["path"]).read_bytes()).hexdigest() == file["sha256"]


def test_coreutils_check_it_and_the_readme_names_everything(filled: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=filled, capture_output=True
    )
    assert checked.returncode == 0
    files = {p.relative_to(filled) for p in filled.rglob("*") if p.is_file()}
    assert len(checked.stdout.splitlines()) == len(files) - 1
    readme = (filled / "README.txt").read_text()
    for path in files:
        assert path.parts[0] in readme or path.name == "README.txt"
    (filled / "labels.json").write_text("[]")
    changed = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=filled, capture_output=True
    )
    assert changed.returncode == 1
    assert b"labels.json: FAILED" in changed.stdout


def test_only_its_owner_may_read_it(filled: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [filled, *filled.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert not list(filled.parent.glob("*.partial"))


def test_no_credential_is_in_it(bank: Organisation, filled: Path) -> None:
    text = b"".join(path.read_bytes() for path in filled.rglob("*") if path.is_file())
    for secret in (hashed_password(), "argon2", PASSWORD, *bank._visitors.values()):
        assert secret.encode() not in text


def test_no_kind_of_row_is_forgotten() -> None:
    """Every model of a tenant's database is written, or stands in the list with a reason."""
    written = {
        f"{app}.{name}"
        for app, names in {
            "audit": ["TrailEntry"],
            "conversations": [
                "Attachment", "CannedReply", "ClientAccount", "Contact", "Conversation", "Draft",
                "Event", "IdentityProof", "Label", "Labelling", "LegalHold", "Mention", "Message",
                "Note", "PendingMessage", "ReadMark",
            ],
            "files": ["FilePolicy", "StoredFile"],
            "identity": [
                "ClientKey", "Invitation", "Logo", "Membership", "Organisation",
                "PasswordPolicyVersion", "Person", "SettingChange", "Team",
            ],
        }.items()
        for name in names
    }  # fmt: skip
    models = {m._meta.label for m in apps.get_models() if m._meta.app_label in TENANT_PLANE}
    assert models == written | set(readable_rows.LEFT_OUT)
    assert not written & set(readable_rows.LEFT_OUT)


def test_it_asks_because_everybody_can_read_it(bank: Organisation, tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    refused = siegel("tenants", "export", "bank", folder, "--readable", given="n\n")
    assert refused.exit_code == 1
    assert "Everybody who gets this folder can read" in refused.output
    assert not folder.exists()
    with serving(bank.tenant):
        assert not TrailEntry.objects.exists()
    assert siegel("tenants", "export", "bank", folder, "--readable", given="y\n").exit_code == 0
    again = siegel("tenants", "export", "bank", folder, "--readable", "--yes")
    assert again.exit_code == 1
    assert "nothing is written over it" in again.output


@pytest.mark.parametrize("is_gone", [True, False])
def test_files_whose_bytes_are_lost_are_named(
    bank: Organisation, tmp_path: Path, is_gone: bool
) -> None:
    fill(bank)
    with serving(bank.tenant):
        file = StoredFile.objects.get(size=4)
        path = objects.path_of(file.object)
    if is_gone:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = siegel("tenants", "export", "bank", tmp_path / "bank", "--readable", "--yes")
    assert done.exit_code == 1
    assert f"are lost: {file.pk}." in done.output
    (lost,) = (f for f in read(tmp_path / "bank", "files.json") if f["path"] is None)
    assert lost["id"] == str(file.pk)
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path / "bank")
    assert checked.returncode == 0


def test_one_that_was_not_migrated_leaves_sealed_only(bank: Organisation, tmp_path: Path) -> None:
    with serving(bank.tenant):
        Proof.objects.update(schema="older")
        close_connection(bank.tenant.id)
    refused = siegel("tenants", "export", "bank", tmp_path / "bank", "--readable", "--yes")
    assert refused.exit_code == 1
    assert "Its database does not open: NotMigrated." in refused.output
    assert not any(tmp_path.iterdir())
    assert not OperatorTrailEntry.objects.filter(action="tenant.exported").exists()
    exported(bank, tmp_path)
    with serving(bank.tenant), pytest.raises(Unavailable, match="NotMigrated"):
        open_database(bank.tenant)


def test_bytes_that_are_not_what_was_received(bank: Organisation, tmp_path: Path) -> None:
    fill(bank)
    with serving(bank.tenant):
        StoredFile.objects.filter(size=4).update(sha256="0" * 64)
    done = siegel("tenants", "export", "bank", tmp_path / "bank", "--readable", "--yes")
    assert done.exit_code == 1
    assert "are lost" in done.output


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.pdf", "-a.pdf"),
        ("...", ""),
        ("文書", ""),
        ("\u202egpj.exe", "-gpj.exe"),
        ("x" * 300 + ".pdf", f"-{'x' * 76}.pdf"),
        ("-rf", "-rf"),
    ],
)
def test_names_that_no_system_takes_for_anything_else(name: str, ending: str) -> None:
    file = StoredFile(name=name, scan="clean")
    assert place_of(file) == f"files/{file.pk}{ending}"


def test_a_folder_that_cannot_be_finished_is_gone(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no form in JSON"), new_folder(tmp_path / "a") as folder:
        assert isinstance(folder, ReadableFolder)
        folder.write_json("x.json", {"x": object()})
    assert list(tmp_path.iterdir()) == []


def test_what_bears_the_name_of_a_partial_folder_is_not_touched(tmp_path: Path) -> None:
    stranger = tmp_path / "a.partial"
    stranger.mkdir()
    stranger.chmod(0o777)
    (stranger / "precious").write_text("precious")
    with new_folder(tmp_path / "a") as folder:
        folder.write_lines("new.txt", ["new"])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["new.txt"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert (stranger / "precious").read_text() == "precious"


def test_of_two_into_one_folder_the_first_to_end_stays(tmp_path: Path) -> None:
    with pytest.raises(CannotExport, match="written over"), new_folder(tmp_path / "a") as slow:
        slow.write_lines("slow.txt", ["slow"])
        with new_folder(tmp_path / "a"):
            pass
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]
