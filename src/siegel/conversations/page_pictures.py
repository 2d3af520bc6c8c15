"""Pages of a file as pictures: the kept ones at once, the others rendered when it is their turn."""

import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from siegel.conversations.places import Share, in_turn
from siegel.files import previewing
from siegel.files.kinds import PREVIEWED, Kind
from siegel.files.models import StoredFile
from siegel.files.previewing import NoPreview, TookTooLong
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool, in_tenant

Result = TypeVar("Result")

# A browser asks for up to six pages at once, of which one is rendered at a time; the others wait
# without a thread, and mostly find their picture when it is their turn.
RENDERS = Share("too-many-opened", process=64, tenant=32, sender=6)
REMEMBERED_SECONDS = 60.0
WHOLE_FILE = 0

# What could not be rendered, why, and until when it is not tried again: a page, or a whole file
# if it took too long.
_failed: dict[tuple[uuid.UUID, int], tuple[type[NoPreview], float]] = {}


async def page_count(tenant: ServedTenant, sender: str, file: StoredFile) -> int:
    """As previewing.page_count; raises RefusedFile if too many are waiting."""
    if Kind(file.kind) in PREVIEWED and file.page_count is None:
        return await _in_turn(tenant, sender, file, 1, partial(previewing.page_count, file))
    return await in_tenant(tenant, previewing.page_count, file, pool=Pool.FILES)


async def picture(tenant: ServedTenant, sender: str, file: StoredFile, page: int) -> bytes:
    """One page (from 1) as WebP; raises NoPreview, RefusedFile if too many are waiting."""

    def kept() -> bytes | None:
        if file.page_count is not None and page > file.page_count:
            raise NoPreview
        found = file.previews.filter(page=page).first()
        return None if found is None else previewing.content_of(found)

    def rendered() -> bytes:
        return previewing.content_of(previewing.preview_of(file, page))

    if Kind(file.kind) not in PREVIEWED:
        raise NoPreview
    content = await in_tenant(tenant, kept, pool=Pool.FILES)
    if content is None:
        content = await _in_turn(tenant, sender, file, page, rendered)
    return content


async def _in_turn(
    tenant: ServedTenant, sender: str, file: StoredFile, page: int, render: Callable[[], Result]
) -> Result:
    def unless_it_failed_just_now() -> Result:
        # Whoever waited in line may have waited for the very page that failed.
        _refuse_what_failed(file, page)
        try:
            return render()
        except NoPreview as problem:
            _remember(file, page, type(problem))
            raise

    _refuse_what_failed(file, page)
    with RENDERS.taken(tenant, sender):
        return await in_turn(Pool.RENDERING, RENDERS.code, tenant, unless_it_failed_just_now)


def _refuse_what_failed(file: StoredFile, page: int) -> None:
    for key in ((file.pk, WHOLE_FILE), (file.pk, page)):
        problem, until = _failed.get(key, (NoPreview, 0.0))
        if until > time.monotonic():
            raise problem


def _remember(file: StoredFile, page: int, problem: type[NoPreview]) -> None:
    now = time.monotonic()
    for key, (_, until) in list(_failed.items()):
        if until <= now:
            _failed.pop(key, None)
    key = (file.pk, WHOLE_FILE if problem is TookTooLong else page)
    _failed[key] = (problem, now + REMEMBERED_SECONDS)
