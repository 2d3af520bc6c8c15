"""The row by which an opened database proves whose it is and which version made it."""

from django.db import models


class Proof(models.Model):
    """One row per tenant database, written in provisioning and in migrating only."""

    tenant = models.CharField(max_length=40, primary_key=True)
    schema = models.CharField(max_length=64)

    class Meta:
        db_table = "tenant_proof"

    def __str__(self) -> str:
        return self.tenant


class Canary(models.Model):
    """A text that the separation control writes into a probe tenant; never in people's tenants."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text
