"""The one rule by which resolved conversations are deleted: N days after, unless they are held.

The deletion may be killed anywhere and run again: what is begun is marked and finished first
(conversations.deleting), the others are looked up by the same rule each time.
"""

import datetime as dt
import logging
import time
import uuid

from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit import trail
from siegel.conversations.deleting import delete_hidden, hide
from siegel.conversations.models import Conversation, State
from siegel.files.models import StoredFile
from siegel.identity.models import Organisation, Person
from siegel.identity.setting_changes import note_change
from siegel.tenancy.writing import give_way, write_transaction

log = logging.getLogger(__name__)

RULE = "retention_days"
SHORTEST_DAYS = 1
LONGEST_DAYS = 36_500
# Other jobs want to run as well; what is left is another job.
SECONDS = 300.0
MOST_AT_ONCE = 10_000
ACTOR = "retention"


class RefusedRule(ValueError):
    """Not a number of days from 1 to 36,500."""


def set_rule(by: Person, days: int | None) -> None:
    """Delete resolved conversations after so many days, None for never.

    Raises RefusedRule, django's PermissionDenied if `by` is no administrator any more.
    """
    if days is not None and not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise RefusedRule
    with write_transaction():
        organisation = Organisation.of_tenant()
        if organisation.retention_days != days:
            before, organisation.retention_days = organisation.retention_days, days
            organisation.save(update_fields=["retention_days"])
            note_change(RULE, by, before=before, now=days)


def due(days: int, now: dt.datetime | None = None) -> QuerySet[Conversation]:
    """What a rule of so many days deletes, the oldest first; now, or at another time."""
    before = (now or timezone.now()) - dt.timedelta(days=days)
    found = Conversation.objects.filter(resolved_at__lte=before, hold=None)
    # Said so that the index by that time is used, and not the inbox's by state.
    return found.exclude(state=State.OPEN).order_by("resolved_at")


def delete_due() -> bool:
    """Delete what the tenant's rule says; returns whether there is more, and time was short.

    One that cannot be deleted does not keep the others. What is begun is finished whatever the
    rule says by now: a part of it is gone.
    """
    days = Organisation.of_tenant().retention_days
    begun = Conversation.objects.filter(state=State.DELETING)
    waiting = list(begun.values_list("pk", flat=True))
    if days is not None:
        found = due(days).exclude(pk__in=waiting)
        waiting += found.values_list("pk", flat=True)[:MOST_AT_ONCE]
    elif not waiting:
        return False
    began, deleted, failed = time.monotonic(), 0, 0
    for identifier in waiting:
        try:
            deleted += _delete(identifier)
        except DatabaseError as error:
            log.warning("%s was not deleted: %s", identifier, type(error).__name__)
            failed += 1
        if time.monotonic() - began > SECONDS:
            break
    with write_transaction():
        detail = {"rule": days, "deleted": deleted, "failed": failed}
        trail.append([trail.Event(ACTOR, "retention.ran", "organisation", detail)])
    # Without progress another run would change nothing.
    left = begun.exists() or (days is not None and due(days).exists())
    return deleted > 0 and left


def _delete(identifier: uuid.UUID) -> bool:
    """Delete a conversation if it still is to be; False if it was reopened or held meanwhile.

    Raises django's DatabaseError.
    """
    if not _is_begun(identifier):
        return False
    delete_hidden(identifier, ACTOR)
    give_way()
    return True


def _is_begun(identifier: uuid.UUID) -> bool:
    with write_transaction():
        if Conversation.objects.filter(pk=identifier, state=State.DELETING).exists():
            return True
        days = Organisation.of_tenant().retention_days
        found = due(days).filter(pk=identifier) if days is not None else Conversation.objects.none()
        conversation = found.first()
        if conversation is None:
            return False
        detail = _numbers(conversation) | {"rule": days}
        trail.append([trail.Event(ACTOR, "retention.deleted", str(identifier), detail)])
        hide(conversation)
    return True


def _numbers(conversation: Conversation) -> dict[str, str | int | None]:
    return {
        "messages": conversation.messages.count(),
        "files": StoredFile.objects.filter(scope=conversation.pk).count(),
        "resolved_at": f"{conversation.resolved_at:%Y-%m-%dT%H:%M:%SZ}",
    }
