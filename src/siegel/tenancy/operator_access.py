"""An operator looks into a tenant: written down in both trails before anything is opened."""

from django.db import transaction

from siegel.audit import trail
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import OperatorTrailEntry
from siegel.tenancy.writing import write_transaction


def note_shell(tenant: ServedTenant, reason: str) -> None:
    """Write into the operators' trail and into the tenant's that a shell is opened, and why.

    Raises ValueError without a reason, and whatever keeps a row from being written.
    """
    if not reason.strip():
        raise ValueError("A shell needs a reason: both trails keep it.")
    detail = {"reason": reason.strip()}
    with transaction.atomic(using="default"):
        opened = trail.Event("operator", "tenant.shell-opened", tenant.id, dict(detail))
        trail.append([opened], OperatorTrailEntry)
    with serving(tenant), write_transaction():
        trail.append(
            [trail.Event("operator", "organisation.shell-opened", "organisation", dict(detail))]
        )
