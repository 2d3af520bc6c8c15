"""Pictures of pages are rendered once, kept sealed, and never shown when there are none."""

import uuid
from collections.abc import Iterator
from unittest import mock

import pytest

from siegel.files import objects, previewing
from siegel.files.models import Preview, StoredFile
from siegel.files.previewing import NoPreview, TookTooLong, content_of, page_count, preview_of
from siegel.files.probing import hand_over
from siegel.files.rendering import CannotRender, Page, Rendered, render
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.files import samples


@pytest.fixture
def file(bank: Organisation) -> Iterator[StoredFile]:
    with serving(bank.tenant):
        yield hand_over(samples.pdf(pages=3), "three.pdf")


def test_pages_are_rendered_once_and_kept_sealed(file: StoredFile) -> None:
    with mock.patch.object(previewing, "render", wraps=render) as rendering:
        assert page_count(file) == 3
        picture = content_of(preview_of(file, 2))
        assert content_of(preview_of(file, 2)) == picture
    assert rendering.call_count == 1
    assert picture[8:12] == b"WEBP"
    for preview in Preview.objects.all():
        assert b"WEBP" not in objects.path_of(preview.object).read_bytes()


@pytest.mark.parametrize("page", [0, 4, 201])
def test_a_page_that_there_is_not(file: StoredFile, page: int) -> None:
    with pytest.raises(NoPreview):
        preview_of(file, page)


def test_what_took_too_long_is_told_apart(file: StoredFile) -> None:
    slow = mock.patch.object(previewing, "render", side_effect=CannotRender("took-too-long"))
    with slow:
        with pytest.raises(TookTooLong):
            page_count(file)
        with pytest.raises(TookTooLong):
            preview_of(file, 1)
    assert page_count(file) == 3


@pytest.mark.parametrize(("reason", "remembered"), [("damaged", 0), ("no-sandbox", None)])
def test_what_cannot_be_shown_is_remembered_unless_it_may_get_better(
    file: StoredFile, reason: str, remembered: int | None
) -> None:
    failing = mock.patch.object(previewing, "render", side_effect=CannotRender(reason))
    with failing:
        assert page_count(file) == 0
    assert StoredFile.objects.get(pk=file.pk).page_count == remembered
    if remembered == 0:
        assert page_count(file) == 0
        with pytest.raises(NoPreview):
            preview_of(file, 1)


def test_a_damaged_page_does_not_hide_the_others(file: StoredFile) -> None:
    asked = []

    def rendering(source: object, kind: object, first: int, count: int) -> Rendered:
        asked.append((first, count))
        if first <= 2 < first + count:
            raise CannotRender("damaged")
        return Rendered(3, [Page(n, 10, 10, b"RIFF....WEBP") for n in range(first, 4)][:count])

    with mock.patch.object(previewing, "render", rendering):
        assert page_count(file) == 3
        assert content_of(preview_of(file, 1)) == b"RIFF....WEBP"
        with pytest.raises(NoPreview):
            preview_of(file, 2)
        assert content_of(preview_of(file, 3)) == b"RIFF....WEBP"
    assert asked == [(1, 5), (1, 1), (2, 5), (2, 1), (3, 5)]


def test_a_document_of_another_kind_has_none(bank: Organisation) -> None:
    with serving(bank.tenant):
        file = hand_over(b"text")
        assert page_count(file) == 0
        with pytest.raises(NoPreview):
            preview_of(file, 1)


def test_a_page_that_somebody_else_rendered_meanwhile_is_kept_once(file: StoredFile) -> None:
    page_count(file)
    rendered = Rendered(3, [Page(1, 10, 10, b"RIFF....WEBP")])
    before = {path.name for path in objects.path_of(file.object).parents[1].rglob("*")}
    with mock.patch.object(previewing, "render", return_value=rendered):
        previewing._render(file, 1)
    assert Preview.objects.filter(file=file, page=1).count() == 1
    after = {path.name for path in objects.path_of(file.object).parents[1].rglob("*")}
    assert {name for name in after - before if len(name) == 32} == set()


def test_a_file_that_has_gone_shows_nothing(file: StoredFile) -> None:
    gone = objects.ObjectLost(str(uuid.uuid4()))
    with mock.patch.object(objects, "opened", side_effect=gone), pytest.raises(objects.ObjectLost):
        page_count(file)
