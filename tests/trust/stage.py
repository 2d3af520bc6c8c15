"""Standings made by hand: every heading, every state, and what a page could choke on."""

import base64
import datetime as dt
import itertools
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from siegel.claims.control import Claim, Kind, Scope, Text
from siegel.claims.headings import HEADINGS, OWN, Heading
from siegel.claims.state import Part, Run, State
from siegel.tenancy.context import ServedTenant
from siegel.trust import views
from siegel.trust.models import EvidenceEntry, EvidenceHead, StateChange
from siegel.trust.standing import Group, Standing

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
# What stands in each place in turn; the first heading has one of each kind.
TURN = (
    "pass", "pass-late", "fail", "unknown", "attested", "canary-failed", "crashed", "waived",
    "not-applicable", "unknown", "pass", "expected",
)  # fmt: skip
CLAIMS = {
    "phy-fac-all-data": Text(
        "Daten der Mandanten liegen nur in den genannten Rechenzentren.",
        "Tenants' data lie in the named data centres only.",
    ),
    "phy-sep-physical": Text(
        "Jeder Mandant hat eine eigene, eigens verschlüsselte Datenbank.",
        "Each tenant has a database of its own, encrypted under a key of its own.",
    ),
}
FALSIFIER = Text(
    "Ein Probetext des einen Mandanten steht in irgendeiner Datei eines anderen.",
    "A probe text of one tenant is in any file of another.",
)
WHAT = Text(
    "Dateien und Schlüssel von 2 Organisationen, Byte für Byte",
    "files and keys of 2 organisations, byte by byte",
)
REASONS = {
    "fail": Text(
        "Die dritte Kopie ist 31 Stunden alt, erlaubt sind 26.",
        "The third copy is 31 hours old, 26 are allowed.",
    ),
    "unknown": Text("Noch nicht gebaut.", "Not built yet."),
    "canary-failed": Text(
        "Die Prüfung bemerkte den eingebauten Fehler nicht.",
        "The check did not notice the planted failure.",
    ),
    "crashed": Text("Die letzte Prüfung brach ab.", "The last check broke off."),
    "attested": Text("Urkunde gültig bis 14.06.2027.", "Document valid until 14 June 2027."),
    "waived": Text(
        "Umzug des Rechenzentrums <b>bis</b> Dezember.", "Data centre moves <b>until</b> December."
    ),
    "not-applicable": Text("Es gibt keine Funknetze.", "There is no wireless network."),
}


def run(
    identifier: str,
    part: Part,
    at: dt.datetime,
    *,
    tenant: str = "",
    faults: int = 0,
    expected: int | None = None,
    error: str = "",
) -> Run:
    """One run that examined 1,214 things, unless it broke off."""
    return Run(
        seq=7,
        control=identifier,
        tenant=tenant,
        part=part,
        at=at,
        milliseconds=812,
        version="0.1.0",
        source="5" * 64,
        examined=0 if error else 1214,
        expected=expected,
        what=Text("", "") if error else WHAT,
        faults=faults,
        error=error,
        digest="d" * 64,
    )


def claim(identifier: str, scope: Scope = Scope.INSTALLATION) -> Claim:
    """A claim in words of its own, or in words that name its id."""
    said = Text(f"Zusage {identifier} wird eingehalten.", f"Claim {identifier} is kept.")
    return Claim(
        id=identifier,
        claim=CLAIMS.get(identifier, said),
        falsifier=FALSIFIER,
        kind=Kind.BUILT_IN,
        scope=scope,
        max_age=dt.timedelta(hours=26) if scope == Scope.INSTALLATION else dt.timedelta(days=35),
        meaning="",
        checking="",
        breaking="",
        remedy="",
    )


def standing(identifier: str, kind: str, now: dt.datetime, tenant: str = "") -> Standing:
    """What is said of a claim in one of the ways of TURN."""
    own = claim(identifier, Scope.TENANT if tenant else Scope.INSTALLATION)
    at = now - 12 * MINUTE
    until: dt.datetime | None = at + own.max_age
    check = run(identifier, Part.CHECK, at, tenant=tenant)
    canary = run(identifier, Part.CANARY, at, tenant=tenant, faults=3)
    state = State(kind) if kind in set(State) else State.PASS
    if kind == "pass-late":
        until = now + 2 * MINUTE
    elif kind == "expected":
        check = run(identifier, Part.CHECK, at, tenant=tenant, expected=1214)
    elif kind == "fail":
        check = run(identifier, Part.CHECK, at, tenant=tenant, faults=1)
    elif kind == "canary-failed":
        canary, until = run(identifier, Part.CANARY, at, tenant=tenant), None
    elif kind == "crashed":
        state, until = State.UNKNOWN, None
        check = run(identifier, Part.CHECK, at, tenant=tenant, error="timeout")
        canary = run(identifier, Part.CANARY, at - 30 * HOUR, tenant=tenant, error="OSError")
    reason = REASONS.get(kind)
    if kind in {"unknown", "attested", "waived", "not-applicable"}:
        until = None if kind == "unknown" else now + 200 * HOUR
        return Standing(own, state, reason, None, None, until, tenant)
    return Standing(own, state, reason, check, canary, until, tenant)


def staged(tenant: ServedTenant, now: dt.datetime) -> list[Group]:
    """In place of siegel.trust.standing.standings: all headings, and two claims of our own."""
    turn = itertools.cycle(TURN)
    groups = [
        Group(heading, tuple(standing(one, next(turn), now) for one in heading.claims))
        for heading in HEADINGS
    ]
    own = Heading(OWN.id, OWN.chapter, OWN.title, ("x-durable", "x-own-key"))
    rows = (standing("x-durable", "pass", now), standing("x-own-key", "pass", now, tenant.id))
    return [*groups, Group(own, rows)]


def fixed(now: dt.datetime) -> Callable[[ServedTenant, dt.datetime], list[Group]]:
    """The same at every asking, as it is between two runs."""
    return lambda tenant, _asked: staged(tenant, now)


def row(seq: int, tenant: object, at: dt.datetime, subject: str = "phy-sep-physical") -> None:
    """A row of the evidence; its digest is no real one."""
    EvidenceEntry.objects.create(
        seq=seq,
        at=at,
        actor="scheduler",
        action="control.check",
        subject=subject,
        detail={"tenant": tenant, "examined": 1000 + seq},
        previous=f"{seq - 1:064x}",
        digest=f"{seq:064x}",
    )


def head(seq: int, at: dt.datetime) -> EvidenceHead:
    """A head whose signature is none."""
    return EvidenceHead.objects.create(
        seq=seq,
        digest=f"{seq:064x}",
        at=at,
        version="0.1.0",
        key="a" * 16,
        previous="0" * 64,
        signature=base64.b64encode(b"s" * 64).decode(),
    )


@pytest.fixture(name="now")
def staged_now(monkeypatch: pytest.MonkeyPatch) -> Iterator[dt.datetime]:
    """The moment of which the staged standings speak; evidence that a test writes goes with it."""
    moment = timezone.now().replace(microsecond=0)
    monkeypatch.setattr(views, "standings", fixed(moment))
    clear()
    yield moment
    clear()


def clear() -> None:
    """Have no evidence."""
    for model in (EvidenceEntry, EvidenceHead, StateChange):
        model.objects.all().delete()
