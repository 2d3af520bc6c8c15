"""What may be said of every claim now, to a reader of one tenant's page."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from siegel.claims.control import Claim, Control, Kind, Scope, Text
from siegel.claims.headings import HEADINGS, OWN, Heading
from siegel.claims.state import Objection, Part, Run, SignedHead, State, objection, state_of
from siegel.tenancy.context import ServedTenant
from siegel.trust.discovery import all_claims
from siegel.trust.ledger import Ledger, ledger
from siegel.trust.program import VERSION

NOT_BUILT = Text("noch nicht gebaut", "not built yet")
NO_DOCUMENT = Text("kein Nachweis hinterlegt", "no document on file")
NOT_SEEN = Text("eingebauter Fehler nicht bemerkt", "planted failure not seen")
OBJECTIONS = {
    Objection.NEVER_RUN: Text("noch nie gelaufen", "has never run"),
    Objection.OTHER_PART: Text("ist ein anderer Lauf", "is another run"),
    Objection.FROM_THE_FUTURE: Text("liegt in der Zukunft", "lies in the future"),
    Objection.TOO_OLD: Text("zu alt", "is too old"),
    Objection.OTHER_VERSION: Text("lief mit einem anderen Programm", "ran as another program"),
    Objection.TIMED_OUT: Text("wurde nicht rechtzeitig fertig", "timed out"),
    Objection.RECORDED_LATE: Text("wurde zu spät aufgezeichnet", "was recorded too late"),
    Objection.CRASHED: Text("ist abgestürzt", "crashed"),
    Objection.NOTHING_EXAMINED: Text("hat nichts untersucht", "examined nothing"),
    Objection.NOT_ALL_EXAMINED: Text("hat nicht alles untersucht", "did not examine everything"),
    Objection.NOT_COVERED: Text(
        "wird von keiner Signatur erfasst", "is not covered by a signed head"
    ),
    Objection.WRONG_CLOCK: Text(
        "passt nicht zur Zeit der Signatur", "does not fit the time of the signed head"
    ),
}
_NAMES = {
    Part.CHECK: Text("Prüfung", "check"),
    Part.CANARY: Text("Gegenprobe", "canary"),
}


@dataclass(frozen=True)
class Standing:
    """A claim, its state, and what it rests on.

    `reason` says why there is no green. `until` is when what is said now ends of itself, None if
    it does not. `tenant` is empty for claims about the installation.
    """

    claim: Claim
    state: State
    reason: Text | None
    check: Run | None
    canary: Run | None
    until: dt.datetime | None
    tenant: str = ""


@dataclass(frozen=True)
class Group:
    """The claims under a heading, in order."""

    heading: Heading
    standings: tuple[Standing, ...]


def standings(tenant: ServedTenant, now: dt.datetime) -> list[Group]:
    """All claims as a reader of a tenant's page may see them: the installation's, and its own.

    Headings in their order, our own claims last. Raises discovery.WrongClaims.
    """
    claims = all_claims()
    known = ledger()
    listed = [(heading, heading.claims) for heading in HEADINGS]
    rest = tuple(claims)[sum(len(ids) for _, ids in listed) :]
    return [
        Group(heading, tuple(_of_reader(claims, claim_id, tenant, now, known) for claim_id in ids))
        for heading, ids in [*listed, (OWN, rest)]
    ]


def standing_of(claim: Claim, tenant: str, now: dt.datetime, known: Ledger) -> Standing:
    """One claim, of a tenant's id or, empty, of the installation."""
    if not isinstance(claim, Control):
        reason = NO_DOCUMENT if claim.kind is Kind.ATTESTED else NOT_BUILT
        return Standing(claim, State.UNKNOWN, reason, None, None, None, tenant)
    check, canary = (known.run(claim.id, tenant, part) for part in Part)
    state = state_of(
        check, canary, now=now, head=known.head, version=VERSION, max_age=claim.max_age
    )
    return Standing(
        claim=claim,
        state=state,
        reason=None
        if state is State.PASS
        else _reason(claim, state, (check, canary), now, known.head),
        check=check,
        canary=canary,
        until=_until(claim, state, check, canary),
        tenant=tenant,
    )


def tenant_of(claim: Claim, tenant: str) -> str:
    """Whom runs of a claim are about, on the page of a tenant with that id."""
    return tenant if claim.scope is Scope.TENANT else ""


def _of_reader(
    claims: Mapping[str, Claim],
    claim_id: str,
    tenant: ServedTenant,
    now: dt.datetime,
    known: Ledger,
) -> Standing:
    claim = claims[claim_id]
    return standing_of(claim, tenant_of(claim, tenant.id), now, known)


def _until(claim: Claim, state: State, check: Run | None, canary: Run | None) -> dt.datetime | None:
    if check is None or state not in (State.PASS, State.FAIL, State.CANARY_FAILED):
        return None
    rests_on = [check] if state is State.FAIL or canary is None else [check, canary]
    return min(run.at for run in rests_on) + claim.max_age


def _reason(
    claim: Claim,
    state: State,
    runs: tuple[Run | None, Run | None],
    now: dt.datetime,
    head: SignedHead | None,
) -> Text | None:
    check = runs[0]
    if state is State.FAIL and check is not None:
        return _contradictions(check.faults)
    if state is State.CANARY_FAILED:
        return NOT_SEEN
    said = (
        (
            _NAMES[part],
            objection(run, part, now=now, head=head, version=VERSION, max_age=claim.max_age),
        )
        for part, run in zip(Part, runs, strict=True)
    )
    against = ((name, OBJECTIONS[found]) for name, found in said if found is not None)
    return next((Text(f"{name.de} {why.de}", f"{name.en} {why.en}") for name, why in against), None)


def _contradictions(number: int) -> Text:
    if number == 1:
        return Text("ein Widerspruch gefunden", "one contradiction found")
    return Text(f"{number} Widersprüche gefunden", f"{number} contradictions found")
