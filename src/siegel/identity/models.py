"""The organisation and its people, in the tenant's own database."""

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.identity.client_key_models import ClientKey, RefusedClientToken, UsedClientToken
from siegel.identity.factor_models import CodeTries, RecoveryCode
from siegel.identity.notice_models import Alarm, NoticeState, QueuedNotice
from siegel.identity.password_models import (
    EarlierPassword,
    PasswordPolicyProposal,
    PasswordPolicyVersion,
)
from siegel.identity.roles import PERMISSIONS, Permission, Role
from siegel.identity.token_models import Code, Token
from siegel.tenancy.models import TenantModel
from siegel.tenancy.writing import write_transaction

# Those of a subject of its own stand in its module; Django looks for all of them here.
__all__ = [
    "Alarm",
    "ClientKey",
    "Code",
    "CodeTries",
    "EarlierPassword",
    "Invitation",
    "Logo",
    "Membership",
    "NoticeState",
    "Organisation",
    "PasswordPolicyProposal",
    "PasswordPolicyVersion",
    "People",
    "Person",
    "Presence",
    "QueuedNotice",
    "RecoveryCode",
    "RefusedClientToken",
    "Session",
    "SettingChange",
    "Team",
    "Token",
    "UsedClientToken",
]


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
    # Under which name it writes e-mail; empty: its own.
    mail_sender = models.CharField(max_length=120, blank=True)
    # Whether clients whose address is known are told that there is an answer.
    mail_answers = models.BooleanField(default=False)
    # Whether the list of first steps was put away though not all of them are done.
    checklist_away = models.BooleanField(default=False)
    # Roles that need a second factor besides those that always do.
    factor_roles = models.JSONField(default=list)

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
    password_set_at = models.DateTimeField(default=timezone.now)
    # By when another one must be chosen, and why (judging.Reason); null: nothing speaks against it.
    password_due_at = models.DateTimeField(null=True)
    password_due_why = models.CharField(max_length=10, blank=True)
    # Since when the person is under harder rules than before by what became of them, not by a
    # change of the rules: another role, or a second factor less.
    password_grace_from = models.DateTimeField(null=True)
    # SHA-256 of the record that sessions are bound to, and of the record that took its place when
    # the same password was hashed anew. Another record than that is another password.
    rehashed_from = models.CharField(max_length=64, blank=True)
    rehashed_to = models.CharField(max_length=64, blank=True)
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

    def set_password(self, raw_password: str | None) -> None:
        """Another password from now on, which is judged by whoever lets it be set."""
        super().set_password(raw_password)
        self.password_set_at = timezone.now()
        self.password_due_at, self.password_due_why = None, ""

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the person's; a record that today's would not be like is made anew."""
        return check_password(raw_password, self.password, self._hash_anew)

    def get_session_auth_hash(self) -> str:
        """What a session must hold to be this person's: bound to the password, however often it
        was hashed, and to when their sessions were ended last.
        """
        return self._since_ended(self._session_digest())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier keys."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._since_ended(self._session_digest(secret))

    def _session_digest(self, secret: str | bytes | None = None) -> str:
        return salted_hmac(
            "siegel.session", self._bound(), secret=secret, algorithm="sha256"
        ).hexdigest()

    def _bound(self) -> str:
        now = hashlib.sha256(self.password.encode()).hexdigest()
        return self.rehashed_from if self.rehashed_to == now else now

    def _hash_anew(self, raw_password: str) -> None:
        before, self.rehashed_from = self.password, self._bound()
        self.password = make_password(raw_password)
        self.rehashed_to = hashlib.sha256(self.password.encode()).hexdigest()
        anew = {name: getattr(self, name) for name in ("password", "rehashed_from", "rehashed_to")}
        with write_transaction():
            # Whoever has set another one meanwhile keeps it.
            Person.objects.filter(pk=self.pk, password=before).update(**anew)

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
    # How the person proved who they are, as `proofs.Proof` has it; empty: without a password of
    # ours, such as by an invitation.
    factor = models.CharField(max_length=30, blank=True)

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
    """Somebody may become a person of the organisation, by a token that names this row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Of a token from before `Token`; such a link holds until it expires.
    digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique
    email = models.EmailField()
    name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    teams = models.JSONField(default=list)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # How often whoever is invited was reminded by mail.
    reminded = models.PositiveSmallIntegerField(default=0)
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
