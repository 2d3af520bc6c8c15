"""Clients who are known: by an account of their own, and by a proof that an adviser asked for."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from siegel.tenancy.models import TenantModel


class ClientAccount(TenantModel):
    """By what a contact is known again on every device; it goes with its contact."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.OneToOneField(
        "conversations.Contact", on_delete=models.CASCADE, related_name="account"
    )
    # What the organisation's website calls the client; empty if it has never said so.
    subject = models.CharField(max_length=200, blank=True)
    # Where links to sign in go: proved by one that was used with its code.
    email = models.EmailField(blank=True)
    # The website's key that had let in whoever gave that address, if one had.
    email_kid = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"], condition=~Q(subject=""), name="one_account_per_subject"
            ),
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="one_account_per_address"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class IdentityProof(TenantModel):
    """That an adviser asked a client to show who they are by a code, and what came of it."""

    class Outcome(models.TextChoices):
        """Empty: the code has not been entered yet."""

        OPEN = ""
        CONFIRMED = "confirmed"
        # Tried too often.
        FAILED = "failed"
        # Another code was asked for instead.
        REPLACED = "replaced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", on_delete=models.CASCADE, related_name="proofs"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Where the code was mailed to; empty: the adviser told it themselves, for instance by phone.
    address = models.EmailField(blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(outcome=""), name="one_open_proof"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
