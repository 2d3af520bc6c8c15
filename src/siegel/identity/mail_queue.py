"""What administrators do with the kept queue."""

from django.utils import timezone

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.mail_delivery import deliver_mail
from siegel.identity.mailing import patience_with
from siegel.identity.models import NoticeState, Person, QueuedNotice
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue
from siegel.tenancy.writing import write_transaction


def try_again(by: Person, notice: QueuedNotice) -> bool:
    """Send what has failed; False if it has not, not any more, or was to a client.

    Raises django's PermissionDenied if they are no administrator any more.
    """
    now = timezone.now()
    with write_transaction():
        actor = acting(by)
        failed = QueuedNotice.objects.filter(pk=notice.pk, state=NoticeState.FAILED)
        # Whose address is not kept is asked by the client, or the next answer, anew.
        failed = failed.exclude(to="")
        if not failed.update(
            state=NoticeState.WAITING,
            attempts=0,
            next_try_at=now,
            tried_until=now + patience_with(notice.kind),
            finished_at=None,
            last_refusal="",
        ):
            return False
        trail.append([trail.Event(actor, "mail.tried-again", f"mail:{notice.pk}")])
        enqueue(deliver_mail, served())
    return True
