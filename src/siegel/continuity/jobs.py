"""What runs regularly: sweeping up after commands that were killed."""

import datetime as dt

from siegel.continuity.staging import remove_all_left
from siegel.tenancy.jobs import periodic


@periodic(name="continuity.remove-left", every=dt.timedelta(hours=1))
def remove_what_is_left() -> None:
    """No copy of a tenant outlives by much the command that made it."""
    remove_all_left()
