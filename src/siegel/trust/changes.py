"""Noting that a claim's state became another one, also by growing old."""

import logging

from django.db import DatabaseError
from django.db.models import Max
from django.utils import timezone

from siegel.claims.control import Claim, Scope
from siegel.claims.state import State
from siegel.identity.alarms import Alarmed, alarm
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.models import State as TenantState
from siegel.tenancy.models import Tenant
from siegel.tenancy.operators import operators_tenant
from siegel.trust.discovery import all_claims
from siegel.trust.ledger import ledger
from siegel.trust.models import StateChange
from siegel.trust.standing import standing_of

log = logging.getLogger(__name__)
RED = (State.FAIL.value, State.CANARY_FAILED.value)


def note_changes() -> list[StateChange]:
    """Compare every claim's state with the last one noted, and write down what differs.

    What was never noted counts as unknown, which every claim is until it has been checked.
    """
    last = _last_states()
    known, now = ledger(fresh=True), timezone.now()
    changes = []
    for claim, tenant in _subjects():
        before = last.get((claim.id, tenant), State.UNKNOWN.value)
        after = standing_of(claim, tenant, now, known).state.value
        if after != before:
            changes.append(
                StateChange(control=claim.id, tenant=tenant, at=now, before=before, after=after)
            )
    noted = StateChange.objects.bulk_create(changes)
    _alarm_operators({change.control for change in changes if change.after in RED})
    return noted


def _alarm_operators(failed: set[str]) -> None:
    """Tell the operators' administrators which claims do not hold; what is noted stays noted."""
    operators = operators_tenant() if failed else None
    if operators is None:
        return
    try:
        with serving(operators):
            open_database(operators)
            for control in sorted(failed):
                alarm(Alarmed.CONTROL_FAILED, f"control:{control}")
    except (Unavailable, DatabaseError, OSError) as error:
        log.warning("The operators were not told of a claim: %s.", type(error).__name__)


def _subjects() -> list[tuple[Claim, str]]:
    active = Tenant.objects.filter(state=TenantState.ACTIVE, is_probe=False)
    tenants = list(active.values_list("pk", flat=True))
    return [
        (claim, tenant)
        for claim in all_claims().values()
        for tenant in (tenants if claim.scope is Scope.TENANT else [""])
    ]


def _last_states() -> dict[tuple[str, str], str]:
    newest = StateChange.objects.values("control", "tenant").annotate(newest=Max("pk"))
    rows = StateChange.objects.filter(pk__in=newest.values("newest"))
    return {(row.control, row.tenant): row.after for row in rows.iterator()}
