"""The organisation and its people, in the tenant's own database."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from siegel.identity.roles import PERMISSIONS, Permission, Role
from siegel.tenancy.models import TenantModel


class Organisation(TenantModel):
    """What the tenant's pages say of it; one row."""

    name = models.CharField(max_length=120)
    # Shown to a client before the first message, as plain text in paragraphs.
    privacy_notice = models.TextField()
    imprint = models.TextField()
    # Who answers and when, in the organisation's words, e.g. "Monday to Friday, 8 to 18 h".
    office_hours = models.CharField(max_length=200, blank=True)
    # Origins of the pages that may show the widget, e.g. ["https://www.bank.example"].
    page_origins = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_tenant(cls) -> "Organisation":
        """The organisation being served."""
        return cls.objects.get()


class People(BaseUserManager["Person"]):
    """Finds people by the address they sign in with, in any case of letters."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, TenantModel):
    """Somebody who signs in: an adviser or an administrator."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[People] = People()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_address")
        ]

    def __str__(self) -> str:
        return self.email

    def may(self, permission: Permission) -> bool:
        """Whether one of the person's roles grants a permission; nobody inactive may anything."""
        return self.is_active and any(permission in PERMISSIONS[Role(r)] for r in self.roles)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's question, answered by roles only."""
        return perm in set(Permission) and self.may(Permission(perm))

    @property
    def initials(self) -> str:
        """Up to two first letters, for the round sign beside a name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Presence(TenantModel):
    """When a person's desk was last seen open."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.seen_at}"
