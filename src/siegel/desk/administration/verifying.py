"""Verifying the whole trail as a job, which somebody can watch, and keeping what was found."""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from siegel.audit import trail
from siegel.audit.models import TrailEntry, Verification
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue, job
from siegel.tenancy.writing import write_transaction

# About a third of a second; what was looked at is written down after each piece.
PIECE = 20_000
# A run that nobody has heard of for so long will not be heard of again.
LOST_AFTER = dt.timedelta(minutes=15)
RESULTS_KEPT = 10


class UnderWay(Exception):
    """A run has not ended yet; another one would only make both of them slower."""


def begin(actor: str, kept: str) -> Verification:
    """Have the trail verified in the name of `actor`, against a head as text unless it is empty.

    One run at a time, whatever it is compared with. Raises UnderWay.
    """
    now = timezone.now()
    # Under the write lock: of two people who press the button at once the second one sees the row.
    with write_transaction():
        unfinished = Verification.objects.filter(finished_at=None)
        unfinished.filter(seen_at__lt=now - LOST_AFTER).delete()
        if unfinished.exists():
            raise UnderWay
        run = Verification.objects.create(
            by=actor, started_at=now, seen_at=now, rows_then=trail.head().seq, kept=kept
        )
        known = Verification.objects.exclude(finished_at=None)
        known.exclude(pk__in=list(known.values_list("pk", flat=True)[:RESULTS_KEPT])).delete()
    enqueue(verify_trail, served(), run.pk)
    return run


def is_lost(run: Verification) -> bool:
    """Whether a run will not come to an end: the process that did it was killed, three times."""
    return run.finished_at is None and run.seen_at < timezone.now() - LOST_AFTER


@job(name="trail.verify", attempts=3, lease=dt.timedelta(hours=1))
def verify_trail(run: int) -> None:
    """Recompute the chain for a run that has not ended, and write down what was found."""
    found = Verification.objects.filter(pk=run, finished_at=None).first()
    if found is None:
        return
    kept = trail.Head.parse(found.kept) if found.kept else None
    try:
        found.head = str(trail.verify(_watched(found), kept=kept))
    except trail.BrokenChain as broken:
        found.fault, found.bad_seq = broken.fault, broken.seq
    with write_transaction():
        found.finished_at = found.seen_at = timezone.now()
        found.save()
        detail: dict[str, object] = {"rows": found.rows, "holds": not found.fault}
        if found.fault:
            detail |= {"fault": found.fault, "bad": found.bad_seq}
        trail.append([trail.Event(found.by, "trail.verified", "trail", detail)])


def _watched(run: Verification) -> Iterator[TrailEntry]:
    """The whole trail in pieces: no cursor stays open while the progress is written."""
    last: int | None = None
    run.rows = 0
    while True:
        before = run.rows
        for entry in trail.in_order(last, PIECE):
            last = entry.seq
            run.rows += 1
            yield entry
        if run.rows == before:
            return
        with write_transaction():
            run.seen_at = timezone.now()
            run.save(update_fields=["rows", "seen_at"])
