"""Changing what an organisation accepts."""

from typing import Any

from siegel.audit import trail
from siegel.files.models import FilePolicy
from siegel.tenancy.writing import write_transaction


def change_policy(actor: str, **changes: Any) -> FilePolicy:
    """Change fields of the policy by name, and note in the trail what they are now.

    Raises ValueError if a number is not positive, or if a file could be larger than what its
    sender or the organisation may keep.
    """
    with write_transaction():
        policy = FilePolicy.of_tenant()
        for field, value in changes.items():
            setattr(policy, field, value)
        if policy.largest_bytes < 1 or not policy.kinds:
            raise ValueError("At least one byte and one kind of file must be allowed.")
        if policy.largest_bytes > min(policy.tenant_bytes, policy.visitor_bytes):
            raise ValueError(
                "The largest file must fit into what a visitor and the organisation may keep."
            )
        policy.save()
        trail.append([trail.Event(actor, "file.policy-changed", "files", changes)])
    return policy
