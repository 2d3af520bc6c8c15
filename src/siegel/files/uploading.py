"""Receiving a file in parts: announced within the limits, each part sealed as it arrives."""

import uuid
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import QuerySet, Sum

from siegel.files import objects
from siegel.files.kinds import RefusedFile
from siegel.files.models import FilePolicy, StoredFile, Upload, UploadPart
from siegel.files.names import check_name
from siegel.tenancy.writing import write_transaction


class UploadGone(LookupError):
    """There is no such upload of this sender: never begun, cancelled, refused or too old."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands a file over and into what; `is_visitor` has a quota of its own."""

    scope: uuid.UUID
    actor: str
    is_visitor: bool


def begin_upload(sender: Sender, name: str, size: int) -> Upload:
    """Announce a file; raises RefusedFile when its name, size or a quota does not allow it."""
    check_name(name)
    policy = FilePolicy.of_tenant()
    if size < 1:
        raise RefusedFile("file-empty")
    if size > policy.largest_bytes:
        raise RefusedFile("file-too-large")
    with write_transaction():
        if _occupied(None) + size > policy.tenant_bytes:
            raise RefusedFile("quota-tenant")
        if sender.is_visitor and _occupied(sender.actor) + size > policy.visitor_bytes:
            raise RefusedFile("quota-visitor")
        return Upload.objects.create(
            scope=sender.scope, uploader=sender.actor, name=name, size=size
        )


def upload_of(actor: str, identifier: uuid.UUID) -> Upload:
    """An upload of this sender; raises UploadGone."""
    found = Upload.objects.filter(pk=identifier, uploader=actor).select_related("file").first()
    if found is None:
        raise UploadGone
    return found


def stored_parts(upload: Upload) -> list[int]:
    """The numbers of the parts that need not be sent again."""
    if upload.file_id is not None:
        return list(range(1, upload.part_count + 1))
    return list(upload.parts.order_by("number").values_list("number", flat=True))


def keep_part(upload: Upload, number: int, digest: str, identifier: uuid.UUID) -> None:
    """Note a part whose object is committed; `digest` is its SHA-256 in hexadecimal.

    A part that is there already with the same content is kept as it is, and the new object goes;
    raises RefusedFile if its content is another, UploadGone if the upload has ended meanwhile.
    """
    try:
        with write_transaction():
            if not Upload.objects.filter(pk=upload.pk, file=None).exists():
                raise UploadGone
            UploadPart.objects.create(
                upload=upload, number=number, sha256=digest, object=identifier
            )
            upload.save(update_fields=["touched_at"])
    except IntegrityError:
        objects.delete(identifier)
        known = upload.parts.filter(number=number).first()
        if known is None or known.sha256 != digest:
            raise RefusedFile("part-differs") from None
    except BaseException:
        objects.delete(identifier)
        raise


def discard_upload(upload: Upload) -> None:
    """Cancel: nothing of what has arrived remains."""
    with write_transaction():
        parts = list(upload.parts.values_list("object", flat=True))
        upload.delete()
    for identifier in parts:
        objects.delete(identifier)


def _occupied(actor: str | None) -> int:
    """Bytes of kept and of announced files, of one sender or of all."""
    kept: QuerySet[StoredFile] = StoredFile.objects.all()
    coming: QuerySet[Upload] = Upload.objects.filter(file=None)
    if actor is not None:
        kept, coming = kept.filter(uploader=actor), coming.filter(uploader=actor)
    return sum(found.aggregate(bytes=Sum("size"))["bytes"] or 0 for found in (kept, coming))
