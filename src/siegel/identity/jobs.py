"""What runs regularly: deleting what has ended, letting rules hold, looking after the mail."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from siegel.identity import (
    factor_letters,  # noqa: F401 - registers what it writes
    new_device_letter,  # noqa: F401 - as above
    notices,  # noqa: F401 - as above
)
from siegel.identity.blocklist_file import blocklist_file, build
from siegel.identity.mail_upkeep import look_after
from siegel.identity.models import Code, Session, Token
from siegel.identity.session_limits import LONGEST_IDLE
from siegel.identity.weakening import take_effect
from siegel.tenancy.jobs import enqueue_for_all, job, periodic
from siegel.tenancy.writing import write_transaction

# Somebody may ask what became of a link.
KEPT_WHEN_OVER = dt.timedelta(days=30)


@job(name="identity.delete-sessions", attempts=3)
def delete_sessions() -> None:
    """Delete the tenant's sessions that are over: they are refused, and their rows were left."""
    now = timezone.now()
    idle = Q(person__isnull=False, seen_at__lt=now - LONGEST_IDLE)
    with write_transaction():
        Session.objects.filter(idle | Q(expire_date__lt=now)).delete()


@job(name="identity.delete-tokens", attempts=3)
def delete_tokens() -> None:
    """Delete the tenant's tokens and codes that have opened nothing for a month."""
    over = timezone.now() - KEPT_WHEN_OVER
    with write_transaction():
        for model in (Token, Code):
            model.objects.filter(Q(ended_at__lt=over) | Q(expires_at__lt=over)).delete()


@job(name="identity.look-after-mail", attempts=3)
def look_after_mail() -> None:
    """Remind, tell of what does not get through, and delete what is old."""
    look_after()


# The name stands in databases, and is older than the rest of what is done.
@periodic(name="identity.delete-all-sessions", every=dt.timedelta(hours=1))
def tidy_every_tenant() -> None:
    """Delete what is over, and look after the mail, in every tenant."""
    enqueue_for_all(delete_sessions)
    enqueue_for_all(delete_tokens)
    enqueue_for_all(look_after_mail)


@periodic(name="identity.index-blocklist", every=dt.timedelta(hours=1))
def index_blocklist() -> None:
    """Make the index of the installation's list of passwords anew if the list has changed."""
    if file := blocklist_file():
        build(file)


@job(name="identity.let-rules-hold", attempts=3)
def let_rules_hold() -> None:
    """Let the tenant's rules for passwords hold that everybody was told of a day ago."""
    take_effect()


@periodic(name="identity.let-all-rules-hold", every=dt.timedelta(minutes=15))
def let_all_rules_hold() -> None:
    """Do it in every tenant."""
    enqueue_for_all(let_rules_hold)
