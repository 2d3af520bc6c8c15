"""The kept queue of system mail, and what was alarmed about."""

import uuid
from typing import ClassVar

from django.db import models

from siegel.tenancy.models import TenantModel


class NoticeState(models.TextChoices):
    """How far a notice is. One that waits for another attempt is waiting."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    # What it would have told is no longer so.
    DROPPED = "dropped"


class QueuedNotice(TenantModel):
    """A mail that is to be sent, or was; no secret is in it, and not its text."""

    # Names the mail too, in its Message-ID: whoever gets it twice can tell.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    to = models.EmailField()
    language = models.CharField(max_length=5)
    # Ids and facts, from which the text is made when it is sent.
    context = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # Before that nobody tries: it failed a moment ago, or another process is at it.
    next_try_at = models.DateTimeField()
    # Until then a server that is down, or says to come back later, is asked again.
    tried_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Why the last attempt failed, in short words: never what the server said about the content.
    last_refusal = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes: ClassVar = [
            # For the job, which asks for the few that wait among those that were sent.
            models.Index(fields=["state", "next_try_at"], name="notice_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Alarm(TenantModel):
    """Something that administrators have to know at once; the same again is counted for a while."""

    kind = models.CharField(max_length=40)
    # What it is about, as the trail names it.
    subject = models.CharField(max_length=120)
    raised_at = models.DateTimeField()
    # How often it happened again since, without another word.
    repeated = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "subject", "raised_at"], name="alarm_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
