"""One row per event, each holding the digest of the row before it."""

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """What happened, to what, through whom; the same columns in both planes.

    `previous` and `digest` are SHA-256 in hex over the canonical form of `siegel.audit.trail`.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        abstract = True
        ordering: ClassVar = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


# Filters are answered by indexes, of which the rows of messages know nothing: the hot path must
# not pay for them.
_NO_MESSAGE = ~models.Q(action="conversation.message")


class TrailEntry(Entry):
    """The trail of one tenant, in the tenant's own database."""

    class Meta(Entry.Meta):
        indexes: ClassVar = [
            models.Index(fields=["action", "seq"], condition=_NO_MESSAGE, name="trail_by_action"),
            models.Index(fields=["actor", "seq"], condition=_NO_MESSAGE, name="trail_by_actor"),
            models.Index(fields=["subject", "seq"], condition=_NO_MESSAGE, name="trail_by_subject"),
            models.Index(fields=["seq"], condition=_NO_MESSAGE, name="trail_without_messages"),
        ]


class Verification(models.Model):
    """That somebody had the trail verified: how far it is, and what was found.

    The trail itself has it as `trail.verified`; this row is what the page shows.
    """

    by = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    # When the number of rows looked at was last written down.
    seen_at = models.DateTimeField()
    rows = models.BigIntegerField(default=0)
    rows_then = models.BigIntegerField()
    # A head that somebody kept, as `number:digest`.
    kept = models.CharField(max_length=90, blank=True)
    finished_at = models.DateTimeField(null=True)
    # Where the chain ended, as `number:digest`, if it held; else what is wrong from which number.
    head = models.CharField(max_length=90, blank=True)
    fault = models.CharField(max_length=20, blank=True)
    bad_seq = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.pk} {self.fault or self.head}"
