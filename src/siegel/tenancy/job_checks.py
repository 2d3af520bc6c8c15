"""Whether jobs are run, and none has failed for good."""

from typing import Any

from django.core import checks

from siegel.tenancy.job_figures import dead_letters, somebody_schedules
from siegel.tenancy.tenant_checks import is_current

DEAD_LETTERS = "siegel.tenancy.W013"
NOBODY_SCHEDULES = "siegel.tenancy.W014"


def no_dead_letters(**_: Any) -> list[checks.CheckMessage]:
    """No job has failed at every attempt."""
    if not is_current():
        return []
    return [
        checks.Warning(
            f"{letters.count} jobs {letters.name} failed at every attempt: "
            f"{', '.join(letters.errors)}.",
            hint=f"Mend the cause, then: siegel jobs retry --all --name {letters.name}",
            id=DEAD_LETTERS,
        )
        for letters in dead_letters()
    ]


def somebody_runs_jobs(**_: Any) -> list[checks.CheckMessage]:
    """A process schedules what is due regularly."""
    if not is_current() or somebody_schedules():
        return []
    return [
        checks.Warning(
            "No process runs jobs: nothing is deleted by rule, scanned again, or checked.",
            hint="siegel serve",
            id=NOBODY_SCHEDULES,
        )
    ]
