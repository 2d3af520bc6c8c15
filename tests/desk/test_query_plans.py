"""No statement of the desk reads a table from one end to the other that grows with the years.

Every statement that the pages and the frames of the socket execute is explained by SQLite, on a
tenant with some thousand rows and statistics about them.
"""

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from benchmarks.desk_tenant import Filling, Size
from siegel.conversations.models import (
    Contact,
    Conversation,
    Label,
    Labelling,
    Message,
    State,
)
from siegel.conversations.search_index import index_next, run
from siegel.desk.inbox import View
from siegel.identity.models import Person
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, message
from tests.security.addresses import DESK
from tests.security.shared import shared_bank, tenants_remain  # noqa: F401 - fixtures
from tests.security.things import body_of, path_of, sent_with
from tests.server import Running

# An organisation has hundreds of these at most, whatever its years bring.
SMALL = {
    "audit_verification",
    "conversations_cannedreply",
    "conversations_label",
    "conversations_legalhold",
    "conversations_pendingmessage",  # Gone when it is posted.
    "counted",  # Not a table: at most 1,000 rows of one.
    "files_filepolicy",
    "identity_clientkey",  # Twenty that hold, and those that were withdrawn.
    "identity_invitation",
    "identity_logo",
    "identity_membership",
    "identity_organisation",
    "identity_person",
    "identity_presence",
    "identity_refusedclienttoken",  # A row for each reason and key.
    "identity_settingchange",
    "identity_team",
    "json_each",
    "mfa_authenticator",
    "search_cursor",
    "sqlite_master",
    "tenant_proof",
}
NAMED = re.compile(
    r'(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?(?:\s+(?:AS\s+)?"?(\w+)"?)?', re.IGNORECASE
)
SCANNED = re.compile(r"^SCAN (?!CONSTANT ROW|\d+-ROW VALUES)(\w+)(.*)$")
# A place from which any list of the inbox can go on.
BEFORE = f"{10**15}.{uuid.UUID(int=1).hex}"
READS = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One that was executed, with values that it was executed with."""

    sql: str
    parameters: Any


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch, bank: Organisation) -> Iterator[list[Statement]]:
    """The statements on the bank's database, of all threads, each wording once."""
    found: dict[str, Statement] = {}
    statements: list[Statement] = []
    execute, executemany = CursorWrapper._execute, CursorWrapper._executemany  # type: ignore[attr-defined] # the one place that all pass

    def note(cursor: Any, sql: str, parameters: Any) -> None:
        if cursor.db.alias == bank.tenant.id and READS.match(sql):
            # Lists of values differ in length only.
            wording = re.sub(r"%s(, %s)+", "%s", sql)
            found.setdefault(wording, Statement(sql, parameters))

    def noted(cursor: Any, sql: str, params: Any, *ignored: Any) -> Any:
        note(cursor, sql, params)
        return execute(cursor, sql, params, *ignored)

    def noted_many(cursor: Any, sql: str, params: Any, *ignored: Any) -> Any:
        rows = list(params)
        if rows:
            note(cursor, sql, rows[0])
        return executemany(cursor, sql, rows, *ignored)

    with monkeypatch.context() as listening:
        listening.setattr(CursorWrapper, "_execute", noted)
        listening.setattr(CursorWrapper, "_executemany", noted_many)
        yield statements
    statements += found.values()


def scans(bank: Organisation, statements: list[Statement]) -> list[str]:
    """Where statements read a growing table from one end to the other."""
    found: list[str] = []
    with serving(bank.tenant):
        for statement in statements:
            sql, parameters = statement.sql, statement.parameters
            names = {alias or table: table for table, alias in NAMED.findall(sql)}
            names |= {table: table for table in names.values()}
            for *_, detail in _plan(bank, sql, parameters):
                scanned = SCANNED.match(detail)
                if scanned and not _is_harmless(names, scanned[1], scanned[2], sql):
                    found.append(f"{detail}: {sql}")
    return found


def _plan(bank: Organisation, sql: str, parameters: Any) -> list[Any]:
    with connections[bank.tenant.id].cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        rows: list[Any] = cursor.fetchall()
        return rows


def _is_harmless(names: dict[str, str], name: str, how: str, sql: str) -> bool:
    table = names.get(name, name)
    if table in SMALL:
        return True
    if virtual := re.search(r"VIRTUAL TABLE INDEX \d+:(.*)", how):
        # FTS5 says which constraints it uses: a match, or one row.
        return "M" in virtual[1] or "=" in virtual[1]
    # An index in its own order, of which so many rows are taken.
    return "USING" in how and "LIMIT" in sql


@pytest.fixture(scope="module")
def grown(bank: Organisation) -> Person:
    """The bank after some time; an adviser of it."""
    with serving(bank.tenant):
        with transaction.atomic(using=bank.tenant.id):
            filling = Filling(Size("bank", 1500, 60, 3))
            filling.chunk(1500)
            filling.finish()
            # Among few it is right to read all of them instead of looking up many.
            contact = Contact.objects.create(name="Vera Vogt")
            advisers = list(Person.objects.filter(email__endswith="@bench.example"))
            now = timezone.now()
            times = [now - dt.timedelta(hours=3 * number) for number in range(5000)]
            Conversation.objects.bulk_create(
                Conversation(
                    contact=contact,
                    state=State.RESOLVED,
                    # Whoever resolves one has looked after it.
                    assigned_to=advisers[number % len(advisers)],
                    excerpt="Danke",
                    started_at=at,
                    last_message_at=at,
                    resolved_at=at,
                )
                for number, at in enumerate(times)
            )
            label = Label.objects.create(name="Vertrag")
            Labelling.objects.bulk_create(
                Labelling(conversation_id=pk, label=label)
                for pk in Conversation.objects.filter(contact=contact).values_list("pk", flat=True)
            )
        while index_next():
            pass
        run("ANALYZE")
        return Person.objects.get(email="a0@bench.example")


def test_the_gate_of_clients_does_not_scan(
    monkeypatch: pytest.MonkeyPatch, bank: Organisation, grown: Person
) -> None:
    chosen = bank.conversation()
    browser = bank.visitor(chosen)
    with recorded(monkeypatch, bank) as statements:
        for path in ("/visit", "/transcript", f"/transcript?conversation={chosen.pk}"):
            assert browser.get(path).status_code == 200
    assert any("joined_to_id" in statement.sql for statement in statements)
    assert scans(bank, statements) == []


def test_no_page_scans(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    bank: Organisation,
    grown: Person,
) -> None:
    with serving(bank.tenant):
        own = Conversation.objects.filter(assigned_to=grown, state=State.OPEN)
        chosen = own.order_by("-last_message_at")[0]
        label = Label.objects.get(name="Vertrag").pk
    here, today = chosen.pk, timezone.now().date().isoformat()
    queries = {
        "inbox/": [f"?view={view}&label={label}" for view in View],
        "search/": [
            "?q=versicherung", "?q=ung+ve", "?q=%22guten+tag%22", "?q=vera",
            "?q=ung&from=me&kind=note&mine=1&state=open&since=2025-01-01&until=2026-01-01",
            "?q=ung&label=Thema+1&before=3000",
        ],
        "administration/people/": ["", "?q=ada"],
        "administration/labels/": ["", "?q=vert&page=2"],
        "administration/trail/": [
            "", "?before=100", "?messages=on", "?area=conversations", "?area=people",
            "?action=team.created", f"?who=person:{grown.pk}", "?who=contact:", f"?subject={here}",
            f"?since={today}&until={today}&zone=Europe/Berlin", f"?since={today}&messages=on",
        ],
        "administration/trail/export/": [f"?format=csv&area=people&since={today}"],
    }  # fmt: skip
    assert set(queries) <= {line.address for line in DESK}
    desk, administration = bank.desk(grown), bank.desk(bank.mia)
    requests = [
        (line.method, path_of(line, bank, chosen) + query, *body_of(line, sent))
        for line in DESK
        for sent in [sent_with(line, bank, chosen)]
        for query in queries.get(line.address, [""])
    ]
    with recorded(monkeypatch, bank) as statements:
        for request in requests:
            for client in (desk, administration):
                assert client.generic(*request).status_code < 500, request
    caplog.clear()  # Of whom was refused; many pages are asked.
    assert len(statements) > 30
    assert scans(bank, statements) == []


def test_no_frame_scans(
    monkeypatch: pytest.MonkeyPatch, bank: Organisation, grown: Person, server: Running
) -> None:
    with serving(bank.tenant):
        own = Conversation.objects.filter(assigned_to=grown, state=State.OPEN, last_seq__gt=5)
        chosen = own.order_by("-last_message_at")[0]
        label = str(Label.objects.get(name="Vertrag").pk)
    here = str(chosen.pk)

    async def work() -> None:
        async with adviser_socket(server, bank, grown) as desk:
            await desk.hear("ready")
            await desk.ask("events", type="fetch", conversation=here)
            await desk.ask("events", type="fetch", conversation=here, before=4)
            await desk.ask("events", type="fetch", conversation=here, after=2)
            await desk.say(type="reading", conversation=here)
            for view in View:
                page = await desk.ask("inbox", type="inbox", view=str(view), label=label)
                await desk.ask("inbox", type="inbox", view=str(view), label=label, before=BEFORE)
                assert page["view"] == view
            await desk.say(type="typing", conversation=here)
            await desk.say(type="read", conversation=here, seq=chosen.last_seq)
            await desk.ask("sent", **message(chosen, uuid.uuid4(), "Guten Tag"))
            await desk.ask("pong", type="ping")

    with recorded(monkeypatch, bank) as statements:
        asyncio.run(work())
    assert len(statements) > 10
    assert scans(bank, statements) == []


PLANTED: dict[str, Callable[[], object]] = {
    "messages by their text": lambda: Message.objects.filter(body__contains="Rente").first(),
    "conversations without an index": lambda: Conversation.objects.filter(excerpt="").count(),
    "a join that begins at messages": lambda: Contact.objects.filter(
        conversations__messages__body="x"
    ).exists(),
    "the index of the search": lambda: run("SELECT count(*) FROM search_words"),
    "under another name": lambda: run(
        "SELECT 1 FROM conversations_event e WHERE e.kind = %s", ["note"]
    ),
    "counting without a limit": lambda: run("SELECT count(*) FROM conversations_contact"),
}


def test_a_planted_scan_is_seen(
    monkeypatch: pytest.MonkeyPatch, bank: Organisation, grown: Person
) -> None:
    for name, planted in PLANTED.items():
        with recorded(monkeypatch, bank) as statements, serving(bank.tenant):
            planted()
        assert len(scans(bank, statements)) == 1, name
