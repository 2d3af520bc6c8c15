"""The control plane: which tenants exist. No content and no credential, ever."""

import secrets
from typing import Any, ClassVar

from django.db import models

from siegel.audit.models import Entry
from siegel.tenancy.context import ServedTenant, WrongTenant, served


class State(models.TextChoices):
    """Whether a tenant is served. One that is being provisioned has no working database yet."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"


def new_tenant_id() -> str:
    """An opaque id: names of folders, keys and databases tell nothing of the customer."""
    return "t" + secrets.token_hex(10)


class Tenant(models.Model):
    """A customer's organisation; its own data lie elsewhere."""

    id = models.CharField(primary_key=True, max_length=40, default=new_tenant_id, editable=False)
    slug = models.SlugField(unique=True, max_length=40)
    host = models.CharField(unique=True, max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROVISIONING)
    # A tenant made for controls that write or attack: on no host, with nobody's data.
    is_probe = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def as_served(self) -> ServedTenant:
        """The tenant as the rest of the process knows it."""
        return ServedTenant(
            id=self.id,
            slug=self.slug,
            host=self.host,
            is_suspended=self.state != State.ACTIVE,
        )


class OperatorTrailEntry(Entry):
    """What operators did to the installation, in a chain of its own."""


class TenantModel(models.Model):
    """Every model of the tenant plane: refuses to be saved under another tenant's alias.

    The router is skipped by `save(using=...)`, hence the second look.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.db not in (None, served().id):
            raise WrongTenant(f"{self._meta.label} was loaded from {self._state.db}.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self._state.db not in (None, served().id):
            raise WrongTenant(f"{self._meta.label} was loaded from {self._state.db}.")
        return super().delete(*args, **kwargs)
