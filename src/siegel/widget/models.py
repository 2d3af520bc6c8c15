"""Visitors' browsers."""

from typing import ClassVar

from django.db import models

from siegel.conversations.models import Contact
from siegel.tenancy.models import TenantModel


class Visit(TenantModel):
    """A browser that holds a contact's token; the token itself is not stored."""

    # HMAC-SHA256 of the 256-bit token under the tenant's key.
    digest = models.CharField(max_length=64, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["started_at"]

    def __str__(self) -> str:
        return str(self.pk)
