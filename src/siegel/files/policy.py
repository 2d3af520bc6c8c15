"""Changing what an organisation accepts."""

from typing import Any

from django.utils.translation import gettext as _

from siegel.audit import trail
from siegel.files.models import FilePolicy
from siegel.identity.acting import acting
from siegel.identity.models import Person
from siegel.identity.setting_changes import remember_change
from siegel.tenancy.writing import write_transaction


def change_policy(by: Person | None, **changes: Any) -> FilePolicy:
    """Change fields of the policy by name; note in the trail what they are now, and who did it.

    `by` is None for the operator. Raises django's PermissionDenied if they are no administrator
    any more, ValueError if a number is not positive, or if a file could be larger than what its
    sender or the organisation may keep.
    """
    with write_transaction():
        actor = acting(by)
        policy = FilePolicy.of_tenant()
        for field, value in changes.items():
            if getattr(policy, field) != value:
                setattr(policy, field, value)
                remember_change(f"files.{field}", by)
        if policy.largest_bytes < 1 or not policy.kinds:
            raise ValueError(_("At least one byte and one kind of file must be allowed."))
        if policy.largest_bytes > min(policy.tenant_bytes, policy.visitor_bytes):
            raise ValueError(
                _("The largest file must fit into what a visitor and the organisation may keep.")
            )
        policy.save()
        trail.append([trail.Event(actor, "file.policy-changed", "files", changes)])
    return policy
