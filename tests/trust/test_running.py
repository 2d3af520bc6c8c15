"""Each part runs in a process of its own, and whatever it does there is an answer of one form."""

import dataclasses
import functools
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from siegel.claims.control import Text
from siegel.claims.planting import all_noticed, each_noticed, noticed_as
from siegel.claims.state import Part
from siegel.cli import main
from siegel.tenancy import controls as of_tenancy
from siegel.tenancy import separation
from siegel.trust import discovery, running
from siegel.trust.evidence import SCHEDULER, Outcome, record
from siegel.trust.models import EvidenceEntry, RunFault
from siegel.trust.program import VERSION
from siegel.trust.redaction import Redaction
from siegel.trust.running import WITHHELD, Stopped, Wanted, run_all, run_part, source_of, wanted
from tests.cast import Organisation
from tests.trust.staged import COMMAND, CONTROLS, SECRETS, TENANT_ID, well

NO_NAMES = Redaction.of()


def ran(name: str, part: Part = Part.CHECK, tenant: str = "") -> Outcome:
    return run_part(Wanted(CONTROLS[name], tenant), part, redaction=NO_NAMES, command=COMMAND)


def saying(script: str, seconds: float = 20) -> Outcome:
    """What comes of a child that is another program."""
    from tests.trust.staged import control

    item = Wanted(control("other", seconds=seconds))
    command = (sys.executable, "-c", script)
    return run_part(item, Part.CHECK, redaction=NO_NAMES, command=command)


def assert_gone(pid: int) -> None:
    """Killed; the kernel may take a moment over it."""
    status = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 10
    while status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < deadline, f"{pid} lives on"
        time.sleep(0.01)


def test_a_sound_control_tells_what_it_examined() -> None:
    check, canary = ran("well"), ran("well", Part.CANARY)
    assert (check.examined, check.expected, check.faults, check.error) == (3, 3, 0, "")
    assert check.what == Text("drei Dinge", "three things")
    assert (canary.part, canary.faults, canary.texts) == (Part.CANARY, 1, ("planted",))
    assert check.milliseconds > 0


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("crash", "LookupError"),
        ("leave", "SystemExit"),
        ("nothing", "AttributeError"),
        ("memory", "MemoryError"),
        ("sign", "SigningKeyUnavailable"),
        ("halves", "NoAnswer"),
        ("too-many", "NoAnswer"),
    ],
)
def test_what_is_no_finding_is_an_error_by_name(name: str, error: str) -> None:
    outcome = ran(name)
    assert (outcome.error, outcome.examined, outcome.texts) == (error, 0, ())
    assert outcome.what == Text("", "")


@pytest.mark.parametrize(
    "script",
    [
        "",
        "print('nonsense')",
        "print('{}{}')",
        "print('[1]')",
        "print('{\"examined\": true}')",
        "print('{\"examined\": -1}')",
        "print('{\"examined\": 9007199254740992}')",
        'print(\'{"examined": 1, "expected": -1}\')',
        'print(\'{"examined": 1, "more": 2}\')',
        "print('{\"examined\": 1}'); raise SystemExit(3)",
        'print(\'{"error": "two words"}\')',
        "while True: print('x' * 10000)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    ],
)
def test_an_answer_in_no_form_is_none(script: str) -> None:
    outcome = saying(script)
    assert (outcome.error, outcome.examined) == ("NoAnswer", 0)


def test_another_version_on_the_disk_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "VERSION", "0.0.older")
    assert (ran("well").error, ran("well").examined) == ("OtherVersion", 0)


def test_a_program_that_does_not_start_is_no_answer() -> None:
    item = Wanted(CONTROLS["well"])
    outcome = run_part(item, Part.CHECK, redaction=NO_NAMES, command=("/nowhere/at/all",))
    assert outcome.error == "NoAnswer"


def test_what_takes_too_long_is_killed_with_what_it_started() -> None:
    began = time.monotonic()
    # The second holds the output open and lets it be; the first has not even begun to answer.
    outcome = ran("hang")
    assert outcome.error == "timeout"
    assert time.monotonic() - began < 20
    pid = settings.SIEGEL_DATA / "hanging"
    if pid.exists():
        assert_gone(int(pid.read_text()))


def test_a_child_that_closes_its_output_and_goes_on_is_too_late() -> None:
    script = "import os, time; os.write(1, b'{\"examined\": 1}'); os.close(1); time.sleep(60)"
    assert saying(script, seconds=1.5).error == "timeout"


def test_nothing_a_check_started_lives_on() -> None:
    assert ran("left").error == ""
    assert_gone(int((settings.SIEGEL_DATA / "left").read_text()))


def test_the_child_has_few_rights_and_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    outcome = ran("rights")
    assert (outcome.error, outcome.examined) == ("", 91)


def test_a_tenants_control_runs_while_it_is_served(bank: Organisation) -> None:
    outcome = ran("served", tenant=bank.tenant.id)
    assert outcome.what == Text("[tenant]", "bank.test")
    assert outcome.tenant == bank.tenant.id
    assert ran("served", tenant="tgone").error == "DoesNotExist"


def test_a_control_that_is_not_known_is_an_error() -> None:
    outcome = run_part(Wanted(CONTROLS["well"]), Part.CHECK, redaction=NO_NAMES)
    assert outcome.error == "NoControl"


def test_who_is_asked(bank: Organisation, insurer: Organisation) -> None:
    items = wanted([CONTROLS["well"], CONTROLS["served"]])
    found = {(item.control.id, item.tenant) for item in items}
    assert found == {
        ("x-staged-well", ""),
        ("x-staged-served", bank.tenant.id),
        ("x-staged-served", insurer.tenant.id),
    }


def test_all_are_run_in_order_and_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, told = [0], [0], []
    lock = threading.Lock()

    def slow(item: Wanted, part: Part, **_: object) -> Outcome:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        with lock:
            at_once[0] -= 1
        return Outcome(control=item.control.id, tenant="", part=part, source="", milliseconds=1)

    monkeypatch.setattr(running, "run_part", slow)
    items = [Wanted(control) for control in CONTROLS.values()]
    outcomes = run_all(items, told=lambda item: told.append(item.control.id))
    expected = [(item.control.id, part) for item in items for part in Part]
    assert [(outcome.control, outcome.part) for outcome in outcomes] == expected
    assert most[0] == 2
    assert sorted(told) == sorted(item.control.id for item in items)


def test_what_has_ended_is_handed_on_while_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    handed = threading.Event()

    def waits(item: Wanted, part: Part, **_: object) -> Outcome:
        if item.control.id == "x-staged-hang":
            assert handed.wait(10)
        return Outcome(control=item.control.id, tenant="", part=part, source="", milliseconds=1)

    monkeypatch.setattr(running, "run_part", waits)
    order: list[tuple[str, Part]] = []

    def ended(parts: list[Outcome]) -> None:
        order.extend((outcome.control, outcome.part) for outcome in parts)
        handed.set()

    run_all([Wanted(CONTROLS["hang"]), Wanted(CONTROLS["well"])], ended=ended)
    assert order == [
        (f"x-staged-{name}", part)
        for name in ("well", "hang")
        for part in (Part.CHECK, Part.CANARY)
    ]


def test_what_ends_while_another_one_breaks_off_is_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a contradiction that was found would be lost with the process that stops."""
    raising = threading.Event()

    def stopped(item: Wanted, part: Part, **_: object) -> Outcome:
        if item.control.id == "x-staged-hang":
            raising.set()
            raise Stopped
        assert raising.wait(10)
        time.sleep(0.1)
        return Outcome(control=item.control.id, tenant="", part=part, source="", milliseconds=1)

    monkeypatch.setattr(running, "run_part", stopped)
    handed: list[str] = []
    names = ("well", "hang", "red", "left")
    with pytest.raises(Stopped):
        run_all(
            [Wanted(CONTROLS[name]) for name in names],
            ended=lambda parts: handed.extend(outcome.control for outcome in parts),
        )
    assert handed[:2] == ["x-staged-well"] * 2
    # What had not begun may have been cancelled; nothing is handed on twice.
    assert {handed.count(f"x-staged-{name}") for name in ("red", "left")} <= {0, 2}


def test_who_cannot_take_what_ended_is_given_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def quick(item: Wanted, part: Part, **_: object) -> Outcome:
        return Outcome(control=item.control.id, tenant="", part=part, source="", milliseconds=1)

    monkeypatch.setattr(running, "run_part", quick)
    offered: list[str] = []

    def ended(parts: list[Outcome]) -> None:
        offered.extend(outcome.control for outcome in parts)
        raise LookupError

    with pytest.raises(LookupError):
        run_all([Wanted(control) for control in CONTROLS.values()], ended=ended)
    assert len(offered) == 2


def test_none_is_begun_after_the_time() -> None:
    assert run_all([Wanted(CONTROLS["well"])], seconds=-1, command=COMMAND) == []


def test_whoever_stops_waits_for_no_child() -> None:
    stopping = threading.Event()
    threading.Timer(1, stopping.set).start()
    from tests.trust.staged import control

    command = (sys.executable, "-c", "import time; time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(Stopped):
        run_all([Wanted(control("other"))] * 4, stop=stopping.is_set, command=command)
    assert time.monotonic() - began < 20


def test_faults_beyond_measure_are_counted_and_not_kept() -> None:
    outcome = ran("many")
    assert outcome.faults == 1000
    assert len(outcome.texts) == 201
    assert outcome.texts[-1] == "and 800 more"


def test_nothing_secret_appears_anywhere(
    bank: Organisation,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    staged = tuple(CONTROLS[name] for name in ("secrets", "crash", "leave"))
    monkeypatch.setattr(running, "CHILD", COMMAND)
    outcomes = run_all([Wanted(control) for control in staged], command=COMMAND)
    record(outcomes, SCHEDULER)
    monkeypatch.setattr(discovery, "all_controls", lambda: staged)
    monkeypatch.setattr(discovery, "all_claims", lambda: {made.id: made for made in staged})
    listed = CliRunner().invoke(main, ["controls", "list", "--json"]).output
    table = CliRunner().invoke(main, ["controls", "list"]).output
    rows = json.dumps(list(EvidenceEntry.objects.values_list("detail", flat=True)))
    faults = "\n".join(RunFault.objects.values_list("text", flat=True))
    out, err = capfd.readouterr()
    assert "x-staged-secrets" in listed
    assert len(faults.splitlines()) == 12
    everywhere = f"{rows}\n{faults}\n{listed}\n{table}\n{caplog.text}\n{out}\n{err}".lower()
    for secret in SECRETS:
        assert not re.search(rf"(?<!\w){re.escape(secret.lower())}(?!\w)", everywhere), secret
    # The operator may know which tenant it was; the row, which is public, may not.
    assert TENANT_ID in faults
    assert TENANT_ID not in rows
    assert bank.tenant.id not in rows


@pytest.mark.parametrize(("slug", "withheld"), [("things", True), ("acme", False)])
def test_what_was_examined_betrays_no_name(slug: str, withheld: bool) -> None:
    """A tenant called by a word of our texts would be read off the word that is missing."""
    names = Redaction.of(slugs=[slug])
    ran = run_part(Wanted(CONTROLS["well"]), Part.CHECK, redaction=names, command=COMMAND)
    assert (ran.what == WITHHELD) is withheld
    assert ran.examined == 3


def test_a_row_names_the_program_that_ran() -> None:
    of_module = hashlib.sha256(Path(separation.__file__).read_bytes()).hexdigest()
    assert source_of(separation.examine_separation) == of_module
    assert source_of(functools.partial(separation.examine_separation, None)) == of_module
    assert source_of(of_tenancy.CONTROLS[0].canary) == of_module

    class Callable:
        def __call__(self) -> None: ...

    here = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    assert source_of(Callable()) == here

    @functools.wraps(well)
    def wrapped() -> None: ...

    staged = Path(__file__).with_name("staged.py")
    assert source_of(wrapped) == hashlib.sha256(staged.read_bytes()).hexdigest()


def test_a_planting_that_goes_unnoticed_leaves_nothing_noticed() -> None:
    from tests.trust.staged import seen

    assert all_noticed([seen(), seen()]).faults == ("planted", "planted")
    assert all_noticed([seen(), well()]).faults == ()
    assert all_noticed([seen(), dataclasses.replace(seen(), expected=99)]).faults == ()


def test_a_planting_is_not_noticed_by_another_fault() -> None:
    from tests.trust.staged import seen

    finding = dataclasses.replace(seen(), faults=("planted", "a tenant does not open"))
    assert noticed_as(finding, "planted").faults == ("planted",)
    assert noticed_as(finding, "a header is missing").faults == ()

    def first() -> None: ...
    def second() -> None: ...

    plants = {first: "planted", second: "does not open"}
    told = each_noticed(lambda _: finding, plants)
    assert told.faults == ("planted", "a tenant does not open")
    assert each_noticed(lambda _: finding, plants | {second: "a header is missing"}).faults == ()


def test_the_program_of_the_child_answers_in_json_and_else_nothing() -> None:
    """With the environment of the tests, so that it is measured."""
    script = "import sys; from siegel.trust import child; sys.exit(child.main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "enc-rest-all", "canary"]
    said = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    answer = json.loads(said.stdout)
    assert answer["error"] == ""
    assert answer["faults"]
    assert said.stdout.count("\n") == 1
    assert VERSION


def test_the_child_serves_the_tenant_it_is_told(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, so that it is measured."""
    from siegel.trust import child

    monkeypatch.setattr(discovery, "all_controls", lambda: tuple(CONTROLS.values()))
    monkeypatch.setattr(child, "_limit_processor", lambda _: None)
    answer = child.run("x-staged-served", "check", bank.tenant.id)
    assert (answer.de, answer.en) == (bank.tenant.id, "bank.test")
    assert child.run("x-staged-served", "canary", "").faults == ["planted"]
    assert child.run("x-staged-crash", "check", "").error == "LookupError"


def test_a_kernel_that_refuses_leaves_nothing_run() -> None:
    script = (
        "import sys; from siegel.trust import child\n"
        "child.PR_SET_NO_NEW_PRIVS = -1\n"
        "child.main(['enc-rest-all', 'check'])"
    )
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stdout == ""
    assert "prctl" in said.stderr
