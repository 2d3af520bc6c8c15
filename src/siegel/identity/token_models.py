"""What opens something without a password: tokens by their keyed digest, codes by a slow hash."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from siegel.tenancy.models import TenantModel


class Token(TenantModel):
    """A token that was issued; what it consists of is kept nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A letter, as `tokens.Kind` has them.
    kind = models.CharField(max_length=1)
    # The part of the token that finds its row; it opens nothing.
    lookup = models.CharField(max_length=12, unique=True)
    # Number of the key, salt and HMAC-SHA-256, as `tokens` writes them.
    digest = models.CharField(max_length=120)
    # What it opens: names and ids.
    scope = models.JSONField(default=dict)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="tokens"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    # When it was used up or withdrawn: it opens nothing any more.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            # For withdrawing all of something: few still hold among those that were used.
            models.Index(
                fields=["kind"], name="token_holding", condition=models.Q(ended_at__isnull=True)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="token_expires", condition=models.Q(expires_at__gt=models.F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Code(TenantModel):
    """A short code that somebody types; few tries, and soon over."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What it is for and whose it is, such as "proof" and "contact:<id>".
    purpose = models.CharField(max_length=30)
    subject = models.CharField(max_length=80)
    record = models.CharField(max_length=400)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="code_of_subject")]

    def __str__(self) -> str:
        return str(self.id)
