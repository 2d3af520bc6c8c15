"""Setting an installation up, and rotating its key, from the command line."""

import base64
import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from siegel.audit import trail
from siegel.cli import main
from siegel.identity.models import Person
from siegel.tenancy import installation, key_rotation
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import OperatorTrailEntry, State, Tenant
from siegel.vault import kek, kek_rotation, kek_versions, keyring, signing_key
from siegel.vault.kek_rotation import Other
from tests.cast import PASSWORD, Organisation

OLA = ("--name", "Ola Olsen", "--email", "ola@operators.example", "--password-stdin")


def siegel(*arguments: str, given: str | None = PASSWORD) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


def init(*more: str, given: str | None = PASSWORD) -> Result:
    return siegel("init", "--host", "operators.test", *more, given=given)


def operators() -> ServedTenant:
    return Tenant.objects.get(is_operators=True).as_served()


def test_the_first_operator_is_asked_for_and_can_sign_in() -> None:
    done = init(given=f"Ola Olsen\nOla@operators.example\n{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert "The operators' desk on operators.test: made." in done.stdout
    assert "siegel doctor" in done.stdout
    assert (operators().slug, operators().host) == ("operators", "operators.test")
    with serving(operators()):
        ola = Person.objects.get()
        assert (ola.email, ola.roles) == ("ola@operators.example", ["administrator"])
        assert ola.check_password(PASSWORD)


def test_a_second_run_says_what_stands_and_changes_nothing() -> None:
    assert init(*OLA).exit_code == 0
    head = trail.head(OperatorTrailEntry)
    again = init()
    assert again.exit_code == 0, again.output
    assert again.stdout.count("stands already, unchanged.") == 3
    assert trail.head(OperatorTrailEntry) == head
    with serving(operators()):
        assert Person.objects.count() == 1


def test_the_first_run_says_that_it_made_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "prepare", lambda: tmp_path / "sheet.txt")
    done = init(*OLA)
    assert "Folders, keys, control database: made." in done.stdout
    assert str(tmp_path / "sheet.txt") in done.stderr


def test_a_run_that_was_interrupted_before_the_operator_goes_on() -> None:
    refused = init(*OLA, given="short")
    assert refused.exit_code == 1
    assert "At least 15 characters." in refused.output
    done = init(*OLA)
    assert done.exit_code == 0
    assert "desk on operators.test: stands already" in done.stdout
    assert "The first operator: made." in done.stdout


def test_a_run_that_was_killed_while_the_desk_was_made_goes_on() -> None:
    left = Tenant.objects.create(slug="operators", host="operators.test", is_operators=True)
    assert left.state == State.PROVISIONING
    assert init(*OLA).exit_code == 0
    assert Tenant.objects.get().pk != left.pk


def test_while_the_desk_is_being_shredded_none_is_made() -> None:
    init(*OLA)
    Tenant.objects.update(state=State.SHREDDING)
    refused = init(*OLA)
    assert refused.exit_code == 1
    assert "The shredding of operators is not finished" in refused.output


def test_another_host_is_refused() -> None:
    init(*OLA)
    refused = siegel("init", "--host", "elsewhere.test")
    assert refused.exit_code == 1
    assert "on the host operators.test already. Nothing was changed" in refused.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "chat.test", *OLA], "cannot be a host name"),
        (["--host", "o.test", "--name", "", "--email", "o@o.test", "--password-stdin"],
         "on one line"),
        (["--host", "o.test", "--name", "O", "--email", "none", "--password-stdin"],
         "valid email"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_up(arguments: list[str], reason: str) -> None:
    refused = siegel("init", *arguments)
    if reason == "on one line":
        # An empty name is asked for again.
        refused = siegel("init", *arguments, given=f"a\x07b\n{PASSWORD}")
    assert refused.exit_code == 1
    assert reason in refused.output


def test_the_short_name_is_reserved() -> None:
    refused = siegel("tenants", "create", "operators", "--host", "o.test", "--name", "O")
    assert refused.exit_code == 1
    assert "reserved" in refused.output


# Keys.


@pytest.fixture
def other_kek() -> Iterator[None]:
    """Whatever happens to the KEK of all tests is undone."""
    path: Path = settings.SIEGEL_KEK_FILE
    kept = [path, path.with_name("recovery-sheet.txt"), settings.SIEGEL_KEYS / signing_key.FILE]
    signing_key.ensure()
    before = {file: file.read_bytes() for file in kept}
    yield
    for file, content in before.items():
        file.write_bytes(content)


def actions() -> list[tuple[str, str]]:
    return list(OperatorTrailEntry.objects.values_list("action", "subject"))[-2:]


@pytest.mark.usefixtures("other_kek")
def test_rotating_while_a_tenant_is_served(bank: Organisation) -> None:
    listed = siegel("keys", "list", "--json").stdout.splitlines()
    old, signing = [json.loads(line) for line in listed[:2]]
    assert (old["purpose"], old["state"]) == ("wraps", "in use")
    assert (signing["purpose"], signing["state"]) == ("signs", "in use")
    before = keyring.derive(bank.tenant.id, "database")
    done = siegel("keys", "rotate")
    assert done.exit_code == 0, done.output
    (new,) = kek_versions.versions()
    assert done.stdout.endswith(f"2 keysets are wrapped by the key {new}.\n")
    assert "New recovery sheet" in done.stderr
    assert keyring.derive(bank.tenant.id, "database") == before
    conversation = bank.conversation()
    with serving(bank.tenant):
        conversation.refresh_from_db()
    told = [f"wraps  {new}  in use  2 keysets", f"signs  {signing['id']}  in use"]
    assert siegel("keys", "list").stdout.splitlines()[:2] == told
    assert str(new) != old["id"]
    assert actions() == [("keys.rotation-begun", str(new)), ("keys.rotated", str(new))]
    assert trail.verify(OperatorTrailEntry.objects.order_by("seq"))


@pytest.mark.usefixtures("other_kek")
def test_a_full_disk_is_said_and_the_next_run_goes_on(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(texts: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "tone.json.next")

    real = kek_rotation._wrap_again
    monkeypatch.setattr(kek_rotation, "_wrap_again", lambda text, progress: full(text))
    stopped = siegel("keys", "rotate")
    assert stopped.exit_code == 1
    assert "tone.json.next: No space left on device. Every tenant still opens." in stopped.output
    rows = [line.split("  ") for line in siegel("keys", "list").stdout.splitlines()]
    assert [row[2:] for row in rows[:2]] == [
        ["in use", "0 keysets"], ["being replaced", "2 keysets"],
    ]  # fmt: skip
    monkeypatch.setattr(kek_rotation, "_wrap_again", real)
    done = siegel("keys", "rotate")
    assert done.exit_code == 0
    assert "had been interrupted was finished" in done.stdout
    # Begun once, finished once.
    assert [action for action, _ in actions()] == ["keys.rotation-begun", "keys.rotated"]


@pytest.mark.usefixtures("other_kek")
def test_another_key_signs_from_now_on(bank: Organisation) -> None:
    before = signing_key.key_in_use()
    done = siegel("keys", "rotate", "--signing")
    after = signing_key.key_in_use()
    assert done.exit_code == 0
    assert after != before
    assert done.stdout == f"Evidence is signed by the key {after} from now on.\n"
    assert actions() == [
        ("keys.signing-rotation-begun", "installation"), ("keys.signing-rotated", after),
    ]  # fmt: skip
    signing = siegel("keys", "list").stdout.splitlines()[1:3]
    assert signing == [f"signs  {after}  in use", f"signs  {before}  retired"]


@pytest.mark.usefixtures("other_kek")
def test_a_lost_signing_key_is_not_replaced_in_silence(bank: Organisation) -> None:
    path = settings.SIEGEL_KEYS / signing_key.FILE
    path.unlink()
    refused = siegel("keys", "list")
    assert refused.exit_code == 1
    assert "does not hold the signing key" in refused.output
    path.write_text("damaged")
    damaged = siegel("keys", "rotate", "--signing")
    assert damaged.exit_code == 1
    assert "does not hold the signing key" in damaged.output
    path.unlink()
    assert siegel("keys", "rotate", "--signing").exit_code == 1
    assert siegel("keys", "rotate", "--signing", "--after-loss").exit_code == 0
    assert [key.is_retired for key in signing_key.public_keys()] == [False]


@pytest.mark.usefixtures("other_kek")
def test_what_stops_a_rotation_is_named(bank: Organisation) -> None:
    path = settings.SIEGEL_KEYS / f"{bank.tenant.id}.json"
    path.write_text("not a keyset")
    refused = siegel("keys", "rotate")
    assert refused.exit_code == 1
    assert f"does not open {path.name}" in refused.output
    # What is no keyset is wrapped by nothing.
    assert "in use  1 keysets\n" in siegel("keys", "list").stdout


@pytest.mark.usefixtures("other_kek")
@pytest.mark.parametrize("is_lost", [True, False])
def test_a_signing_key_that_does_not_open_stops_it_before_it_begins(
    bank: Organisation, is_lost: bool
) -> None:
    path: Path = settings.SIEGEL_KEYS / signing_key.FILE
    (key,) = json.loads(path.read_text())
    foreign = kek.opened(kek_versions.with_new_key(kek_versions.stored()))
    sealed = foreign.encrypt(b"of another installation", b"")
    path.write_text(json.dumps([key | {"sealed": base64.b64encode(sealed).decode()}]))
    if is_lost:
        path.unlink()
    before = settings.SIEGEL_KEK_FILE.read_bytes()
    refused = siegel("keys", "rotate")
    assert refused.exit_code == 1
    assert "signing key" in refused.output
    assert "No key was dropped. siegel doctor says how to mend it" in refused.output
    assert settings.SIEGEL_KEK_FILE.read_bytes() == before
    assert "keys.rotation-begun" not in [action for action, _ in actions()]


@pytest.mark.usefixtures("other_kek")
def test_somebody_elses_file_is_wrapped_again_too(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = settings.SIEGEL_KEYS / "other.key"
    other.touch()
    called: list[bool] = []
    try:
        assert "Nobody knows how to wrap" in siegel("keys", "rotate").output
        monkeypatch.setitem(
            key_rotation.OTHERS, "other.key", Other(lambda key: None, lambda: called.append(True))
        )
        assert siegel("keys", "rotate").exit_code == 0
    finally:
        other.unlink()
    assert called == [True]


def test_without_a_kek_there_is_nothing_to_rotate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "prepare", lambda: None)
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", tmp_path / "kek.json")
    refused = siegel("keys", "rotate")
    assert refused.exit_code == 1
    assert "cannot be read" in refused.output
    with pytest.raises(kek.KekUnavailable):
        key_rotation.usages()
