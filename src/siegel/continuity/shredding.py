"""Destroying a tenant: its keys first, then all there is, and then trying whether it opens.

Its row stays until the end and says that it is being shredded, so that an interrupted run is
finished by the next one. What remains is its opaque id.
"""

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from siegel.continuity.attempts import Attempt, attempt_all, take_before
from siegel.continuity.leaving import destroying
from siegel.continuity.open_files import wait_until_let_go
from siegel.continuity.staging import remove_left, staging
from siegel.tenancy import registry
from siegel.tenancy.departing import close_departed
from siegel.tenancy.models import Job, OperatorTrailEntry, State, Tenant, Tombstone
from siegel.tenancy.operator_trail import note_operation
from siegel.tenancy.provisioning import one_at_a_time
from siegel.vault import keyring

# A process that serves looks every three seconds; a request at work may take a moment longer.
LET_GO_SECONDS = 15.0
REMOVING_SECONDS = 5.0


def to_be_shredded(slug: str) -> Tenant:
    """The tenant of that name, also one whose creation, import or shredding was interrupted.

    Raises Tenant.DoesNotExist.
    """
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise _is_not_there(slug)
    return found


def _is_not_there(slug: str) -> Tenant.DoesNotExist:
    return Tenant.DoesNotExist(f"There is no tenant {slug}.")


class NeedsItsName(ValueError):
    """Not an organisation like others: nobody destroys it by a slip."""


def check_is_ordinary(tenant: Tenant) -> None:
    """Raises NeedsItsName for the operators' tenant and for a probe of a control."""
    if tenant.is_operators or tenant.is_probe:
        what = "those who operate this installation" if tenant.is_operators else "a control"
        raise NeedsItsName(
            f"{tenant.slug} belongs to {what}: call this without --yes and type its short name."
        )


def exports_of(tenant: Tenant) -> list[dt.datetime]:
    """When it was exported; what lies there, this installation cannot reach."""
    rows = OperatorTrailEntry.objects.filter(action="tenant.exported", subject=tenant.pk)
    return list(rows.values_list("at", flat=True))


def shred(tenant: Tenant, reason: str) -> Iterator[Attempt]:
    """Destroy a tenant, yield each attempt to open it, and remove its row after the last one.

    Raises ValueError without a reason, leaving.BeingExported while somebody exports it,
    Tenant.DoesNotExist if it has gone meanwhile, OSError if something cannot be removed; call it
    again then.
    """
    if not reason.strip():
        raise ValueError("Shredding needs a reason: the operators' trail keeps it.")
    served = tenant.as_served()
    tried: list[Attempt] = []
    with destroying(served), staging("shredding") as copy:
        before = take_before(served, copy)
        _mark(tenant, reason.strip())
        keyring.destroy(served.id)
        registry.forget()
        close_departed()
        holders = wait_until_let_go(served.folder, LET_GO_SECONDS)
        jobs = list(Job.objects.filter(tenant=served.id).values_list("pk", flat=True))
        _remove(served.folder)
        for purpose in ("exporting", "importing"):
            remove_left(purpose)
        for attempt in attempt_all(before, holders, jobs):
            tried.append(attempt)
            yield attempt
    _bury(tenant, tried)
    registry.forget()


def _mark(tenant: Tenant, reason: str) -> None:
    """From here on nobody is served and there is no way back.

    Whoever creates or imports it just now finishes that first, so that it cannot undo the mark.
    """
    with one_at_a_time(), transaction.atomic(using="default"):
        row = Tenant.objects.filter(pk=tenant.pk)
        if not row.exists():
            raise _is_not_there(tenant.slug)
        if row.exclude(state=State.SHREDDING).update(state=State.SHREDDING):
            detail = {"reason": reason}
            note_operation("tenant.shredding", tenant.pk, detail)


def _remove(folder: Path) -> None:
    """Remove the folder, also if somebody who had not noticed yet makes one in it again."""
    deadline = time.monotonic() + REMOVING_SECONDS
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _bury(tenant: Tenant, tried: list[Attempt]) -> None:
    opened = [attempt.name for attempt in tried if attempt.opened]
    count = sum(attempt.was_tried for attempt in tried)
    with transaction.atomic(using="default"):
        Job.objects.filter(tenant=tenant.pk).delete()
        Tombstone.objects.get_or_create(pk=tenant.pk)
        Tenant.objects.filter(pk=tenant.pk).delete()
        detail = {"attempts": count, "opened": opened}
        note_operation("tenant.shredded", tenant.pk, detail)
