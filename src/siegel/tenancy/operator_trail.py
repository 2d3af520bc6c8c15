"""The operators' trail: what was done at the installation, and to a tenant from outside it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from siegel.audit import trail
from siegel.tenancy.models import OperatorTrailEntry

OPERATOR = "operator"


def note_operation(
    action: str, subject: str, detail: Mapping[str, Any] | None = None, *, actor: str = OPERATOR
) -> None:
    """Append a row, in the transaction of the control database that does what it tells."""
    event = trail.Event(actor, action, subject, dict(detail or {}))
    with transaction.atomic(using="default"):
        trail.append([event], OperatorTrailEntry)
