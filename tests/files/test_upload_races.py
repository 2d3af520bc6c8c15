"""Completing an upload while something else happens to it: nothing committed is ever lost."""

import contextlib
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

import pytest
from django.db import DatabaseError

from siegel.audit.models import TrailEntry
from siegel.files import objects, receiving
from siegel.files.inspection import inspect
from siegel.files.kinds import Kind, RefusedFile
from siegel.files.models import StoredFile, Upload, UploadPart
from siegel.files.parts import JoinedParts
from siegel.files.receiving import PartsMissing, complete_upload
from siegel.files.sweeping import sweep_uploads
from siegel.files.uploading import UploadGone, discard_upload, stored_parts
from siegel.tenancy.context import served, serving
from tests.files.test_uploading import CONTENT, lying, upload

__all__ = ["upload"]  # The fixture.


def content_of(file: StoredFile) -> bytes:
    with objects.opened(file.object, objects.Purpose.FILE) as stream:
        return stream.read()


@contextlib.contextmanager
def completed_elsewhere(upload: Upload, before: str) -> Any:
    """Another process completes the upload before a step of ours; it does not see our lock."""
    original: Callable[..., Any] = getattr(receiving, before)

    def overtaken(*arguments: Any) -> Any:
        with (
            mock.patch.object(receiving, before, original),
            mock.patch.object(receiving, "_alone", return_value=contextlib.nullcontext()),
        ):
            complete_upload(Upload.objects.get(pk=upload.pk))
        return original(*arguments)

    with mock.patch.object(receiving, before, overtaken):
        yield


@pytest.mark.parametrize("step", ["_receive", "inspect", "_seal", "_scan", "_commit"])
def test_whenever_another_process_completes_it_its_file_is_the_answer(
    upload: Upload, step: str
) -> None:
    with completed_elsewhere(upload, step):
        file = complete_upload(upload)
    assert StoredFile.objects.get() == file
    assert content_of(file) == CONTENT
    assert [path.name for path in lying(upload)] == [file.object.hex]
    assert complete_upload(upload) == file
    assert stored_parts(upload) == [1]


def test_a_late_refusal_keeps_what_was_completed(upload: Upload) -> None:
    def late(file: BinaryIO, *_: object) -> Kind:
        with (
            mock.patch.object(receiving, "inspect", inspect),
            mock.patch.object(receiving, "_alone", return_value=contextlib.nullcontext()),
        ):
            complete_upload(Upload.objects.get(pk=upload.pk))
        raise RefusedFile("damaged")

    with mock.patch.object(receiving, "inspect", late):
        file = complete_upload(upload)
    assert content_of(file) == CONTENT
    assert Upload.objects.get().file == file
    assert not TrailEntry.objects.filter(action="file.refused").exists()


def test_two_at_once_in_one_process_wait_for_each_other(upload: Upload) -> None:
    tenant, files = served(), []
    inspected = mock.Mock(side_effect=inspect)

    def complete() -> None:
        with serving(tenant):
            files.append(complete_upload(Upload.objects.get(pk=upload.pk)))

    with mock.patch.object(receiving, "inspect", inspected):
        threads = [threading.Thread(target=complete) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(files) == 4
    assert len({file.pk for file in files}) == 1
    assert inspected.call_count == 1


def test_whoever_waits_too_long_comes_back_later(upload: Upload) -> None:
    with (
        mock.patch.object(receiving, "WAIT_SECONDS", 0.01),
        receiving._alone(upload.pk),
        pytest.raises(objects.StoreUnavailable),
    ):
        complete_upload(upload)
    assert content_of(complete_upload(upload)) == CONTENT


def test_a_part_that_cannot_be_removed_harms_no_file(upload: Upload) -> None:
    part = objects.path_of(UploadPart.objects.get().object)
    with mock.patch.object(Path, "unlink", side_effect=OSError(5, "Input/output error")):
        file = complete_upload(upload)
    assert part.exists()
    assert content_of(file) == CONTENT


def test_an_error_after_the_commit_leaves_the_file(upload: Upload) -> None:
    commit = receiving._commit

    def failing(*arguments: Any) -> StoredFile:
        commit(*arguments)
        raise DatabaseError

    with mock.patch.object(receiving, "_commit", failing), pytest.raises(DatabaseError):
        complete_upload(upload)
    assert content_of(complete_upload(upload)) == CONTENT


def test_an_object_that_nobody_can_be_asked_about_stays(upload: Upload) -> None:
    unanswered = mock.patch.object(StoredFile.objects, "filter", side_effect=DatabaseError)
    with unanswered:
        file = complete_upload(upload)
    assert content_of(file) == CONTENT


def test_a_part_that_is_lost_is_no_refusal(upload: Upload) -> None:
    objects.delete(UploadPart.objects.get().object)
    with pytest.raises(objects.ObjectLost):
        complete_upload(upload)
    assert Upload.objects.exists()
    with pytest.raises(objects.ObjectLost):
        JoinedParts([], 10).read(1)


def test_missing_parts_are_missing(upload: Upload) -> None:
    UploadPart.objects.all().delete()
    with pytest.raises(PartsMissing):
        complete_upload(upload)


def test_a_complete_upload_is_not_discarded(upload: Upload) -> None:
    stale = Upload.objects.get(pk=upload.pk)
    file = complete_upload(upload)
    assert not discard_upload(stale)
    assert content_of(file) == CONTENT
    assert Upload.objects.get().file == file


def test_an_upload_that_was_touched_after_the_sweep_began_stays(upload: Upload) -> None:
    long_ago = upload.touched_at.replace(year=2020)
    Upload.objects.update(touched_at=long_ago)
    found = Upload.objects.get()
    found.save()
    assert not discard_upload(found, untouched_since=long_ago.replace(year=2021))
    assert sweep_uploads() == 0
    assert Upload.objects.exists()


def test_the_sweeper_removes_the_row_of_a_complete_upload_only(upload: Upload) -> None:
    file = complete_upload(upload)
    Upload.objects.update(touched_at=upload.touched_at.replace(year=2020))
    assert sweep_uploads() == 1
    assert content_of(StoredFile.objects.get()) == content_of(file)


def test_an_upload_that_was_never_begun(upload: Upload) -> None:
    with pytest.raises(UploadGone):
        complete_upload(Upload(pk=uuid.uuid4()))
