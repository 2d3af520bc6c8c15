"""An operator looks into a tenant: written down in both trails before anything is opened."""

from siegel.audit import trail
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.operator_trail import OPERATOR, note_operation
from siegel.tenancy.writing import write_transaction


def note_shell(tenant: ServedTenant, reason: str) -> None:
    """Write into the operators' trail and into the tenant's that a shell is opened, and why.

    Raises ValueError without a reason, and whatever keeps a row from being written.
    """
    if not reason.strip():
        raise ValueError("A shell needs a reason: both trails keep it.")
    detail = {"reason": reason.strip()}
    note_operation("tenant.shell-opened", tenant.id, detail)
    with serving(tenant), write_transaction():
        trail.append(
            [trail.Event(OPERATOR, "organisation.shell-opened", "organisation", dict(detail))]
        )
