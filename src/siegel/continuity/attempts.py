"""Trying to open what was shredded, with all that lies at hand: nothing may open.

The copies are second names of the very files, made before: what is true of them is true of every
copy, wherever it lies.
"""

import contextlib
import dataclasses
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, connections
from sqlcipher3 import dbapi2

from siegel.continuity.open_files import Holders
from siegel.continuity.snapshot import facts_of
from siegel.files import objects
from siegel.files.models import Preview, StoredFile
from siegel.tenancy import job_running, registry
from siegel.tenancy.availability import REASONS, Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.models import Job
from siegel.tenancy.raw_files import holding
from siegel.vault import keyring
from siegel.vault.keyring import KeyUnavailable
from siegel.vault.sealed_streams import CannotBeUnsealed, open_sealed
from siegel.vault.travelling_keys import USES

log = logging.getLogger(__name__)
SAMPLE = 20
SHORTEST_WORD = 8
Sample = TypeVar("Sample")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way, whether there was anything to try it with, and what came of it."""

    name: str
    opened: bool
    told: str
    was_tried: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """What was taken before the keys went, to try with it afterwards.

    None stands for what could not be sampled: the database did not open, or not everywhere.
    """

    tenant: ServedTenant
    copy: Path
    is_connected: bool = False
    files: list[uuid.UUID] | None = None
    previews: list[uuid.UUID] | None = None
    words: list[str] | None = None

    @property
    def database(self) -> Path:
        return self.copy / self.tenant.database.name

    @property
    def log(self) -> Path:
        return self.copy / f"{self.tenant.database.name}-wal"


def take_before(tenant: ServedTenant, copy: Path) -> Before:
    """Give everything of the tenant a second name, and remember samples of what is in it.

    Of files and previews only those are tried afterwards that open now: of others nothing would
    be proven.
    """
    before = Before(tenant, copy)
    try:
        with serving(dataclasses.replace(tenant, accepts_any_schema=True)):
            open_database(tenant)  # And left open: the warm connection of this process.
            before = _with_samples(before)
    except Unavailable:  # An interrupted run goes on, and its keys are gone.
        log.info("%s does not open before it is shredded.", tenant.id)
    with serving(tenant):
        objects.link_all(copy)
    for name in (tenant.database.name, f"{tenant.database.name}-wal"):
        with contextlib.suppress(FileNotFoundError):
            (copy / name).hardlink_to(tenant.folder / name)
    return dataclasses.replace(
        before,
        files=_those_that_open(before, objects.Purpose.FILE, before.files),
        previews=_those_that_open(before, objects.Purpose.PREVIEW, before.previews),
    )


def _with_samples(before: Before) -> Before:
    files = StoredFile.objects.order_by("-received_at").values_list("object", flat=True)
    previews = Preview.objects.order_by("-pk").values_list("object", flat=True)
    return dataclasses.replace(
        before,
        is_connected=True,
        files=_sampled(lambda: files[:SAMPLE]),
        previews=_sampled(lambda: previews[:SAMPLE]),
        words=_sampled(lambda: _some_words(before.tenant)),
    )


def _sampled(some: Callable[[], Iterable[Sample]]) -> list[Sample] | None:
    """Whoever wants to be rid of a damaged tenant, or of one that was not migrated, may be."""
    try:
        return list(some())
    except (DatabaseError, dbapi2.DatabaseError) as error:
        log.warning("Something could not be sampled: %s.", type(error).__name__)
        return None


def _some_words(tenant: ServedTenant) -> list[str]:
    with connections[tenant.id].cursor() as cursor:
        cursor.execute(
            "SELECT word FROM search_word WHERE length(word) >= %s ORDER BY length(word) DESC"
            " LIMIT %s",
            [SHORTEST_WORD, SAMPLE],
        )
        return [word for (word,) in cursor.fetchall()]


def _those_that_open(
    before: Before, purpose: objects.Purpose, sampled: list[uuid.UUID] | None
) -> list[uuid.UUID] | None:
    if sampled is None:
        return None
    return [identifier for identifier in sampled if _object_opens(before, purpose, identifier)]


def attempt_all(before: Before, holders: Holders, jobs: list[uuid.UUID]) -> Iterator[Attempt]:
    """Try every way, once the keys and the folder are gone."""
    yield _attempt(
        "database, copied before",
        [before.database] if before.database.exists() else [],
        lambda _: _database_opens(before),
    )
    yield _attempt(
        "log of the database (WAL), copied before",
        before.words if before.log.exists() else [],
        lambda words: _reads(before.log, words),
    )
    yield _attempt(
        "index of the search, words known from before",
        before.words,
        lambda words: _reads(before.database, words),
    )
    yield _attempt(
        "files, copied before",
        before.files,
        lambda files: any(_object_opens(before, objects.Purpose.FILE, i) for i in files),
    )
    yield _attempt(
        "previews, copied before",
        before.previews,
        lambda found: any(_object_opens(before, objects.Purpose.PREVIEW, i) for i in found),
    )
    yield _attempt(
        "keys in the key store",
        [*USES.values()],
        lambda uses: any(keyring.file_of(before.tenant.id, use).exists() for use in uses),
    )
    yield _attempt(
        "the connection this process had open",
        [before.tenant] if before.is_connected else [],
        lambda _: _still_reads(before.tenant),
    )
    yield _other_processes(holders)
    yield _attempt("its hosts, looked up anew", [before.tenant], lambda _: _is_found(before.tenant))
    yield _attempt("queued jobs", jobs, lambda rows: any(_job_runs(before, row) for row in rows))


def _attempt(
    name: str, having: list[Sample] | None, opens: Callable[[list[Sample]], bool]
) -> Attempt:
    if not having:
        told = "could not be sampled" if having is None else "nothing to try with"
        return Attempt(name, opened=False, told=told, was_tried=False)
    opened = opens(having)
    return Attempt(name, opened, "OPENS" if opened else f"tried {len(having)}, nothing opens")


def _database_opens(before: Before) -> bool:
    # The key first, as the product takes it; then as if the file had never been encrypted.
    with contextlib.suppress(KeyUnavailable, dbapi2.DatabaseError):
        facts_of(before.database, keyring.derive(before.tenant.id, "database"))
        return True
    with (
        contextlib.suppress(dbapi2.DatabaseError),
        contextlib.closing(dbapi2.connect(f"file:{before.database}?mode=ro", uri=True)) as plain,
    ):
        plain.execute("SELECT count(*) FROM sqlite_master")
        return True
    return False


def _reads(path: Path, words: list[str]) -> bool:
    """Whether any of the words stands readable in a file."""
    return bool(holding([path], *(word.encode() for word in words)))


def _object_opens(before: Before, purpose: objects.Purpose, identifier: uuid.UUID) -> bool:
    path = objects.path_in(before.copy, identifier)
    context = objects.context_of(before.tenant, identifier, purpose)
    try:
        with open_sealed(before.tenant.id, path, context) as content:
            content.read(1)
    except (KeyUnavailable, CannotBeUnsealed, FileNotFoundError):
        return False
    return True


def _still_reads(tenant: ServedTenant) -> bool:
    """As a thread that holds it, and asks nobody for the key before it goes on."""
    try:
        with serving(tenant), connections[tenant.id].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tenant_proof")
    except REASONS:
        return False
    return True


def _other_processes(holders: Holders) -> Attempt:
    name = "connections that other processes had open"
    unseen = f"; {holders.unseen} of other users cannot be looked into" if holders.unseen else ""
    if holders.pids:
        still = ", ".join(map(str, holders.pids))
        return Attempt(name, opened=True, told=f"STILL HELD by process {still}{unseen}")
    return Attempt(name, opened=False, told=f"no process holds a file of it{unseen}")


def _is_found(tenant: ServedTenant) -> bool:
    """Whether a host leads there: each request asks this, and each open socket now and then."""
    registry.forget()
    known = registry.by_host(tenant.host) or registry.by_host(f"chat.{tenant.host}")
    return known is not None


def _job_runs(before: Before, job: uuid.UUID) -> bool:
    """As a worker would run it that has not heard of the tenant's end."""
    tenant = dataclasses.replace(before.tenant, is_suspended=False)
    try:
        job_running.call(Job.objects.get(pk=job), tenant)
    except Unavailable:
        return False
    except Exception as error:  # noqa: BLE001 - whatever stopped it, it had the data by then
        log.info("A job of %s failed after it was opened: %s.", tenant.id, type(error).__name__)
    return True
