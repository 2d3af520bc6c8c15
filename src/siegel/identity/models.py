"""The organisation and its people, in the tenant's own database."""

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower

from siegel.identity.roles import PERMISSIONS, Permission, Role
from siegel.tenancy.models import TenantModel


def _every_language() -> list[str]:
    return ["de", "en"]


class Organisation(TenantModel):
    """What the tenant's pages say of it; one row."""

    name = models.CharField(max_length=120)
    # Shown to a client before the first message, as plain text in paragraphs.
    privacy_notice = models.TextField()
    imprint = models.TextField()
    # When somebody answers, as `office_hours.as_stored` writes it; empty: not said.
    office_hours = models.JSONField(default=dict)
    # What the hours do not say, in the organisation's words, e.g. "by appointment as well".
    office_note = models.CharField(max_length=200, blank=True)
    # Origins of the pages that may show the widget, e.g. ["https://www.bank.example"].
    page_origins = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    # Languages in which clients are spoken to, e.g. ["de", "en"]; the first one by default.
    languages = models.JSONField(default=_every_language)
    # Resolved conversations are deleted after so many days; null: never.
    retention_days = models.PositiveIntegerField(null=True)
    # How long an answer of the web chat can be called back, in seconds; 0: not at all.
    undo_seconds = models.PositiveIntegerField(default=0)
    # Whether figures of single people may be shown: the works council's switch.
    figures_per_person = models.BooleanField(default=False)
    # Whose new conversations are; null: everybody's.
    default_team = models.ForeignKey(
        "Team", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # Whether the list of first steps was put away though not all of them are done.
    checklist_away = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_tenant(cls) -> "Organisation":
        """The organisation being served."""
        return cls.objects.get()


class Logo(TenantModel):
    """The organisation's sign; at most one row."""

    # Drawn anew by the sandboxed renderer: pixels and nothing else, at most 256 of them high.
    webp = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # SHA-256 of the bytes: names this very picture in addresses and caches.
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


class People(BaseUserManager["Person"]):
    """Finds people by the address they sign in with, in any case of letters."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, TenantModel):
    """Somebody who signs in: an adviser, an administrator or an auditor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    # Longer than Django's: a record may hold an older system's salt.
    password = models.CharField(max_length=400)
    name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Sessions from before are over, however many there are: none has to be looked for.
    sessions_ended_at = models.DateTimeField(null=True)

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

    def get_session_auth_hash(self) -> str:
        """What a session must hold to be this person's: bound to the password, as Django does,
        and to when their sessions were ended last.
        """
        return self._since_ended(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier keys."""
        return map(self._since_ended, super().get_session_auth_fallback_hash())

    def _since_ended(self, digest: str) -> str:
        # Sessions of people whose were never ended stay as Django made them.
        return f"{digest} {self.sessions_ended_at}" if self.sessions_ended_at else digest

    @property
    def initials(self) -> str:
        """Up to two first letters, for the round sign beside a name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Session(AbstractBaseSession, TenantModel):
    """A browser in which somebody has signed in, or is about to; how long: session_limits."""

    # Names it on pages and in the trail, where its key must not be.
    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # Null until somebody has signed in.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    # When the person signed in, and proved last who they are; asked for something last.
    created_at = models.DateTimeField()
    authenticated_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # From where it was used first: the network address, and browser and system in short words.
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class SettingChange(TenantModel):
    """Who changed a setting last, and when: the trail has the whole history."""

    name = models.CharField(max_length=60, primary_key=True)
    # Null: the operator, on the command line.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class PasswordPolicyVersion(TenantModel):
    """The rules for passwords of one audience, as they hold until there is a newer version."""

    audience = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    # As `password_policy.Policy` has them.
    knobs = models.JSONField()
    # Null: the operator, on the command line.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audience", "version"], name="one_policy_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.version}"


class EarlierPassword(TenantModel):
    """The record of a password that a person has had: it is refused, and opens nothing."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="earlier_passwords"
    )
    record = models.CharField(max_length=400)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class Team(TenantModel):
    """People who look after the same conversations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="one_team_per_name")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """That a person belongs to a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "person"], name="one_membership_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.person_id}"


class Invitation(TenantModel):
    """Somebody may become a person of the organisation; of their token only a digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    teams = models.JSONField(default=list)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # When it was accepted or withdrawn: it opens nothing any more.
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class Presence(TenantModel):
    """When a person's desk was last seen open."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.seen_at}"
