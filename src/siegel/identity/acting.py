"""That an administrator is one at the moment of the change, not only when the page was asked."""

from django.core.exceptions import PermissionDenied

from siegel.identity.models import Person
from siegel.identity.roles import Permission


def acting(by: Person | None) -> str:
    """How the trail names an administrator, read again inside the write transaction.

    None is the operator. Of two who take each other's role at the same time the second one no
    longer has it: raises django's PermissionDenied.
    """
    if by is None:
        return "operator"
    if not Person.objects.get(pk=by.pk).may(Permission.SETTINGS_CHANGE):
        raise PermissionDenied
    return f"person:{by.pk}"
