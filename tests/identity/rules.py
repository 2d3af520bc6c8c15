"""Rules for passwords as tests need them, and people whose word counts."""

import datetime as dt

from django.utils import timezone

from siegel.identity.models import Person
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.policies import holding, let_hold
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


def change(by: Person | None, audience: Audience, policy: Policy, reason: str = "") -> int:
    """Let rules hold from now on, whatever they accept; by nobody as a control does."""
    actor = f"person:{by.pk}" if by else "control"
    with write_transaction():
        let_hold(actor, by, audience, policy, reason=reason)
    return holding(audience).version


def long_here(bank: Organisation) -> None:
    """As if everybody had been what they are for two days."""
    with serving(bank.tenant):
        Person.objects.update(created_at=timezone.now() - dt.timedelta(days=2))
