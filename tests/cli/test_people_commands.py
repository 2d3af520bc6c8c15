"""The operator's commands about people: no password on the command line, none in what they say."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from siegel.cli import main
from siegel.identity.models import EarlierPassword, Person
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

DIGEST = hashlib.sha256(f"s{PASSWORD}".encode()).hexdigest()
CREATE = ("people", "create", "bank", "--name", "N", "--email", "n@bank.example", "--role")


def siegel(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "people.csv"
    made.write_text(
        "email,name,roles,sha256,salt\n"
        f"otto@bank.example,Otto Old,adviser,{DIGEST},s\n"
        f"geheim@bank.example,,adviser,{DIGEST},s\n"
    )
    return made


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_comes_by_standard_input(bank: Organisation, end: str) -> None:
    done = siegel(*CREATE, "adviser", "--password-stdin", given=f" {PASSWORD} {end}more")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    with serving(bank.tenant):
        # Spaces belong to it; another line does not.
        wanted = f" {PASSWORD} " if end else f" {PASSWORD} more"
        assert Person.objects.get(email="n@bank.example").check_password(wanted)


def test_a_role_that_there_is_not_is_told_with_those_that_there_are(bank: Organisation) -> None:
    refused = siegel(*CREATE, "boss", "--password-stdin", given=PASSWORD)
    assert refused.exit_code == 2
    for role in Role:
        assert f"'{role}'" in refused.output


def test_an_address_that_is_taken_is_told(bank: Organisation) -> None:
    command = [bank.ada.email if part == "n@bank.example" else part for part in CREATE]
    refused = siegel(*command, "adviser", "--password-stdin", given=PASSWORD)
    assert refused.exit_code == 1
    assert "There is a person with the address ada@bank.example already." in refused.output
    assert isinstance(refused.exception, SystemExit)


@pytest.mark.parametrize("command", [(*CREATE, "adviser"), ("init", "--host", "o.test")])
def test_a_password_is_no_argument(bank: Organisation, command: tuple[str, ...]) -> None:
    refused = siegel(*command, "--password", PASSWORD)
    assert refused.exit_code == 2
    assert "No such option" in refused.output


def test_importing_says_numbers_and_no_content(bank: Organisation, file: Path) -> None:
    rehearsed = siegel("people", "import", "bank", str(file), "--dry-run")
    assert rehearsed.stdout == "1 would be created, 0 there already, 1 passed over.\n"
    with serving(bank.tenant):
        assert Person.objects.count() == 3
    done = siegel("people", "import", "bank", str(file))
    assert done.exit_code == 1
    assert done.stdout == "1 created, 0 there already, 1 passed over.\n"
    assert "Line 3 has no name that can be taken." in done.stderr
    for content in ("geheim", "otto", DIGEST):
        assert content not in done.output
    again = siegel("people", "import", "bank", str(file))
    assert again.stdout == "0 created, 1 there already, 1 passed over.\n"


def test_a_whole_file_is_a_success(bank: Organisation, file: Path) -> None:
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))
    assert siegel("people", "import", "bank", str(file)).exit_code == 0


def test_a_file_of_something_else_is_told(bank: Organisation, file: Path) -> None:
    file.write_text("address;name\n")
    refused = siegel("people", "import", "bank", str(file))
    assert refused.exit_code == 1
    assert "missing: email, name, roles, salt, sha256" in refused.output


def test_the_census_counts_by_scheme_and_finds_what_is_bare(bank: Organisation, file: Path) -> None:
    siegel("people", "import", "bank", str(file))
    siegel(*CREATE, "adviser", "--password-stdin", given=PASSWORD)
    with serving(bank.tenant):
        bank.ben.set_unusable_password()
        bank.ben.save()
        EarlierPassword.objects.create(person=bank.ada, record=bank.mia.password)
    told = siegel("people", "census", "bank")
    assert told.exit_code == 0
    cost = cost_of_a_new_one(bank)
    assert [line.split(maxsplit=1) for line in told.stdout.splitlines()] == [
        ["3", "argon2 m=19456,t=2,p=1"],
        ["1", "none: signs in otherwise"],
        ["1", f"siegel pepper 1 {cost}"],
        ["1", f"siegel-sha256 pepper 1 {cost}"],
        ["0", "bare: known to nobody here, and not accepted"],
    ]
    for bare in (DIGEST, f"sha256$s${DIGEST}"):
        with serving(bank.tenant):
            Person.objects.filter(pk=bank.ada.pk).update(password=bare)
        found = siegel("people", "census", "bank", "--json")
        assert found.exit_code == 1
        assert json.loads(found.stdout)["bare"] == 1
        assert DIGEST not in found.output


def cost_of_a_new_one(bank: Organisation) -> str:
    with serving(bank.tenant):
        record = Person.objects.get(email="n@bank.example").password
    return record.split("$")[4]
