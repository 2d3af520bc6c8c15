"""Rows of the rules for passwords, and of passwords that people have had."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from siegel.tenancy.models import TenantModel


class PasswordPolicyVersion(TenantModel):
    """The rules for passwords of one audience, as they hold until there is a newer version."""

    audience = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    # As `password_policy.Policy` has them.
    knobs = models.JSONField()
    # Null: a control, at its probe.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    # The administrator who agreed to it, where it accepts what was not accepted before.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # Why it departs from a standard, in the organisation's words: published.
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audience", "version"], name="one_policy_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.version}"


class EarlierPassword(TenantModel):
    """The record of a password that a person has had: it is refused, and opens nothing."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="earlier_passwords"
    )
    record = models.CharField(max_length=400)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class PasswordPolicyProposal(TenantModel):
    """Rules that accept what is not accepted yet: they wait for somebody else, or for a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    audience = models.CharField(max_length=20)
    # The version that it was decided on; of any other one nobody has said anything.
    base_version = models.PositiveIntegerField()
    knobs = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    # When it takes effect by itself; null: when another administrator agrees.
    effective_at = models.DateTimeField(null=True)
    # When it was agreed to, took effect or was withdrawn.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["audience"],
                condition=models.Q(ended_at=None),
                name="one_open_proposal_per_audience",
            )
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.base_version} {self.at}"
