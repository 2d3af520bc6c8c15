"""What stands in for a second factor, and how often somebody has missed."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from siegel.tenancy.models import TenantModel


class RecoveryCode(TenantModel):
    """A code that opens once when the factor is lost; shown when it is made, and never again."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    # Its first characters, which find the row and prove nothing.
    lookup = models.CharField(max_length=4)
    # Argon2id of the rest, as identity.hashing makes it.
    record = models.CharField(max_length=400)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.created_at}"


class CodeTries(TenantModel):
    """How often somebody has given a wrong code in a row, and when they may try again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="code_tries",
        db_index=False,
    )
    # As `code_tries.Asked` has it.
    asked = models.CharField(max_length=10, default="sign-in")
    failed = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "asked"], name="tries_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.failed}"
