"""Letting held answers out: exactly once each, at their time or soon after.

A thread of this process wakes when the next one is due. What a killed process has left behind is
found every minute. Both post under the answer's own key, and the row goes only after the
acknowledgement, so that doing it twice is harmless.
"""

import datetime as dt
import heapq
import itertools
import logging
import threading
import time
import uuid

from django.db.models import QuerySet
from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.batches import Refused
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, PendingMessage, Side
from siegel.conversations.models import State as Standing
from siegel.conversations.pending import CALLED_BACK, GOING, is_posted
from siegel.conversations.posting import post_message
from siegel.conversations.writer import Acknowledgement
from siegel.tenancy import registry
from siegel.tenancy.availability import open_database
from siegel.tenancy.context import ServedTenant, served, serving
from siegel.tenancy.jobs import periodic
from siegel.tenancy.models import State, Tenant
from siegel.tenancy.threads import Pool, executor
from siegel.tenancy.writing import write_transaction

log = logging.getLogger(__name__)
MOST_AT_ONCE = 100
POSTING_SECONDS = 30.0


class NotSent(Exception):
    """An own answer could not be posted. It is kept, and goes on waiting or says why."""


def release_due() -> None:
    """Post every held answer of the served tenant whose time has come."""
    due = PendingMessage.objects.filter(release_at__lte=timezone.now(), outcome__in=["", GOING])
    if due.exists():  # The lock is taken only where there is something to do.
        _release(due)


def release_own(by: Participant, conversation: Conversation) -> bool:
    """Post at once what of somebody's own answers waits in a conversation; whether anything did.

    Before they resolve it, put it aside or give it away: afterwards it would not be taken, or
    would undo that. Outside of write transactions, since the writer has its own. Raises NotSent.
    """
    if conversation.state != Standing.OPEN or conversation.assigned_to not in (None, by.person):
        return False  # They change nothing there, and it would not be taken either.
    own = PendingMessage.objects.filter(conversation=conversation, author=by.person)
    waiting = own.filter(outcome__in=["", GOING])
    keys = list(waiting.values_list("key", flat=True))
    if not keys:
        return False
    _release(waiting)
    if own.filter(key__in=keys).exclude(outcome=CALLED_BACK).exists():
        raise NotSent
    return True


def _release(due: "QuerySet[PendingMessage]") -> None:
    with write_transaction():
        rows = list(due.select_related("author").order_by("release_at")[:MOST_AT_ONCE])
        # Decides the race with whoever calls one back: a row is theirs or ours.
        PendingMessage.objects.filter(pk__in=[row.pk for row in rows]).update(outcome=GOING)
    outcomes = {row.key: _post(row) for row in rows}
    posted = [row.key for row in rows if _outcome(outcomes[row.key]) == ""]
    refused = [row for row in rows if _outcome(outcomes[row.key]) not in ("", GOING)]
    with write_transaction():
        PendingMessage.objects.filter(pk__in=posted).delete()
        for row in refused:
            _note_refusal(row.key, _outcome(outcomes[row.key]))


def _post(row: PendingMessage) -> Acknowledgement:
    by = Participant(Side.ADVISER, person=row.author)
    files = [uuid.UUID(name) for name in row.files]
    try:
        _check_still_allowed(by, row)
        return post_message(served(), by, row.conversation_id, row.key, row.body, files=files)
    except Exception as error:  # noqa: BLE001 - told like what the writer answers
        failed = Acknowledgement()
        failed.set_exception(error)
        return failed


def _check_still_allowed(by: Participant, row: PendingMessage) -> None:
    """Whoever may not look into the conversation any more does not write in it either."""
    try:
        conversation_for(by, row.conversation_id)
    except NotFound:
        if is_posted(row.conversation, row.key):  # By a process that ended before it said so.
            return
        assigned = row.conversation.assigned_to_id
        is_others = assigned is not None and assigned != row.author_id
        raise Refused("assigned-to-other" if is_others else "not-found") from None


def _outcome(acknowledgement: Acknowledgement) -> str:
    """Empty if it was posted, a code if it was refused, GOING if nobody can say: try again."""
    try:
        acknowledgement.result(POSTING_SECONDS)
    except Refused as refusal:
        return refusal.code
    except Exception as error:  # noqa: BLE001 - whatever it was, the row stays for the next time
        log.warning("a held answer of %s waits: %s", served().id, type(error).__name__)
        return GOING
    return ""


def _note_refusal(key: uuid.UUID, code: str) -> None:
    row = PendingMessage.objects.filter(key=key, outcome=GOING).first()
    if row is None:  # Noted by another process.
        return
    row.outcome = code
    row.save(update_fields=["outcome"])
    by = Participant(Side.ADVISER, person=row.author)
    append_event(row.conversation, "unsent", by, {"name": row.author.name, "code": code})


def release_in(tenant: ServedTenant) -> None:
    """Let out what is due in a tenant; what goes wrong is left to the next time. Never raises."""
    try:
        found = registry.by_host(tenant.host)
        if found is None or found[0].is_suspended:
            return
        with serving(tenant):
            open_database(tenant)
            release_due()
    except Exception as error:  # noqa: BLE001 - one tenant must not keep the others waiting
        log.warning("held answers of %s wait: %s", tenant.id, type(error).__name__)


class Alarm:
    """Calls `release_in` at times to come, from one thread that ends when none is left."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, ServedTenant]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def set(self, tenant: ServedTenant, at: dt.datetime) -> None:
        """Have the tenant looked at when it is that time, or soon if it has passed."""
        wait = max(0.0, (at - timezone.now()).total_seconds())
        with self._changed:
            # The number decides between equals: tenants have no order.
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._numbers), tenant))
            if self._thread is None:
                # It must not keep a process from ending: whatever waits is in the database.
                self._thread = threading.Thread(target=self._run, name="held", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while (tenant := self._next()) is not None:
            executor(Pool.GATE).submit(release_in, tenant)

    def _next(self) -> ServedTenant | None:
        with self._changed:
            while self._due:
                wait = self._due[0][0] - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            self._thread = None
            return None


alarm = Alarm()


@periodic(name="conversations.release-held", every=dt.timedelta(minutes=1))
def release_left_behind() -> None:
    """Let out what a process held that has ended meanwhile."""
    for tenant in Tenant.objects.filter(state=State.ACTIVE, is_probe=False):
        release_in(tenant.as_served())
