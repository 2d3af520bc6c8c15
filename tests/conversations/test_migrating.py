"""Data of an older version, brought up to this one."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from siegel.tenancy import databases
from siegel.tenancy.context import serving
from siegel.tenancy.databases import TEMPLATE
from siegel.tenancy.handler import close_connection

BEGAN = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
OLD = ("conversations", "0002_attachment")
NEW = ("conversations", "0003_working_together")


def days(number: int) -> dt.datetime:
    return BEGAN + dt.timedelta(days=number)


def conversation(apps: Any, state: str, *events: tuple[str, int]) -> Any:
    """One whose only message came after a day, and what happened to it on which day."""
    contact = apps.get_model("conversations", "Contact").objects.create(created_at=BEGAN)
    made = apps.get_model("conversations", "Conversation").objects.create(
        contact=contact, state=state, started_at=BEGAN, last_message_at=days(1)
    )
    for seq, (kind, day) in enumerate([("started", 0), ("message", 1), *events], start=1):
        apps.get_model("conversations", "Event").objects.create(
            conversation=made, seq=seq, kind=kind, at=days(day)
        )
    return made


def test_when_it_was_resolved_is_what_its_newest_event_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(databases, "template_file", lambda: tmp_path / "old.sqlite3")
    with serving(TEMPLATE):
        connection = connections[TEMPLATE.id]
        try:
            executor = MigrationExecutor(connection)
            executor.migrate([OLD])
            old = executor.loader.project_state([OLD]).apps
            late = conversation(old, "resolved", ("resolved", 300))
            twice = conversation(
                old, "resolved", ("resolved", 10), ("reopened", 20), ("resolved", 30)
            )
            silent = conversation(old, "resolved")
            still_open = conversation(old, "open", ("resolved", 10), ("reopened", 20))

            executor = MigrationExecutor(connection)
            executor.migrate([NEW])
            new = executor.loader.project_state([NEW]).apps
            rows = new.get_model("conversations", "Conversation").objects
            resolved_at = dict(rows.values_list("pk", "resolved_at"))
        finally:
            close_connection(TEMPLATE.id)
    assert resolved_at == {
        late.pk: days(300),
        twice.pk: days(30),
        silent.pk: days(1),
        still_open.pk: None,
    }
