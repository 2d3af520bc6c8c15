"""By what an organisation's own website shows who a client is."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from siegel.tenancy.models import TenantModel


class ClientKey(TenantModel):
    """A public key under which the organisation's website signs who a client is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What tokens call it in their header (RFC 7515, 4.1.4); never given to another key.
    kid = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60)
    # As JOSE names it: "ES256" or "EdDSA". It follows from the key, and never from a token.
    algorithm = models.CharField(max_length=10)
    # SubjectPublicKeyInfo as PEM, whatever it was given as.
    public = models.TextField()
    valid_from = models.DateTimeField()
    # Null: until it is withdrawn.
    valid_until = models.DateTimeField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kid


class UsedClientToken(TenantModel):
    """A token that was accepted: it is not accepted again while it would still be good."""

    # SHA-256 of its `jti`: a website may choose long ones.
    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest[:12]


class RefusedClientToken(TenantModel):
    """Tokens that were refused for one reason, counted: nothing of what they held is kept."""

    code = models.CharField(max_length=40)
    # The key that the token named, if it is one of ours.
    key = models.ForeignKey(ClientKey, null=True, on_delete=models.CASCADE)
    times = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "key"], name="one_count_per_reason_and_key"),
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(key__isnull=True),
                name="one_count_per_reason_without_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.times}"
