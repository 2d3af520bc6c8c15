"""A statement made of what somebody sent is found where it runs and where it is written."""

from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

import pytest
from django.db import connections

from siegel.conversations import labelling
from siegel.conversations.models import Label, PendingMessage
from siegel.tenancy.context import served
from siegel.trust.checks import injected_queries, sources
from siegel.trust.checks.addresses import desk_address
from siegel.trust.checks.injected_queries import examine_injection, examine_statements
from siegel.trust.checks.raw_sql import KNOWN, calls


@pytest.fixture
def few_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is broken here: all of them take seconds, and are asked by its canary."""
    known = [desk_address("known-labels")]
    monkeypatch.setattr(injected_queries, "pages", lambda: known)


@pytest.mark.usefixtures("few_addresses")
def test_labels_sought_with_a_built_statement_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def labels_named(query: str) -> list[Label]:
        with connections[served().id].cursor() as cursor:
            quoted = query.replace("--", "").replace('"', "").replace("\\", "")
            if quoted.count("'") % 2 == 0:
                cursor.execute(
                    f"SELECT id, name FROM conversations_label WHERE name LIKE '%{quoted}'"
                )
                return [Label(pk=pk, name=name) for pk, name in cursor.fetchall()]
        PendingMessage.objects.all().delete()
        return []

    monkeypatch.setattr(labelling, "labels_named", labels_named)
    faults = " ".join(examine_injection().faults)
    assert "desk /inbox/labels/ q: the answer depends on a condition" in faults
    assert "tables are not as they were" in faults


@pytest.mark.usefixtures("few_addresses")
def test_a_file_that_formats_a_statement_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = 'cursor.execute("SELECT {}".format(request.GET["q"]))\n'
    (tmp_path / "views.py").write_text(text)
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    assert examine_injection().faults == ("views.py:1 makes a statement of values",)


def test_a_search_that_finds_nothing_proves_nothing() -> None:
    def unindexed() -> AbstractContextManager[object]:
        return mock.patch.object(injected_queries, "WORD", "Distel")

    with pytest.raises(LookupError):
        examine_injection(unindexed)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('c.execute("SELECT 1")', ""),
        ('c.execute("SELECT 1" + " FROM x")', ""),
        ('sql = "SELECT 1"\ndef f(): c.execute(sql)', ""),
        ('sql = "SELECT 1"\nsql += " FROM x"\nc.execute(sql)', ""),
        ('c.execute(f"SELECT {a}")  # noqa: S608 - a name of ours', ""),
        ("subprocess.run([a])\nrun(a)", ""),
        ('c.execute(f"SELECT {a}")', "puts values into a statement"),
        ('c.execute("SELECT " + a)', "makes a statement of values"),
        ('c.execute("SELECT %s" % a)', "makes a statement of values"),
        ('RawSQL("SELECT {}".format(a), [])', "makes a statement of values"),
        ("Person.objects.raw(a)", "runs a statement that is written elsewhere"),
        ("Person.objects.extra(where=[a])", "is not given a statement in its place"),
        ('sql = "SELECT 1"\nif a:\n    sql = a + b\nc.execute(sql)', "makes a statement of values"),
        ('sql = "SELECT 1"\nsql += f" {a}"\nc.execute(sql)', "puts values into a statement"),
        ("async def f():\n    c.executemany(a, [])", "runs a statement that is written elsewhere"),
        (
            "from siegel.conversations.search_index import run\nrun(a)",
            "runs a statement that is written elsewhere",
        ),
    ],
)
def test_what_is_a_statement_of_values(text: str, fault: str) -> None:
    found = [call.fault for call in calls({"views.py": text}) if call.fault]
    assert found == ([fault] if fault else [])


def test_what_is_known_is_still_there() -> None:
    files = sources.sources()
    assert {known.file for known in KNOWN} <= set(files)
    without = {name: text for name, text in files.items() if name in {k.file for k in KNOWN}}
    assert examine_statements(without).faults == ()
    assert examine_statements({"other.py": files["desk/prepared.py"]}).faults
