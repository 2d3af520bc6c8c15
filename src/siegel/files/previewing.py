"""Pages of a file as pictures: rendered when somebody first asks, sealed, and kept."""

from django.db import IntegrityError

from siegel.files import objects
from siegel.files.kinds import PREVIEWED, Kind
from siegel.files.models import Preview, StoredFile
from siegel.files.rendering import CannotRender, Page, Rendered, render
from siegel.tenancy.writing import write_transaction

# Whoever looks at one page looks at the next ones too; a process for each would cost more.
PAGES_AT_ONCE = 5
MOST_PAGES = 200


class NoPreview(LookupError):
    """There is no picture of this page."""


class TookTooLong(NoPreview):
    """The page could not be rendered in time; another time it may."""


def page_count(file: StoredFile) -> int:
    """How many pages a file has that can be looked at, 0 for none; renders the first to find out.

    Only the first MOST_PAGES of them are shown. Raises TookTooLong, StoreUnavailable, ObjectLost.
    """
    if Kind(file.kind) not in PREVIEWED:
        return 0
    if file.page_count is None:
        try:
            _render(file, 1)
        except TookTooLong:
            raise
        except NoPreview:
            # A missing sandbox, for instance: none for now.
            pass
    return file.page_count or 0


def preview_of(file: StoredFile, page: int) -> Preview:
    """The picture of one page (from 1); raises NoPreview, StoreUnavailable, ObjectLost."""
    if Kind(file.kind) not in PREVIEWED or not 1 <= page <= MOST_PAGES:
        raise NoPreview
    found = file.previews.filter(page=page).first()
    if found is None and (file.page_count is None or page <= file.page_count):
        _render(file, page)
        found = file.previews.filter(page=page).first()
    if found is None:
        raise NoPreview
    return found


def _render(file: StoredFile, first: int) -> None:
    try:
        rendered = _rendered(file, first, PAGES_AT_ONCE)
    except CannotRender:
        # One bad page must not hide the good ones before it.
        try:
            rendered = _rendered(file, first, 1)
        except CannotRender as problem:
            if first == 1 and problem.reason in {"damaged", "encrypted", "too-large"}:
                # It will not get better. A time-out or a missing sandbox may.
                _note_page_count(file, 0)
            if problem.reason == "took-too-long":
                raise TookTooLong from None
            raise NoPreview from None
    _note_page_count(file, rendered.page_count)
    for page in rendered.pages:
        _keep(file, page)


def _rendered(file: StoredFile, first: int, count: int) -> Rendered:
    with objects.opened(file.object, objects.Purpose.FILE) as source:
        return render(source, Kind(file.kind), first, count)


def _note_page_count(file: StoredFile, count: int) -> None:
    with write_transaction():
        StoredFile.objects.filter(pk=file.pk).update(page_count=count)
    file.page_count = count


def _keep(file: StoredFile, page: Page) -> None:
    with objects.sealing(objects.Purpose.PREVIEW) as (identifier, writer):
        writer.write(page.webp)
    try:
        with write_transaction():
            Preview.objects.create(file=file, page=page.number, object=identifier)
    except IntegrityError:  # Two looked at the same time, or the file has gone meanwhile.
        objects.delete(identifier)


def content_of(preview: Preview) -> bytes:
    """The WebP picture; raises StoreUnavailable, ObjectLost."""
    with objects.opened(preview.object, objects.Purpose.PREVIEW) as stream:
        return stream.read()
