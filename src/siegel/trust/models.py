"""Evidence, in the control plane: runs as rows of one hash chain, and signed heads of it."""

from typing import ClassVar

from django.db import models

from siegel.audit.models import Entry


class EvidenceEntry(Entry):
    """One run of a check or a canary.

    `actor` says who had it run, `action` is `control.check` or `control.canary`, `subject` is the
    control's id, `detail` holds what claims.state.Run has besides.
    """


class RunFault(models.Model):
    """What contradicted a claim, in words for the operator; its row holds the digest of them."""

    seq = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["seq"], name="fault_of_run")]

    def __str__(self) -> str:
        return self.text


class EvidenceHead(models.Model):
    """Where the chain ended after some runs, signed with the installation's key (Ed25519).

    `previous` is the SHA-256 of what was signed before, so that heads are a chain as well.
    """

    seq = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    version = models.CharField(max_length=40)
    # Names the public key: the first 16 hex digits of its SHA-256.
    key = models.CharField(max_length=16)
    previous = models.CharField(max_length=64)
    signature = models.CharField(max_length=88)

    class Meta:
        ordering: ClassVar = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"


class StateChange(models.Model):
    """That a claim's state became another one, for the feed; `tenant` is empty for all."""

    control = models.CharField(max_length=60)
    tenant = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["tenant", "at"], name="change_by_tenant")]

    def __str__(self) -> str:
        return f"{self.control} {self.after}"
