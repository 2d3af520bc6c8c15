"""Visitors' browsers."""

import uuid
from typing import ClassVar

from django.db import models

from siegel.conversations.models import ClientAccount, Contact
from siegel.tenancy.models import TenantModel


class Visit(TenantModel):
    """A browser that holds a contact's token; the token itself is not stored.

    With an account the client has signed in: then it lasts as widget.visiting says.
    """

    # HMAC-SHA256 of the 256-bit token under the tenant's key.
    digest = models.CharField(max_length=64, unique=True)
    # Names it on the client's list of devices, where its token must not be; only with an account.
    reference = models.UUIDField(unique=True, null=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    account = models.ForeignKey(
        ClientAccount, null=True, on_delete=models.CASCADE, related_name="visits"
    )
    # By what the client signed in: "website", "link" or "passkey"; empty without an account.
    way = models.CharField(max_length=10, blank=True)
    # The website's key by which this came about: by its token, or by what was bound where one had
    # let somebody in. Empty if none has.
    kid = models.CharField(max_length=64, blank=True)
    # Browser and system in short words.
    browser = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    # Used last, to the minute; null without an account.
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Begun anonymously by whoever has signed in here: they are asked whether to join it.
    offered = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    # When the client said that what was begun here is not to be joined to their account.
    declined_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["started_at"]

    def __str__(self) -> str:
        return str(self.pk)


class ClientPasskey(TenantModel):
    """A passkey of a client at the chat's host (WebAuthn): only its public half is here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ClientAccount, on_delete=models.CASCADE, related_name="passkeys")
    # Attested credential data, as authenticators write it (WebAuthn 2, 6.5.1).
    credential = models.BinaryField()
    counter = models.PositiveBigIntegerField(default=0)
    # As on the visit in which it was added.
    kid = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
