"""A tenant as it looks after years: a million messages in fifty thousand conversations.

Generated once per version of the schema into var/bench-desk, by plain SQL; reused afterwards.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus

FOLDER = Path(__file__).parents[1] / "var" / "bench-desk"
# Another number has everything generated anew.
GENERATION = 1
LABELS = 40
BEGAN = dt.datetime(2024, 11, 1, 8, tzinfo=dt.UTC)
LASTS = dt.timedelta(days=730)
CHUNK = 20_000
# The newest are indexed as they come in life, in small transactions.
INDEXED_LATE = 4_000


@dataclass(frozen=True)
class Size:
    """How much of everything a tenant has."""

    slug: str
    messages: int
    open: int
    advisers: int
    teams: int = 1
    # How many of the open conversations have somebody who looks after them.
    assigned: float = 0.7


LARGE = Size("large", 1_000_000, 1_000, 20, teams=4)
# Its one adviser sees as many conversations of their own and as many free ones on the first page as
# one of the twenty: what differs is what lies behind it.
SMALL = Size("small", 1_000, 150, 1, assigned=0.25)


@contextmanager
def kept_installation() -> Iterator[dict[str, Any]]:
    """Both tenants by their slug, on an installation that stays; Django is set up with it."""
    import os

    import django

    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "siegel.settings",
        "SIEGEL_DATA": str(FOLDER / "data"),
        "SIEGEL_WRITER_IDLE_SECONDS": "1",
    }
    django.setup(set_prefix=False)
    from django.db import connections

    from siegel.tenancy.databases import schema_fingerprint

    for size in (SMALL, LARGE):
        mark, wanted = FOLDER / f"{size.slug}-made", f"{schema_fingerprint()} {GENERATION} {size}"
        if not mark.exists() or mark.read_text() != wanted:
            _make(size)
            mark.write_text(wanted)
    from siegel.tenancy.models import Tenant

    try:
        yield {tenant.slug: tenant.as_served() for tenant in Tenant.objects.all()}
    finally:
        connections.close_all()


def _make(size: Size) -> None:
    from siegel.identity.organisations import furnish
    from siegel.tenancy.installation import prepare
    from siegel.tenancy.models import Tenant
    from siegel.tenancy.provisioning import create_tenant, remove_files

    prepare()
    for before in Tenant.objects.filter(slug=size.slug):
        remove_files(before.as_served())
        before.delete()

    def furnish_it() -> None:
        furnish(size.slug.title())

    _fill(create_tenant(size.slug, f"{size.slug}.test", furnish=furnish_it), size)


def _fill(tenant: Any, size: Size) -> None:
    import dataclasses

    from django.db import connections, transaction

    from siegel.tenancy.context import serving

    with serving(dataclasses.replace(tenant, page_cache_kib=400_000)):
        connection = connections[tenant.id]
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            # A conversation is written when it ends, after its events.
            cursor.execute("PRAGMA foreign_keys=OFF")
        filling = Filling(size)
        while filling.done < size.messages:
            with transaction.atomic(using=tenant.id):
                filling.chunk(min(CHUNK, size.messages - filling.done))
            print(f"  {size.slug}: {filling.done:,} of {size.messages:,} messages", flush=True)
        with transaction.atomic(using=tenant.id):
            filling.finish()
        from siegel.conversations.search_index import index_next

        while index_next():
            pass
        # The next connection begins with the cache and the safety of every other one.
        connections.close_all()


@dataclass
class _Open:
    id: str
    contact: str
    length: int
    started_at: str
    assigned: str | None
    team: str | None
    seq: int = 0
    read: int = 0
    excerpt: str = ""
    at: str = ""


class Filling:
    """Conversations that begin, go on and are resolved, as they would over two years."""

    def __init__(self, size: Size) -> None:
        from siegel.identity.models import Membership, Person, Team
        from siegel.identity.roles import Role

        self.size = size
        self.corpus = Corpus()
        self.draw = random.Random(size.messages)  # noqa: S311 - text, no secret
        self.done = 0
        self.event = 0
        people = [
            Person(name=self.corpus.name(), email=f"a{n}@bench.example", roles=[Role.ADVISER])
            for n in range(size.advisers)
        ]
        Person.objects.bulk_create(people)
        teams = Team.objects.bulk_create(Team(name=f"Team {n}") for n in range(size.teams))
        Membership.objects.bulk_create(
            Membership(team=teams[n % size.teams], person=person) for n, person in enumerate(people)
        )
        self.people = [person.pk.hex for person in people]
        self.teams = [team.pk.hex for team in teams]
        self.labels = [uuid.UUID(int=self.draw.getrandbits(128)).hex for _ in range(LABELS)]
        _insert(
            "conversations_label", "id, name",
            [(label, f"Thema {n}") for n, label in enumerate(self.labels)],
        )  # fmt: skip
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.open = [self._begin() for _ in range(size.open)]

    def _uuid(self) -> str:
        return uuid.UUID(int=self.draw.getrandbits(128), version=4).hex

    def _now(self) -> str:
        at = BEGAN + LASTS * (self.done / self.size.messages)
        return at.strftime("%Y-%m-%d %H:%M:%S.%f")

    def _add(self, table: str, *row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def _happens(self, conversation: _Open, kind: str) -> int:
        conversation.seq += 1
        self.event += 1
        self._add("event", self.event, conversation.id, conversation.seq, kind, self._now(), "{}")
        return conversation.seq

    def _begin(self) -> _Open:
        draw = self.draw
        made = _Open(
            self._uuid(),
            self._uuid(),
            5 + int(draw.expovariate(1 / 15)),
            self._now(),
            draw.choice(self.people) if draw.random() < self.size.assigned else None,
            draw.choice(self.teams) if draw.random() < 0.5 else None,
        )
        name = self.corpus.name()
        address = f"{name.split()[0].lower()}.{made.contact[:6]}@kunden.example"
        self._add("contact", made.contact, name, address, "de", self._now())
        self._happens(made, "started")
        return made

    def _end(self, ended: _Open, state: str) -> None:
        resolved = ended.at if state == "resolved" else None
        if resolved:
            self._happens(ended, "resolved")
            ended.read = ended.seq
            # Whoever resolves it has looked after it.
            ended.assigned = ended.assigned or self.draw.choice(self.people)
        self._add(
            "conversation", ended.id, ended.contact, state, ended.assigned, ended.team, ended.seq,
            ended.excerpt, ended.started_at, ended.at or ended.started_at, resolved, "",
        )  # fmt: skip
        self._add("mark", ended.id, "adviser", ended.read, self._now())
        if self.draw.random() < 0.3:
            self._add("labelling", ended.id, self.draw.choice(self.labels))

    def chunk(self, count: int) -> None:
        """So many messages more, each in one of the conversations that are open."""
        draw = self.draw
        texts: list[tuple[int, str]] = []
        for _ in range(count):
            place = draw.randrange(len(self.open))
            current = self.open[place]
            if current.seq >= current.length:
                self._end(current, "resolved")
                current = self.open[place] = self._begin()
            body = self.corpus.message()
            current.at = self._now()
            kind = "note" if draw.random() < 0.02 else "message"
            seq = self._happens(current, kind)
            author = current.assigned or draw.choice(self.people)
            if kind == "note":
                self._add("note", current.id, seq, author, self._uuid(), body, current.at)
            else:
                side = "client" if draw.random() < 0.55 else "adviser"
                by = author if side == "adviser" else None
                self._add("message", current.id, seq, side, by, self._uuid(), body, current.at)
                current.excerpt = body[:140]
                current.read = seq if by else current.read
            texts.append((self.event, body))
            self.done += 1
        self._write(texts)

    def finish(self) -> None:
        """What is open at the end stays so."""
        for left in self.open:
            self._end(left, "open")
        self._write([])

    def _write(self, texts: list[tuple[int, str]]) -> None:
        from siegel.conversations.models import Contact
        from siegel.conversations.search_folding import VERSION
        from siegel.conversations.search_index import index_contact, index_texts, run, worded

        rows, self.rows = self.rows, {}
        for table, (name, columns) in TABLES.items():
            _insert(name, columns, rows.get(table, []))
        for row in rows.get("contact", []):
            index_contact(Contact(id=uuid.UUID(row[0]), name=row[1], email=row[2]))
        if self.done + INDEXED_LATE < self.size.messages:
            index_texts([worded(number, body) for number, body in texts])
            run("UPDATE search_cursor SET event = %s, folding = %s", [self.event, VERSION])


# In the order of their foreign keys.
TABLES = {
    "contact": ("conversations_contact", "id, name, email, language, created_at"),
    "conversation": (
        "conversations_conversation",
        "id, contact_id, state, assigned_to_id, team_id, last_seq, excerpt, started_at, "  # noqa: ISC004 - one string
        "last_message_at, resolved_at, started_from",
    ),
    "event": ("conversations_event", "id, conversation_id, seq, kind, at, detail"),
    "message": (
        "conversations_message",
        "conversation_id, seq, side, author_id, key, body, at",
    ),
    "note": ("conversations_note", "conversation_id, seq, author_id, key, body, at"),
    "mark": ("conversations_readmark", "conversation_id, side, seq, at"),
    "labelling": ("conversations_labelling", "conversation_id, label_id"),
}


def _insert(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    from django.db import connections

    from siegel.tenancy.context import served

    marks = ", ".join(["%s"] * len(columns.split(",")))
    with connections[served().id].cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - names of ours
