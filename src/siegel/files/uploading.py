"""Receiving a file in parts: announced within the limits, each part sealed as it arrives."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError

from siegel.audit import trail
from siegel.files import objects
from siegel.files.kinds import RefusedFile
from siegel.files.models import FilePolicy, Upload, UploadPart
from siegel.files.names import check_name
from siegel.files.quotas import check_open_uploads, check_pace, check_room, check_room_again
from siegel.tenancy.writing import write_transaction

log = logging.getLogger(__name__)


class UploadGone(LookupError):
    """There is no such upload of this sender: never begun, cancelled, refused or too old."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands a file over and into what; `is_visitor` has a quota of its own."""

    scope: uuid.UUID
    actor: str
    is_visitor: bool


def begin_upload(sender: Sender, name: str, size: int) -> Upload:
    """Announce a file; raises RefusedFile when its name, size or a limit does not allow it."""
    check_pace(sender.actor)
    check_name(name)
    policy = FilePolicy.of_tenant()
    if size < 1:
        raise RefusedFile("file-empty")
    if size > policy.largest_bytes:
        raise RefusedFile("file-too-large")
    with write_transaction():
        check_open_uploads(sender.actor)
        check_room(sender.actor, size, is_visitor=sender.is_visitor)
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
    stored = list(upload.parts.order_by("number").values_list("number", flat=True))
    # Asked after the parts, which go when it is completed.
    if Upload.objects.filter(pk=upload.pk).exclude(file=None).exists():
        return list(range(1, upload.part_count + 1))
    return stored


def keep_part(upload: Upload, number: int, digest: str, identifier: uuid.UUID) -> None:
    """Note a part whose object is committed; `digest` is its SHA-256 in hexadecimal.

    A part that is there already with the same content is kept as it is, and the new object goes;
    raises RefusedFile if its content is another, or if the upload has lain so long that its room
    was given away, and UploadGone if it has ended meanwhile.
    """
    try:
        with write_transaction():
            current = Upload.objects.filter(pk=upload.pk, file=None).first()
            if current is None:
                raise UploadGone
            check_room_again(current)
            UploadPart.objects.create(
                upload=upload, number=number, sha256=digest, object=identifier
            )
            upload.save(update_fields=["touched_at"])
    except IntegrityError:
        objects.delete(_superfluous(upload, number, digest, identifier))
    except BaseException:
        objects.delete(identifier)
        raise


def _superfluous(upload: Upload, number: int, digest: str, identifier: uuid.UUID) -> uuid.UUID:
    """Which of two objects of one part goes: the new one, unless the kept one was lost."""
    with write_transaction():
        known = upload.parts.filter(number=number, sha256=digest).first()
        if known is None:
            objects.delete(identifier)
            raise RefusedFile("part-differs")
        # Sent again is not abandoned.
        upload.save(update_fields=["touched_at"])
        if objects.path_of(known.object).exists():
            return identifier
        lost, known.object = known.object, identifier
        known.save(update_fields=["object"])
    return lost


def discard_upload(
    upload: Upload,
    because: trail.Event | None = None,
    untouched_since: dt.datetime | None = None,
) -> bool:
    """Cancel: nothing of what has arrived remains; `because` goes into the trail with it.

    False, and nothing happens, if it is complete by now, gone, or not so long untouched.
    """
    with write_transaction():
        found = Upload.objects.filter(pk=upload.pk, file=None)
        if untouched_since is not None:
            found = found.filter(touched_at__lt=untouched_since)
        current = found.first()
        if current is None:
            return False
        parts = list(current.parts.values_list("object", flat=True))
        current.delete()
        if because is not None:
            trail.append([because])
    remove_objects(parts)
    return True


def remove_objects(identifiers: Iterable[uuid.UUID]) -> None:
    """Remove objects that no row names any more; one that cannot be is swept later."""
    for identifier in identifiers:
        try:
            objects.delete(identifier)
        except objects.StoreUnavailable as error:
            log.warning("object %s is left to the sweeper: %s", identifier, error)
