"""Files on their way, files that are kept, and what of them can be looked at."""

import uuid
from typing import ClassVar

from django.db import models

from siegel.files.kinds import Kind
from siegel.tenancy.models import TenantModel

MEGABYTE = 1_000_000
PART_BYTES = 4 * 1024 * 1024


def _every_kind() -> list[str]:
    return [kind.value for kind in Kind]


class FilePolicy(TenantModel):
    """What the organisation accepts; one row, and the defaults as long as there is none."""

    largest_bytes = models.BigIntegerField(default=100 * MEGABYTE)
    tenant_bytes = models.BigIntegerField(default=50_000 * MEGABYTE)
    visitor_bytes = models.BigIntegerField(default=500 * MEGABYTE)
    kinds = models.JSONField(default=_every_kind)
    encrypted_archives = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"at most {self.largest_bytes} bytes"

    @classmethod
    def of_tenant(cls) -> "FilePolicy":
        """The policy of the served tenant."""
        return cls.objects.first() or cls()


class Scan(models.TextChoices):
    """What is known of a file's harmlessness."""

    NONE = "none"  # No scanner is configured.
    CLEAN = "clean"
    WAITING = "waiting"  # The scanner did not answer; until it does, nobody opens the file.
    INFECTED = "infected"


class StoredFile(TenantModel):
    """A file that was received in full, inspected, and sealed as one object.

    `scope` is what it was handed over in (a conversation), `uploader` who did it as the trail names
    them. The room above decides who may see it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.UUIDField()
    uploader = models.CharField(max_length=80)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    object = models.UUIDField(unique=True)
    scan = models.CharField(max_length=10, choices=Scan.choices)
    # The scanner's own version line: with other signatures the file is scanned again.
    scanner = models.CharField(max_length=200, blank=True)
    signature = models.CharField(max_length=100, blank=True)
    # Null until somebody looked; 0 when nothing of it can be shown.
    page_count = models.IntegerField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            # The quotas, of one who sends and of all: summed within the index, under the write
            # lock. Rescans of what another scanner has seen.
            models.Index(fields=["uploader", "size"], name="file_sizes"),
            models.Index(fields=["scan", "scanner"], name="files_by_scan"),
            # All of a conversation, to be listed and to be deleted with it.
            models.Index(fields=["scope", "-received_at"], name="files_of_scope"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> str:
        """What may be done with it: `ready` to be opened, `waiting` for its scan, `infected`."""
        return {Scan.WAITING: "waiting", Scan.INFECTED: "infected"}.get(Scan(self.scan), "ready")

    @property
    def may_be_opened(self) -> bool:
        return self.state == "ready"


class Preview(TenantModel):
    """One page of a file as a picture, sealed like the file itself."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="previews")
    page = models.IntegerField()
    object = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "page"], name="one_preview_per_page")
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.page}"


class Upload(TenantModel):
    """A file on its way: announced, received in parts, then completed into a stored file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.UUIDField()
    uploader = models.CharField(max_length=80)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    file = models.OneToOneField(StoredFile, null=True, on_delete=models.CASCADE)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["uploader"], name="uploads_of_uploader"),
            models.Index(fields=["touched_at"], name="abandoned_uploads"),
            models.Index(fields=["scope"], name="uploads_of_scope"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def part_count(self) -> int:
        return -(-self.size // PART_BYTES)

    def part_size(self, number: int) -> int:
        """How many bytes part `number` (from 1) has; all but the last are full."""
        if number == self.part_count:
            return self.size - (number - 1) * PART_BYTES
        return PART_BYTES


class UploadPart(TenantModel):
    """One part that has arrived, sealed as an object of its own."""

    upload = models.ForeignKey(
        Upload, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    number = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    object = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar = [
            # Also its index. Decides the race of a part that is sent twice at once.
            models.UniqueConstraint(fields=["upload", "number"], name="one_part_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
