"""The control plane: which tenants exist, what is to be done. No content, no credential, ever."""

import secrets
import uuid
from typing import Any, ClassVar

from django.db import models

from siegel.audit.models import Entry
from siegel.tenancy.context import ServedTenant, WrongTenant, served


class State(models.TextChoices):
    """Whether a tenant is served. One that is being provisioned has no working database yet."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    # Its keys are destroyed or about to be; there is no way back from here.
    SHREDDING = "shredding"


# Neither has a database that could be opened.
WITHOUT_DATABASE = (State.PROVISIONING, State.SHREDDING)


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
    # The reserved tenant whose people operate the installation.
    is_operators = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_operators"],
                condition=models.Q(is_operators=True),
                name="one_tenant_of_operators",
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @classmethod
    def named(cls, slug: str) -> "Tenant":
        """The tenant of that short name whose database can be opened; raises DoesNotExist."""
        found = cls.objects.exclude(state__in=WITHOUT_DATABASE).filter(slug=slug).first()
        if found is None:
            raise cls.DoesNotExist(f"There is no tenant {slug}.")
        return found

    def as_served(self) -> ServedTenant:
        """The tenant as the rest of the process knows it."""
        return ServedTenant(
            id=self.id,
            slug=self.slug,
            host=self.host,
            is_suspended=self.state != State.ACTIVE,
        )


class Tombstone(models.Model):
    """That a tenant was shredded: its opaque id and when, and nothing of what it was called.

    The operators' trail has the reason. An archive of it is not imported here again.
    """

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    shredded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.id


class OperatorTrailEntry(Entry):
    """What operators did to the installation, in a chain of its own."""


class JobState(models.TextChoices):
    """How far a job is. One that waits for another attempt is waiting."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    """Something to be done later; the queue carries only its id and may lose it, the row stays.

    Whoever changes a row names the state and the attempts it was seen with (compare-and-set), so
    that two workers at the same row are harmless.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    # A tenant's id and no foreign key: a tenant goes without waiting for its jobs.
    tenant = models.CharField(max_length=40, blank=True, default="")
    arguments = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING)
    # How often it has been started; also says whose a running row is.
    attempts = models.PositiveIntegerField(default=0)
    run_after = models.DateTimeField()
    # Until then the sweeper leaves it alone: it lies in the queue, or a worker is at it.
    lease_until = models.DateTimeField()
    # The class of the exception and never its message, which may hold content.
    last_error = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=models.Q(
                    state__in=[JobState.WAITING, JobState.RUNNING], finished_at__isnull=True
                )
                | models.Q(state__in=[JobState.DONE, JobState.FAILED], finished_at__isnull=False),
            )
        ]
        indexes: ClassVar = [
            # For the sweeper, which asks every 30 seconds for the few open rows among the finished
            # ones (NULL comes first), and for pruning.
            models.Index(fields=["finished_at", "lease_until"], name="job_finish_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


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
