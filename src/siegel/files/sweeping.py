"""Removing what nobody will come back for: abandoned uploads, and objects without a row."""

import datetime as dt

from django.utils import timezone

from siegel.files import objects
from siegel.files.models import Preview, StoredFile, Upload, UploadPart
from siegel.files.uploading import discard_upload
from siegel.tenancy.writing import write_transaction

ABANDONED_AFTER = dt.timedelta(hours=24)


def sweep_uploads() -> int:
    """Discard uploads that nobody has touched for a day; returns how many.

    The file of a completed one is not touched: whether somebody waits for it is known above.
    """
    before = timezone.now() - ABANDONED_AFTER
    old = Upload.objects.filter(touched_at__lt=before)
    with write_transaction():
        _, deleted = old.exclude(file=None).delete()
    swept = deleted.get("files.Upload", 0)
    for upload in list(old):
        swept += discard_upload(upload, untouched_since=before)
    return swept


def sweep_objects() -> int:
    """Delete objects that no row knows, left by a process that was killed; returns how many.

    Only those older than a day: a younger one may belong to a row that is being written.
    """
    swept = 0
    for identifier in objects.objects_older_than(ABANDONED_AFTER.total_seconds()):
        known = (
            StoredFile.objects.filter(object=identifier).exists()
            or UploadPart.objects.filter(object=identifier).exists()
            or Preview.objects.filter(object=identifier).exists()
        )
        if not known:
            objects.delete(identifier)
            swept += 1
    return swept
