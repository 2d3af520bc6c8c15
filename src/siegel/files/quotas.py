"""How much may be announced: bytes of the tenant and of a visitor, open uploads, and how fast."""

import datetime as dt
import threading
import time
from collections import Counter

from django.db.models import QuerySet, Sum
from django.utils import timezone

from siegel.files.kinds import RefusedFile
from siegel.files.models import FilePolicy, StoredFile, Upload
from siegel.tenancy.context import served

MOST_OPEN = 20
MOST_PER_MINUTE = 60
# Announced bytes take room only while they are on their way: an announcement costs nothing, and
# must not fill the store for a day.
ON_ITS_WAY = dt.timedelta(hours=1)


class _Announcements:
    """Counts announcements in this process, by tenant and sender, from minute to minute.

    Not counted in rows: whoever cancels leaves none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, actor: str) -> int:
        """Which announcement of this minute it is."""
        key = served().id, actor
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[key] += 1
            return self._counts[key]


_announcements = _Announcements()


def check_pace(actor: str) -> None:
    """Count an announcement; raises RefusedFile if there are too many this minute."""
    if _announcements.count(actor) > MOST_PER_MINUTE:
        raise RefusedFile("too-many-uploads")


def check_open_uploads(actor: str) -> None:
    """Raises RefusedFile if the sender has as many uncompleted uploads as one may have."""
    if Upload.objects.filter(uploader=actor, file=None).count() >= MOST_OPEN:
        raise RefusedFile("too-many-uploads")


def check_room(actor: str, size: int, *, is_visitor: bool) -> None:
    """Raises RefusedFile if so many bytes more exceed a quota. Within a write transaction."""
    policy = FilePolicy.of_tenant()
    if _occupied(None) + size > policy.tenant_bytes:
        raise RefusedFile("quota-tenant")
    if is_visitor and _occupied(actor) + size > policy.visitor_bytes:
        raise RefusedFile("quota-visitor")


def check_room_again(upload: Upload) -> None:
    """Raises RefusedFile if an upload's room was given away, and there is none left for it.

    Within a write transaction; whoever has lain for an hour asks again, at each step.
    """
    if not is_on_its_way(upload):
        is_visitor = upload.uploader.startswith("contact:")
        check_room(upload.uploader, upload.size, is_visitor=is_visitor)


def is_on_its_way(upload: Upload) -> bool:
    """Whether its announced bytes still take room."""
    return upload.touched_at > timezone.now() - ON_ITS_WAY


def _occupied(actor: str | None) -> int:
    """Bytes of kept files and of those on their way, of one sender or of all."""
    since = timezone.now() - ON_ITS_WAY
    kept: QuerySet[StoredFile] = StoredFile.objects.all()
    coming: QuerySet[Upload] = Upload.objects.filter(file=None, touched_at__gt=since)
    if actor is not None:
        kept, coming = kept.filter(uploader=actor), coming.filter(uploader=actor)
    return sum(found.aggregate(bytes=Sum("size"))["bytes"] or 0 for found in (kept, coming))
