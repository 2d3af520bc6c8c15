"""What runs regularly: the controls."""

import datetime as dt
import logging

from django.utils import timezone

from siegel.tenancy import jobs
from siegel.tenancy.jobs import periodic
from siegel.trust.evidence import EvidenceBroken
from siegel.trust.sweeping import SWEEP_SECONDS, sweep
from siegel.vault.signing_key import SigningKeyUnavailable

log = logging.getLogger(__name__)
# How often it is looked whether a control is due: soon after the first start, too.
LOOK_EVERY = dt.timedelta(seconds=10)
# What this process has logged already.
_said: set[str] = set()
# What has been begun in time may take its time-outs, of check and canary: ten minutes at most.
LEASE = dt.timedelta(seconds=SWEEP_SECONDS) + 2 * dt.timedelta(minutes=10)


@periodic(name="trust.sweep", every=LOOK_EVERY, attempts=3, lease=LEASE)
def run_due_controls() -> None:
    """Run the controls whose turn it is, unless the process ends meanwhile."""
    runs_jobs = jobs.is_running()
    try:
        sweep(timezone.now(), stop=lambda: runs_jobs and not jobs.is_running())
    except (SigningKeyUnavailable, EvidenceBroken) as problem:
        # Not a failure of the job: it looks again in seconds. Every claim is unknown meanwhile.
        if str(problem) not in _said:
            _said.add(str(problem))
            log.error("No control runs: %s", problem)
