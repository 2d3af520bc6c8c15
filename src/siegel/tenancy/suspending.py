"""Pausing a tenant: its hosts answer that they are paused, its data stay as they are."""

from django.db import transaction

from siegel.tenancy import registry
from siegel.tenancy.models import State, Tenant
from siegel.tenancy.operator_trail import note_operation


def suspend(slug: str, reason: str) -> None:
    """Suspend an active tenant; its pages and sockets end within seconds."""
    _change(slug, State.ACTIVE, State.SUSPENDED, "tenant.suspended", {"reason": reason})


def resume(slug: str) -> None:
    """Serve a suspended tenant again."""
    _change(slug, State.SUSPENDED, State.ACTIVE, "tenant.resumed", {})


def _change(slug: str, old: State, new: State, action: str, detail: dict[str, str]) -> None:
    with transaction.atomic(using="default"):
        changed = Tenant.objects.filter(slug=slug, state=old).update(state=new)
        if not changed:
            raise Tenant.DoesNotExist(f"There is no tenant {slug} that is {old.label.lower()}.")
        note_operation(action, slug, detail)
    registry.forget()
