"""Running what is due, and noting what became of the claims."""

import datetime as dt
from collections.abc import Callable, Sequence

from siegel.claims.state import Part, Run
from siegel.tenancy.probes import remove_abandoned_probes
from siegel.trust.changes import note_changes
from siegel.trust.discovery import all_controls
from siegel.trust.evidence import SCHEDULER, Recording, check_recordable
from siegel.trust.ledger import Ledger, ledger
from siegel.trust.models import RunFault
from siegel.trust.program import VERSION
from siegel.trust.rows import in_time
from siegel.trust.running import Stopped, Wanted, run_all, wanted

EVERY = dt.timedelta(hours=1)
# A share of the interval by which a run may come later, so that nobody knows when it comes.
JITTER = 1 / 12
# What is not begun by then is due at the next turn; also of a thousand tenants.
SWEEP_SECONDS = 15 * 60.0
KEEP_FAULTS = dt.timedelta(days=90)
# Longer than any control runs: what it made for itself and still is there has no owner.
ABANDONED = dt.timedelta(hours=1)


def sweep(now: dt.datetime, *, stop: Callable[[], bool]) -> None:
    """Run and record what is due at a time, and note what became of the claims, also if it fails.

    Raises vault.signing_key.SigningKeyUnavailable and evidence.EvidenceBroken.
    """
    remove_abandoned_probes(now - ABANDONED)
    items = due(wanted(all_controls()), ledger(), now)
    try:
        if items:
            _run(items, stop)
    except Stopped:
        return
    finally:
        note_changes()
    prune_faults(now)


def _run(items: Sequence[Wanted], stop: Callable[[], bool]) -> None:
    check_recordable()
    recording = Recording(SCHEDULER)
    try:
        run_all(items, ended=recording.add, stop=stop, seconds=SWEEP_SECONDS)
    finally:
        recording.close()


def due(items: Sequence[Wanted], known: Ledger, now: dt.datetime) -> list[Wanted]:
    """Those whose turn it is, the longest waiting first, with those whose turn comes soon.

    Together they need one signed head.
    """
    turns = [(_turn(item, known, now), item) for item in items]
    if min((turn for turn, _ in turns), default=now) > now:
        return []
    waiting = [(turn, item) for turn, item in turns if turn <= now + EVERY * JITTER]
    return [item for _, item in sorted(waiting, key=lambda pair: pair[0])]


def prune_faults(now: dt.datetime) -> None:
    """Delete what faults say after 90 days; the rows of the evidence stay, and so does its digest.

    By the numbers of rows, of which the first within the time is found by bisecting.
    """
    first_kept = in_time(now - KEEP_FAULTS)
    RunFault.objects.filter(seq__lt=first_kept).delete()


def _turn(item: Wanted, known: Ledger, now: dt.datetime) -> dt.datetime:
    """When the newest run grows too old, later by a part that its digest decides.

    Nobody can know it before, and nothing need be kept for it.
    """
    at_once = dt.datetime.min.replace(tzinfo=dt.UTC)
    runs = [known.run(item.control.id, item.tenant, part) for part in Part]
    if not all(run is not None and _is_of_now(run, now) for run in runs):
        return at_once
    oldest = min((run for run in runs if run is not None), key=lambda run: run.at)
    interval = min(EVERY, item.control.max_age / 2)
    chance = int(oldest.digest[:8], 16) / 0xFFFFFFFF
    turn: dt.datetime = oldest.at + interval * (1 + JITTER * chance)
    return turn


def _is_of_now(run: Run, now: dt.datetime) -> bool:
    return run.version == VERSION and run.at <= now
