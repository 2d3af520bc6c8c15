"""What is due is run and recorded; what became of the claims is noted."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from siegel.claims.control import Control, Scope
from siegel.claims.state import Part
from siegel.tenancy import job_kinds, jobs
from siegel.tenancy.context import serving
from siegel.tenancy.models import Tenant
from siegel.tenancy.probes import examined_tenants, probe_tenants, remove_abandoned_probes
from siegel.trust import changes, sweeping
from siegel.trust import jobs as trust_jobs
from siegel.trust.changes import note_changes
from siegel.trust.discovery import all_controls
from siegel.trust.evidence import SCHEDULER, EvidenceBroken, Outcome, Recording, record
from siegel.trust.ledger import Ledger, ledger
from siegel.trust.models import EvidenceEntry, EvidenceHead, RunFault, StateChange
from siegel.trust.rows import in_time
from siegel.trust.running import Stopped, Wanted
from siegel.trust.sweeping import due, prune_faults, sweep
from siegel.vault import signing_key
from siegel.vault.signing_key import Signature, SigningKeyUnavailable
from tests.cast import Organisation
from tests.trust.histories import NOW, both, outcome, recorded
from tests.trust.staged import control

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
OF_ALL, OF_TENANT = control("all"), control("tenant", scope=Scope.TENANT)


@pytest.fixture
def two_controls(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The installation claims these two; what has been run is told by calling it."""
    ran: list[str] = []

    def run_all(
        items: list[Wanted], *, ended: Callable[[list[Outcome]], object], **_: Any
    ) -> list[Outcome]:
        ran.extend(f"{item.control.id}/{item.tenant}" for item in items)
        parts = [both(item.control.id, item.tenant) for item in items]
        for each in parts:
            ended(each)
        return [outcome for each in parts for outcome in each]

    claims = {made.id: made for made in (OF_ALL, OF_TENANT)}
    monkeypatch.setattr(sweeping, "all_controls", lambda: tuple(claims.values()))
    monkeypatch.setattr(changes, "all_claims", lambda: claims)
    monkeypatch.setattr(sweeping, "run_all", run_all)
    return lambda: ran


def never() -> bool:
    return False


def turns(known: Ledger, now: dt.datetime, *controls: Control) -> list[str]:
    return [item.control.id for item in due([Wanted(made) for made in controls], known, now)]


def test_a_sweep_runs_all_at_first_and_then_nothing(
    bank: Organisation, insurer: Organisation, two_controls: Callable[[], list[str]]
) -> None:
    sweep(timezone.now(), stop=never)
    assert set(two_controls()) == {
        "x-staged-all/",
        f"x-staged-tenant/{bank.tenant.id}",
        f"x-staged-tenant/{insurer.tenant.id}",
    }
    assert EvidenceEntry.objects.count() == 6
    # All that ended within seconds.
    assert EvidenceHead.objects.count() == 1
    assert set(EvidenceEntry.objects.values_list("actor", flat=True)) == {"scheduler"}
    sweep(timezone.now(), stop=never)
    assert len(two_controls()) == 3
    sweep(timezone.now() + HOUR + 5 * MINUTE, stop=never)
    assert len(two_controls()) == 6


def test_probes_and_suspended_tenants_are_not_asked(
    bank: Organisation, two_controls: Callable[[], list[str]]
) -> None:
    Tenant.objects.filter(pk=bank.tenant.id).update(state="suspended")
    with probe_tenants():
        sweep(timezone.now(), stop=never)
    assert two_controls() == ["x-staged-all/"]


def test_a_sweep_that_is_stopped_records_nothing(
    two_controls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> list[Outcome]:
        raise Stopped

    monkeypatch.setattr(sweeping, "run_all", stopped)
    sweep(timezone.now(), stop=lambda: True)
    assert not EvidenceEntry.objects.exists()


def test_each_has_its_turn_within_a_little_more_than_an_hour() -> None:
    made = [control(f"n{number}") for number in range(40)]
    recorded(*(outcome(part, one.id) for one in made for part in Part))
    known = ledger(fresh=True)
    assert turns(known, NOW + HOUR - MINUTE, *made) == []
    alone = [one for one in made if turns(known, NOW + HOUR + 2.5 * MINUTE, one)]
    assert 5 <= len(alone) <= 35
    assert all(turns(known, NOW + HOUR + 5 * MINUTE, one) for one in made)


def test_whose_turn_comes_soon_runs_with_who_is_first() -> None:
    """Each sweep leaves a head for ever: one an hour, not one for each control."""
    made = [control(f"n{number}") for number in range(40)]
    recorded(*(outcome(part, one.id) for one in made for part in Part))
    known = ledger(fresh=True)
    minutes = (NOW + HOUR + minute * MINUTE / 10 for minute in range(51))
    first = next(found for found in (turns(known, at, *made) for at in minutes) if found)
    assert len(first) == 40


def test_what_ends_within_seconds_is_signed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("siegel.trust.evidence.time.monotonic", lambda: now[0])
    recording = Recording(SCHEDULER)
    recording.add(both("x-one"))
    now[0] = 14.0
    recording.add(both("x-two"))
    assert not EvidenceEntry.objects.exists()
    now[0] = 15.0
    recording.add(both("x-three"))
    assert (EvidenceEntry.objects.count(), EvidenceHead.objects.count()) == (6, 1)
    now[0] = 16.0
    recording.add(both("x-four"))
    recording.close()
    recording.close()
    assert (EvidenceEntry.objects.count(), EvidenceHead.objects.count()) == (8, 2)


def test_what_could_not_be_recorded_waits_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contradiction must not be lost because the key was out of reach for a moment."""
    recording = Recording(SCHEDULER)
    recording.add([outcome(Part.CHECK, faults=2), outcome(Part.CANARY)])

    def refuse(_: bytes) -> Signature:
        raise SigningKeyUnavailable("gone")

    with monkeypatch.context() as without_key:
        without_key.setattr(signing_key, "sign", refuse)
        with pytest.raises(SigningKeyUnavailable):
            recording.close()
    assert not EvidenceEntry.objects.exists()
    recording.close()
    check, canary = EvidenceEntry.objects.order_by("seq")
    assert (check.detail["faults"], canary.detail["faults"]) == (2, 1)


def test_that_nothing_is_proven_any_more_is_noted_too(
    two_controls: Callable[[], list[str]],
) -> None:
    sweep(timezone.now(), stop=never)
    assert StateChange.objects.filter(after="pass").count() == 1
    EvidenceEntry.objects.order_by("-seq")[:1].get().delete()
    with pytest.raises(EvidenceBroken):
        sweep(timezone.now() + 2 * HOUR, stop=never)
    newest = StateChange.objects.get(before="pass")
    assert (newest.control, newest.after) == (OF_ALL.id, "unknown")


def test_a_claim_that_ages_faster_has_its_turn_sooner() -> None:
    import dataclasses

    fast = dataclasses.replace(OF_ALL, max_age=20 * MINUTE)
    recorded(*both(fast.id))
    known = ledger(fresh=True)
    assert turns(known, NOW + 9 * MINUTE, fast) == []
    assert turns(known, NOW + 11 * MINUTE, fast) == [fast.id]


def test_what_has_no_run_that_counts_is_due_at_once() -> None:
    recorded(outcome(Part.CHECK, OF_ALL.id))
    assert turns(ledger(fresh=True), NOW, OF_ALL) == [OF_ALL.id]
    recorded(outcome(Part.CANARY, OF_ALL.id), version="0.0.1")
    assert turns(ledger(fresh=True), NOW, OF_ALL) == [OF_ALL.id]
    recorded(*both(OF_ALL.id))
    assert turns(ledger(fresh=True), NOW, OF_ALL) == []
    # The clock was set back: what lies in the future would be due when it is reached.
    assert turns(ledger(fresh=True), NOW - HOUR, OF_ALL) == [OF_ALL.id]


def test_who_waits_longest_comes_first() -> None:
    recorded(*both(OF_ALL.id), at=NOW - 2 * HOUR)
    recorded(*both(OF_TENANT.id), at=NOW - 3 * HOUR)
    new = control("new")
    found = turns(ledger(fresh=True), NOW, OF_ALL, OF_TENANT, new)
    assert found == [new.id, OF_TENANT.id, OF_ALL.id]


def test_changes_are_noted_once(two_controls: Callable[[], list[str]]) -> None:
    def noted() -> list[tuple[str, str, str]]:
        rows = StateChange.objects.order_by("pk")
        return [(row.control, row.before, row.after) for row in rows]

    assert note_changes() == []
    record(both(OF_ALL.id), SCHEDULER)
    note_changes()
    note_changes()
    assert noted() == [(OF_ALL.id, "unknown", "pass")]
    record([outcome(Part.CHECK, OF_ALL.id, faults=2)], SCHEDULER)
    note_changes()
    assert noted()[1:] == [(OF_ALL.id, "pass", "fail")]


def test_growing_old_is_a_change_too(
    bank: Organisation, two_controls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(both(OF_TENANT.id, bank.tenant.id), SCHEDULER)
    note_changes()
    later = timezone.now() + 2 * HOUR + MINUTE
    monkeypatch.setattr("siegel.trust.changes.timezone.now", lambda: later)
    (change,) = note_changes()
    assert (change.tenant, change.before, change.after) == (bank.tenant.id, "pass", "unknown")
    assert change.at == later


def test_what_faults_said_is_forgotten_after_90_days_and_the_chain_is_not() -> None:
    day = dt.timedelta(days=1)
    for age in (100, 91, 89, 0):
        recorded(*both(), at=NOW - age * day)
    prune_faults(NOW)
    assert list(RunFault.objects.values_list("seq", flat=True)) == [6, 8]
    assert EvidenceEntry.objects.count() == 8


def test_rows_are_found_by_their_time() -> None:
    assert in_time(NOW) == 1
    recorded(*both(), at=NOW - HOUR)
    recorded(*both(), at=NOW)
    assert [in_time(at) for at in (NOW - 2 * HOUR, NOW - HOUR, NOW, NOW + HOUR)] == [1, 1, 3, 5]


def test_the_job_runs_what_is_due_until_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    running = [False]

    def swept(now: dt.datetime, *, stop: Callable[[], bool]) -> int:
        asked.append(stop())
        running[0] = False
        asked.append(stop())
        return 0

    monkeypatch.setattr(trust_jobs, "sweep", swept)
    monkeypatch.setattr(jobs, "is_running", lambda: running[0])
    # By hand, where no jobs run: nothing stops it.
    trust_jobs.run_due_controls()
    running[0] = True
    trust_jobs.run_due_controls()
    assert asked == [False, False, False, True]


@pytest.mark.parametrize("problem", [SigningKeyUnavailable("no key"), EvidenceBroken("cut off")])
def test_what_keeps_everything_from_running_is_said_once(
    problem: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(trust_jobs, "_said", set[str]())
    monkeypatch.setattr(trust_jobs, "sweep", mock.Mock(side_effect=problem))
    for _ in range(3):
        trust_jobs.run_due_controls()
    assert [record.getMessage() for record in caplog.records] == [f"No control runs: {problem}"]


def test_nothing_runs_that_could_not_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "check_recordable", mock.Mock(side_effect=EvidenceBroken("cut")))
    monkeypatch.setattr(sweeping, "run_all", mock.Mock())
    with pytest.raises(EvidenceBroken):
        sweeping.sweep(timezone.now(), stop=lambda: False)
    sweeping.run_all.assert_not_called()  # type: ignore[attr-defined] # a mock


def test_the_lease_is_longer_than_a_sweep_and_it_is_looked_soon() -> None:
    assert dt.timedelta(seconds=30) >= trust_jobs.LOOK_EVERY
    kind = job_kinds.kind_named("trust.sweep")
    assert kind is not None
    longest = max(control.timeout for control in all_controls())
    assert kind.lease >= dt.timedelta(seconds=sweeping.SWEEP_SECONDS) + 2 * longest


def test_what_killed_controls_left_is_removed(bank: Organisation) -> None:
    with probe_tenants() as (one, other):
        assert remove_abandoned_probes(timezone.now() - HOUR) == 0
        with serving(one):
            pass
        assert remove_abandoned_probes(timezone.now() + MINUTE) == 2
        assert not one.folder.exists()
        assert not other.folder.exists()
    assert list(Tenant.objects.values_list("pk", flat=True)) == [bank.tenant.id]


def test_a_control_does_not_look_at_the_probes_of_another(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siegel.tenancy import probes

    with probe_tenants() as (one, other):
        assert {tenant.id for tenant in examined_tenants()} == {bank.tenant.id, one.id, other.id}
        monkeypatch.setattr(probes, "_made_here", set())
        assert {tenant.id for tenant in examined_tenants()} == {bank.tenant.id}
