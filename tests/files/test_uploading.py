"""Uploads whose end meets something else: a second completion, a cancellation, the same part."""

import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.utils import timezone

from siegel.conversations.models import Attachment
from siegel.files import objects, receiving
from siegel.files.kinds import RefusedFile
from siegel.files.models import FilePolicy, Preview, StoredFile, Upload, UploadPart
from siegel.files.parts import JoinedParts
from siegel.files.receiving import complete_upload
from siegel.files.uploading import (
    Sender,
    UploadGone,
    begin_upload,
    discard_upload,
    keep_part,
)
from siegel.tenancy.context import serving
from tests.cast import Organisation

CONTENT = b"A text of some length."


@pytest.fixture
def upload(bank: Organisation) -> Iterator[Upload]:
    with serving(bank.tenant):
        sender = Sender(uuid.uuid4(), "contact:somebody", is_visitor=True)
        begun = begin_upload(sender, "note.txt", len(CONTENT))
        keep(begun, CONTENT)
        yield begun


def keep(upload: Upload, content: bytes) -> None:
    with objects.sealing(objects.Purpose.PART) as (identifier, writer):
        writer.write(content)
    keep_part(upload, 1, hashlib.sha256(content).hexdigest(), identifier)


def lying(upload: Upload) -> list[Path]:
    """The objects of the served tenant."""
    part = upload.parts.first()
    root = objects.path_of(part.object if part else uuid.uuid4()).parents[1]
    return [path for path in root.rglob("*") if path.is_file()]


def test_an_upload_that_is_cancelled_while_it_completes_leaves_nothing(upload: Upload) -> None:
    original = receiving._commit

    def cancelled(slow: Upload, file: StoredFile) -> StoredFile:
        discard_upload(Upload.objects.get(pk=slow.pk))
        return original(slow, file)

    cancelling = mock.patch.object(receiving, "_commit", cancelled)
    with cancelling, pytest.raises(UploadGone):
        complete_upload(upload)
    assert lying(upload) == []


def test_a_part_of_an_upload_that_has_ended_leaves_nothing(upload: Upload) -> None:
    discard_upload(Upload.objects.get(pk=upload.pk))
    with pytest.raises(UploadGone):
        keep(upload, CONTENT)
    assert lying(upload) == []


def test_the_same_part_twice_is_kept_once_and_another_refused(upload: Upload) -> None:
    keep(upload, CONTENT)
    with pytest.raises(RefusedFile, match="part-differs"):
        keep(upload, b"Another text.")
    assert len(lying(upload)) == 1


def test_the_joined_parts_can_be_read_like_a_file(upload: Upload) -> None:
    file = JoinedParts([upload.parts.get().object], upload.size)
    assert file.seekable()
    assert file.seek(-6, io.SEEK_END) == len(CONTENT) - 6
    assert file.read() == CONTENT[-6:]
    file.seek(2)
    assert file.seek(3, io.SEEK_CUR) == 5
    assert file.read(4) == CONTENT[5:9]
    assert file.tell() == 9
    with pytest.raises(ValueError, match="beginning"):
        file.seek(-1)


def test_rows_tell_ids_and_never_names(upload: Upload) -> None:
    part = UploadPart.objects.get()
    file = complete_upload(upload)
    preview = Preview(file=file, page=3)
    attached = Attachment(reference=file.pk)
    told = [str(row) for row in (upload, part, file, preview, attached, FilePolicy())]
    assert told[:3] == [str(upload.pk), f"{upload.pk} 1", str(file.pk)]
    assert told[3:] == [f"{file.pk} 3", str(file.pk), "at most 100000000 bytes"]


def test_an_object_whose_writing_fails_leaves_nothing(upload: Upload) -> None:
    before = lying(upload)
    with pytest.raises(objects.StoreUnavailable), objects.sealing(objects.Purpose.FILE):
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyError), objects.sealing(objects.Purpose.FILE):
        raise KeyError
    assert lying(upload) == before


def test_objects_may_share_a_folder(upload: Upload) -> None:
    with mock.patch(
        "siegel.files.objects.uuid.uuid4", side_effect=[uuid.UUID(int=n) for n in (1, 2)]
    ):
        for content in (b"one", b"two"):
            with objects.sealing(objects.Purpose.FILE) as (_, writer):
                writer.write(content)
    assert objects.path_of(uuid.UUID(int=1)).parent == objects.path_of(uuid.UUID(int=2)).parent
    with objects.opened(uuid.UUID(int=2), objects.Purpose.FILE) as stream:
        assert stream.read() == b"two"


def age(upload: Upload, **ago: int) -> None:
    Upload.objects.filter(pk=upload.pk).update(touched_at=timezone.now() - dt.timedelta(**ago))


def test_completing_late_needs_room_that_is_still_there(upload: Upload) -> None:
    FilePolicy.objects.create(visitor_bytes=len(CONTENT) + 5)
    age(upload, hours=2)
    sender = Sender(upload.scope, upload.uploader, is_visitor=True)
    begin_upload(sender, "other.txt", 10)
    with pytest.raises(RefusedFile, match="quota-visitor"):
        complete_upload(upload)
    assert lying(upload) == []


def test_completing_late_succeeds_while_there_is_room(upload: Upload) -> None:
    age(upload, hours=2)
    assert complete_upload(upload).size == len(CONTENT)


def test_a_part_that_is_sent_again_is_not_abandoned(upload: Upload) -> None:
    age(upload, hours=23)
    keep(upload, CONTENT)
    assert Upload.objects.get().touched_at > timezone.now() - dt.timedelta(minutes=1)
    assert len(lying(upload)) == 1


def test_a_part_that_was_lost_is_healed_by_sending_it_again(upload: Upload) -> None:
    objects.delete(UploadPart.objects.get().object)
    with pytest.raises(objects.ObjectLost):
        complete_upload(upload)
    keep(upload, CONTENT)
    with objects.opened(complete_upload(upload).object, objects.Purpose.FILE) as stream:
        assert stream.read() == CONTENT


def test_an_object_that_goes_while_the_sweeper_looks_is_passed_over(upload: Upload) -> None:
    (path,) = lying(upload)
    gone = path.with_name(uuid.UUID(int=7).hex)
    with mock.patch.object(objects, "all_paths", return_value=[gone, path]):
        assert list(objects.objects_older_than(-60)) == [uuid.UUID(path.name)]
