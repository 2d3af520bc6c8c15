"""`siegel controls`: what stands, and running it now."""

import functools
import json
import os
import threading

import pytest
from click.testing import CliRunner, Result

from siegel.audit import trail
from siegel.claims.state import Part
from siegel.cli import main
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.trust import discovery, running
from siegel.trust.evidence import Outcome
from siegel.trust.models import EvidenceEntry, EvidenceHead, StateChange
from siegel.vault import signing_key
from siegel.vault.signing_key import SigningKeyUnavailable
from tests.cast import Organisation
from tests.trust.histories import NOW, ROWS, execute, outcome, recorded
from tests.trust.staged import COMMAND, CONTROLS


def siegel(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def staged(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    made = tuple(CONTROLS[name] for name in names)
    monkeypatch.setattr(discovery, "all_controls", lambda: made)
    monkeypatch.setattr(discovery, "all_claims", lambda: {one.id: one for one in made})
    monkeypatch.setattr("siegel.trust.changes.all_claims", lambda: {one.id: one for one in made})
    run_all = functools.partial(running.run_all, command=COMMAND)
    monkeypatch.setattr(running, "run_all", run_all)


def test_running_one_control(bank: Organisation) -> None:
    run = siegel("controls", "run", "phy-sep-physical", "--json")
    assert run.exit_code == 0, run.output
    facts = json.loads(run.stdout)
    assert (facts["id"], facts["state"], facts["canary"]) == ("phy-sep-physical", "pass", "seen")
    assert facts["seconds"] > 0
    assert (facts["faults"], facts["tenant"], facts["reason"]) == ([], "", None)
    rows = EvidenceEntry.objects.values_list("actor", "action", "subject")
    assert list(rows) == [
        ("operator", "control.check", "phy-sep-physical"),
        ("operator", "control.canary", "phy-sep-physical"),
    ]
    change = StateChange.objects.get()
    assert (change.control, change.after) == ("phy-sep-physical", "pass")


def test_a_control_that_is_not_green_is_an_exit_code_and_names_its_faults(
    bank: Organisation, insurer: Organisation
) -> None:
    for organisation in (bank, insurer):
        with serving(organisation.tenant):
            close_connection(organisation.tenant.id)
    insurer.tenant.database.unlink()
    os.link(bank.tenant.database, insurer.tenant.database)
    run = siegel("controls", "run", "phy-sep-physical")
    assert run.exit_code == 1
    assert "phy-sep-physical  fail" in run.stdout
    assert "    fault: two tenants share a file" in run.stdout


def test_every_way_to_end_is_shown(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    staged(monkeypatch, "well", "unseen", "crash", "red", "served")
    run = siegel("controls", "run")
    assert run.exit_code == 1
    head, *lines = run.stdout.splitlines()
    assert head.split() == ["id", "state", "examined", "expected", "canary", "seconds", "age"]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("x-")}
    assert rows["x-staged-well"][:4] == ["pass", "3", "3", "seen"]
    assert rows["x-staged-unseen"][:5] == ["canary-failed", "3", "3", "NOT", "SEEN"]
    assert rows["x-staged-crash"][:4] == ["unknown", "0", "-", "seen"]
    assert rows["x-staged-red"][:4] == ["fail", "3", "-", "seen"]
    assert rows["x-staged-served"][:3] == [bank.tenant.id, "pass", "1"]
    assert "    check crashed" in lines
    assert "    fault: planted" in lines
    # The columns stand below each other.
    places = {line.index(f"  {state}") for line in lines for state in ("pass", "canary-failed")
              if line.startswith("x-") and f"  {state}" in line}  # fmt: skip
    assert len(places) == 1


def test_listing_runs_nothing() -> None:
    listed = siegel("controls", "list", "--json")
    assert listed.exit_code == 0
    facts = [json.loads(line) for line in listed.stdout.splitlines()]
    assert len(facts) >= 119
    first = facts[0]
    assert first["id"] == "phy-fac-all-data"
    assert [
        first[name] for name in ("examined", "expected", "canary", "seconds", "age", "until")
    ] == [None] * 6
    assert {fact["state"] for fact in facts} == {"unknown"}
    assert not EvidenceEntry.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(5, "5 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 d")],
)
def test_ages_are_told_in_the_unit_that_fits(
    seconds: int, age: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    staged(monkeypatch, "well")
    recorded(*(outcome(part, "x-staged-well") for part in Part), at=NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + dt.timedelta(seconds=seconds))
    listed = siegel("controls", "list")
    assert listed.stdout.splitlines()[1].endswith(f"  {age}")


def test_a_canary_that_crashed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    staged(monkeypatch, "well")
    recorded(
        outcome(Part.CHECK, "x-staged-well"),
        outcome(Part.CANARY, "x-staged-well", faults=0, error="KeyError", examined=0),
    )
    assert json.loads(siegel("controls", "list", "--json").stdout)["canary"] == "KeyError"


def test_an_unknown_control() -> None:
    run = siegel("controls", "run", "nothing")
    assert run.exit_code == 1
    assert "no control nothing" in run.output


def test_what_cannot_be_signed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    staged(monkeypatch, "well")

    def refuse(_: bytes) -> None:
        raise SigningKeyUnavailable("The signing key is gone.")

    monkeypatch.setattr(signing_key, "sign", refuse)
    run = siegel("controls", "run")
    assert run.exit_code == 1
    assert "The signing key is gone." in run.output
    assert not EvidenceEntry.objects.exists()


def test_what_had_run_before_an_interruption_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    staged(monkeypatch, "well", "red")
    has_begun = threading.Event()

    def interrupt(item: running.Wanted, part: Part, **_: object) -> Outcome:
        if item.control.id == "x-staged-well":
            assert has_begun.wait(10)
            raise KeyboardInterrupt
        has_begun.set()
        return outcome(part, item.control.id, faults=1)

    monkeypatch.setattr(running, "run_part", interrupt)
    run = siegel("controls", "run")
    assert (run.exit_code, run.output.splitlines()[-1]) == (1, "Aborted!")
    assert set(EvidenceEntry.objects.values_list("subject", flat=True)) == {"x-staged-red"}


def test_evidence_that_was_cut_off_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    staged(monkeypatch, "well")
    recorded(*(outcome(part, "x-staged-well") for part in Part))
    EvidenceEntry.objects.all().delete()
    run = siegel("controls", "run")
    assert run.exit_code == 1
    assert "it ends with row 0, and row 2 was signed" in run.output
    assert not EvidenceEntry.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["export", "bank", "bank.siegel"],
        ["import", "bank.siegel"],
        ["shred", "bank", "--reason", "ended", "--yes"],
        ["shell", "bank", "--reason", "look"],
    ],
)
def test_a_damaged_signing_key_is_said_at_the_start(arguments: list[str]) -> None:
    from django.conf import settings

    path = settings.SIEGEL_KEYS / signing_key.FILE
    content = path.read_bytes()
    path.write_text("{}")
    try:
        refused = siegel("tenants", *arguments)
    finally:
        path.write_bytes(content)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert "does not hold the signing key" in refused.output


def test_all_of_the_evidence_is_verified() -> None:
    recorded(*(outcome(part) for part in Part))
    kept = str(trail.head(EvidenceEntry))
    recorded(*(outcome(part) for part in Part))
    verified = siegel("controls", "verify")
    assert verified.exit_code == 0, verified.output
    head = trail.head(EvidenceEntry)
    assert verified.stdout == f"4 rows and 2 signed heads hold. Head: {head}\n"
    assert "Without --head nobody" in verified.stderr
    of_nothing = siegel("controls", "verify", "--head", "0:" + "f" * 64)
    assert "Without --head nobody" in of_nothing.stderr
    with_head = siegel("controls", "verify", "--head", kept)
    assert (with_head.exit_code, "Without --head" in with_head.output) == (0, False)


def test_evidence_that_does_not_hold_is_an_exit_code_and_a_number() -> None:
    recorded(*(outcome(part) for part in Part))
    recorded(*(outcome(part) for part in Part))
    kept = trail.head(EvidenceEntry)
    beyond = siegel("controls", "verify", "--head", f"{kept.seq + 1}:{kept.digest}")
    assert "ends before sequence number 5" in beyond.output
    no_head = siegel("controls", "verify", "--head", "newest")
    EvidenceHead.objects.filter(seq=2).update(signature="")
    head = siegel("controls", "verify")
    assert "signed head at sequence number 2 does not hold" in head.output
    execute(f"UPDATE {ROWS} SET actor = 'nobody' WHERE seq = 1")
    row = siegel("controls", "verify")
    assert "does not hold at sequence number 1" in row.output
    assert [found.exit_code for found in (beyond, no_head, head, row)] == [1] * 4


def test_evidence_whose_public_keys_are_gone_is_not_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise SigningKeyUnavailable("The signing key is gone.")

    monkeypatch.setattr(signing_key, "public_keys", refuse)
    refused = siegel("controls", "verify")
    assert (refused.exit_code, "The signing key is gone." in refused.output) == (1, True)
