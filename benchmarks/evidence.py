"""What verifying the evidence costs: a year of it, and a fault found at its number."""

import time
from typing import Any

from benchmarks.installations import installation
from benchmarks.pairs import Result, absolute

ROWS = 1_000_000
# What one sweep writes, and signs once.
SWEEP = 114
CHANGED = 876_543


def run() -> list[Result]:
    """A million rows under 8,772 signed heads, as the scheduler writes them in a year."""
    with installation(connections_per_thread=8):
        began = time.monotonic()
        _write()
        print(f"  written in {time.monotonic() - began:.0f} s", flush=True)
        return [
            absolute("verifying 1,000,000 rows of evidence", _verified(), unit="s", at_most=10),
            absolute("finding one changed bit among them", _found(), unit="s", at_most=10),
            absolute("finding a cut tail", _cut(), unit="s", at_most=10),
        ]


def _write() -> None:
    from django.db import transaction

    from siegel.claims.control import Text
    from siegel.claims.state import Part
    from siegel.trust.evidence import SCHEDULER, Outcome, record

    outcomes = [
        Outcome(
            control=f"x-control-{number // 2}",
            tenant="",
            part=list(Part)[number % 2],
            source=f"{number:064x}",
            milliseconds=1200 + number,
            examined=200 + number,
            what=Text("geprüfte Schlüssel von 12 Organisationen", "keys of 12 organisations"),
            faults=number % 2,
            texts=("the second database holds the text of the first one",) * (number % 2),
        )
        for number in range(SWEEP)
    ]
    written = 0
    while written < ROWS:
        # Many sweeps to a transaction: a year of them would wait for the disk for minutes.
        with transaction.atomic(using="default"):
            for _ in range(200):
                chosen = outcomes[: ROWS - written]
                record(chosen, SCHEDULER)
                written += len(chosen)


def _verified() -> float:
    from siegel.trust.verifying import verify_evidence

    began, used = time.perf_counter(), time.process_time()
    verified = verify_evidence()
    took, used = time.perf_counter() - began, time.process_time() - used
    assert verified.head.seq == ROWS
    print(f"  {verified.heads} heads, {used:.1f} s of the processor", flush=True)
    return took


def _found() -> float:
    """One bit of one digit in what was examined."""
    from siegel.audit.trail import BrokenChain

    change = "UPDATE trust_evidenceentry SET detail = replace(detail, {}, {}) WHERE seq = %s"
    _execute(change.format("'keys of 12'", "'keys of 13'"), CHANGED)
    took = _took(BrokenChain, CHANGED)
    _execute(change.format("'keys of 13'", "'keys of 12'"), CHANGED)
    return took


def _cut() -> float:
    """The last sweep is gone with its head, and somebody has kept the head."""
    from siegel.audit import trail
    from siegel.trust.models import EvidenceEntry, EvidenceHead

    kept = trail.head(EvidenceEntry)
    newest = EvidenceHead.objects.order_by("-seq")[:2]
    bound = newest[1].seq
    EvidenceHead.objects.filter(seq__gt=bound).delete()
    _execute("DELETE FROM trust_evidenceentry WHERE seq > %s", bound)
    return _took(trail.BrokenChain, kept.seq, kept)


def _took(expected: type[Any], seq: int, kept: Any = None) -> float:
    from siegel.trust.verifying import verify_evidence

    began = time.perf_counter()
    found = None
    try:
        verify_evidence(kept)
    except expected as broken:
        found = broken.seq
    took = time.perf_counter() - began
    assert found == seq, found
    return took


def _execute(statement: str, *values: object) -> None:
    from django.db import connections

    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
