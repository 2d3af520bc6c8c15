"""Every claim has a state and says why it is not green; nobody reads about another tenant."""

import dataclasses
import datetime as dt

import pytest

from siegel.claims.control import Claim, Kind, Scope, Text
from siegel.claims.headings import HEADINGS
from siegel.claims.state import Part, State
from siegel.trust import discovery, standing
from siegel.trust.discovery import NoControl, WrongClaims, all_claims, all_controls, control_named
from siegel.trust.ledger import ledger
from siegel.trust.models import EvidenceHead
from siegel.trust.standing import Standing, standing_of, standings
from tests.cast import Organisation
from tests.trust.histories import NOW, both, outcome, recorded
from tests.trust.staged import control

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
CLAIMED = control("all")


def of(now: dt.datetime = NOW, tenant: str = "") -> Standing:
    return standing_of(CLAIMED, tenant, now, ledger(fresh=True))


def checked(part: Part = Part.CHECK, **changes: object) -> None:
    at = changes.pop("at", NOW)
    version = changes.pop("version", None)
    kept = {} if version is None else {"version": version}
    recorded(outcome(part, CLAIMED.id, **changes), at=at, **kept)  # type: ignore[arg-type] # words


def test_all_claims_stand_in_order_with_our_own_at_the_end(bank: Organisation) -> None:
    groups = standings(bank.tenant, NOW)
    assert [group.heading.id for group in groups] == [*(h.id for h in HEADINGS), "x"]
    ids = [one.claim.id for group in groups for one in group.standings]
    listed = [claim_id for heading in HEADINGS for claim_id in heading.claims]
    assert (ids[:119], len(listed)) == (listed, 119)
    assert ids[119:] == sorted(ids[119:])
    assert all(claim_id.startswith("x-") for claim_id in ids[119:])


def test_what_is_not_built_says_so(bank: Organisation) -> None:
    made = {made.id for made in all_controls()}
    for group in standings(bank.tenant, NOW):
        for one in group.standings:
            assert one.state is State.UNKNOWN
            if one.claim.id in made:
                assert one.reason == Text("Prüfung noch nie gelaufen", "check has never run")
            elif one.claim.kind is Kind.ATTESTED:
                assert one.reason == Text("kein Nachweis hinterlegt", "no document on file")
            else:
                assert one.reason == Text("noch nicht gebaut", "not built yet")


def test_green_ends_when_the_older_of_both_does() -> None:
    recorded(outcome(Part.CANARY, CLAIMED.id), at=NOW - 30 * MINUTE)
    recorded(outcome(Part.CHECK, CLAIMED.id), at=NOW)
    found = of()
    assert (found.state, found.reason) == (State.PASS, None)
    assert found.until == NOW - 30 * MINUTE + CLAIMED.max_age
    assert of(NOW + 90 * MINUTE).state is State.PASS
    late = of(NOW + 91 * MINUTE)
    assert (late.state, late.until) == (State.UNKNOWN, None)
    assert late.reason == Text("Gegenprobe zu alt", "canary is too old")


@pytest.mark.parametrize(("faults", "en"), [(1, "one contradiction"), (3, "3 contradictions")])
def test_red_says_how_much_and_ends_with_its_check(faults: int, en: str) -> None:
    recorded(outcome(Part.CANARY, CLAIMED.id), at=NOW - 30 * MINUTE)
    checked(faults=faults)
    found = of()
    assert found.state is State.FAIL
    assert found.reason is not None
    assert found.reason.en == f"{en} found"
    assert found.until == NOW + CLAIMED.max_age


def test_red_needs_no_canary() -> None:
    checked(faults=1)
    assert of().state is State.FAIL


def test_a_planted_failure_that_nobody_saw_is_said() -> None:
    checked()
    checked(Part.CANARY, faults=0, at=NOW)
    found = of()
    assert found.state is State.CANARY_FAILED
    assert found.reason == Text("eingebauter Fehler nicht bemerkt", "planted failure not seen")
    assert found.until == NOW + CLAIMED.max_age


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize(
    ("changes", "en"),
    [
        ({"at": NOW - 3 * HOUR}, "is too old"),
        ({"at": NOW + HOUR}, "lies in the future"),
        ({"version": "0.0.1"}, "ran as another program"),
        ({"error": "timeout", "examined": 0}, "timed out"),
        ({"error": "late", "examined": 0}, "was recorded too late"),
        ({"error": "KeyError", "examined": 0}, "crashed"),
        ({"examined": 0}, "examined nothing"),
        ({"expected": 9}, "did not examine everything"),
    ],
)
def test_what_does_not_count_is_said(part: Part, changes: dict[str, object], en: str) -> None:
    # The older row first; what lies in the future comes last, as it does.
    other = Part.CANARY if part is Part.CHECK else Part.CHECK
    at = changes.get("at", NOW)
    if at == NOW + HOUR:
        checked(other)
        checked(part, **changes)
        expected = {f"{part.value} {en}", f"{other.value} does not fit the time of the signed head"}
    else:
        checked(part, **changes)
        checked(other)
        expected = {f"{part.value} {en}"}
    found = of()
    assert (found.state, found.until) == (State.UNKNOWN, None)
    assert found.reason is not None
    assert found.reason.en in expected


def test_what_nobody_has_signed_is_said() -> None:
    recorded(*both(CLAIMED.id))
    EvidenceHead.objects.all().delete()
    found = of()
    assert found.state is State.UNKNOWN
    assert found.reason == Text(
        "Prüfung wird von keiner Signatur erfasst",
        "check is not covered by a signed head",
    )
    assert found.check is not None


def test_a_head_from_the_future_vouches_for_nothing() -> None:
    recorded(*both(CLAIMED.id))
    recorded(*both("x-other"), at=NOW + HOUR)
    found = of()
    assert found.state is State.UNKNOWN
    assert found.reason is not None
    assert found.reason == Text(
        "Prüfung passt nicht zur Zeit der Signatur",
        "check does not fit the time of the signed head",
    )


def test_each_tenant_reads_its_own(
    bank: Organisation, insurer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = dataclasses.replace(CLAIMED, scope=Scope.TENANT)
    monkeypatch.setattr(standing, "all_claims", lambda: {**all_claims(), own.id: own})
    recorded(*both(own.id, bank.tenant.id))

    def read(organisation: Organisation) -> Standing:
        groups = standings(organisation.tenant, NOW)
        return next(one for one in groups[-1].standings if one.claim is own)

    assert (read(bank).state, read(bank).tenant) == (State.PASS, bank.tenant.id)
    assert (read(insurer).state, read(insurer).tenant) == (State.UNKNOWN, insurer.tenant.id)
    assert bank.tenant.id not in repr(read(insurer))
    installation = standings(bank.tenant, NOW)[0].standings[0]
    assert installation.tenant == ""


# Discovery.


def claim(claim_id: str) -> Claim:
    fields = {field.name: getattr(CLAIMED, field.name) for field in dataclasses.fields(Claim)}
    return Claim(**(fields | {"id": claim_id}))


def test_every_claim_of_the_list_is_there_once() -> None:
    assert len([claim_id for claim_id in all_claims() if not claim_id.startswith("x-")]) == 119
    assert {made.id for made in all_controls()} <= set(all_claims())


def test_a_claim_that_is_there_twice_or_missing_or_nobodys_is_refused() -> None:
    sound = list(all_claims().values())
    assert list(discovery.in_order(sound[::-1])) == list(all_claims())
    with pytest.raises(WrongClaims, match="there twice: phy-fac-all-data"):
        discovery.in_order([*sound, claim("phy-fac-all-data")])
    with pytest.raises(WrongClaims, match="missing: phy-fac-all-data"):
        discovery.in_order(sound[1:])
    with pytest.raises(WrongClaims, match=r"neither listed nor our own .*: our-claim"):
        discovery.in_order([*sound, claim("our-claim")])
    assert list(discovery.in_order([*sound, claim("x-zzz")]))[-1] == "x-zzz"


def test_a_control_is_found_by_its_id() -> None:
    assert control_named("phy-sep-physical").id == "phy-sep-physical"
    with pytest.raises(NoControl, match="no control nothing"):
        control_named("nothing")


@pytest.mark.parametrize("made", all_controls(), ids=lambda made: made.id)
def test_every_claim_is_said_in_both_languages(made: Claim) -> None:
    assert made.claim.de != made.claim.en
    assert made.falsifier.de != made.falsifier.en
