"""Conversations that are to be deleted by the rule, and what is found of them afterwards."""

import datetime as dt
import os
import uuid
from pathlib import Path

from django.db import connections
from django.utils import timezone

from siegel.conversations.files import announce_file
from siegel.conversations.models import (
    Conversation,
    Draft,
    Label,
    Labelling,
    Mention,
    Note,
    PendingMessage,
)
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.resolving import resolve
from siegel.files import objects
from siegel.files.models import Preview, StoredFile, UploadPart
from siegel.files.probing import send_whole
from siegel.files.sweeping import sweep_objects
from siegel.identity.models import Organisation as OrganisationRow
from siegel.tenancy.context import serving
from tests.cast import Organisation

PLANTED = "planted-text-7f3a"


def resolved(bank: Organisation, days: float = 40, body: str = PLANTED) -> Conversation:
    """A conversation with a file, resolved so many days ago."""
    conversation = bank.conversation()
    client, ada = bank.as_client(conversation), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        content = f"content {body}".encode()
        announced = announce_file(client, conversation.pk, f"{body}.txt", len(content))
        file = send_whole(announced, content)
    post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body, files=[file.pk]).result(
        5
    )
    with serving(bank.tenant):
        resolve(ada, conversation)
        Conversation.objects.filter(pk=conversation.pk).update(
            resolved_at=timezone.now() - dt.timedelta(days=days)
        )
        return Conversation.objects.get(pk=conversation.pk)


def with_everything(bank: Organisation) -> Conversation:
    """One of which there is something in every table."""
    conversation, now = resolved(bank), timezone.now()
    client, ada = bank.as_client(conversation), bank.ada
    with serving(bank.tenant):
        mark_read(client, conversation, 3)
        note = Note.objects.create(
            conversation=conversation, seq=90, author=ada, key=uuid.uuid4(), body=PLANTED, at=now
        )
        Mention.objects.create(note=note, conversation=conversation, person=bank.ben, at=now)
        Labelling.objects.create(conversation=conversation, label=Label.objects.create(name="Kfz"))
        Draft.objects.create(person=ada, conversation=conversation, body=PLANTED, saved_at=now)
        PendingMessage.objects.create(
            key=uuid.uuid4(), conversation=conversation, author=ada, body=PLANTED, release_at=now
        )
        file = StoredFile.objects.get(scope=conversation.pk)
        for purpose, keep in (
            (
                objects.Purpose.PREVIEW,
                lambda one: Preview.objects.create(file=file, page=1, object=one),
            ),
            (objects.Purpose.PART, lambda one: unfinished(bank, conversation, one)),
        ):
            with objects.sealing(purpose) as (identifier, writer):
                writer.write(b"bytes")
            keep(identifier)
        unsent = announce_file(client, conversation.pk, f"{PLANTED}-2.txt", 5)
        send_whole(unsent, b"other")
        conversation.excerpt = PLANTED
        conversation.save()
    return conversation


def unfinished(bank: Organisation, conversation: Conversation, part: uuid.UUID) -> UploadPart:
    upload = announce_file(bank.as_client(conversation), conversation.pk, f"{PLANTED}.pdf", 500)
    return UploadPart.objects.create(upload=upload, number=1, sha256="0" * 64, object=part)


def rule(bank: Organisation, days: int | None = 30) -> None:
    with serving(bank.tenant):
        OrganisationRow.objects.update(retention_days=days)


def tables_that_know(bank: Organisation, text: str) -> list[str]:
    """Every table with a row that holds a text, the trail aside."""
    found = []
    with connections[bank.tenant.id].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(text in str(value) for row in cursor.fetchall() for value in row):
                found.append(table)
    return [table for table in found if table != "audit_trailentry"]


class Killed(BaseException):
    """As if the process ended there."""


def swept() -> list[Path]:
    """What is left in the store when the sweeper has come by, a day later."""
    for path in objects.all_paths():
        os.utime(path, (0, 0))
    sweep_objects()
    return objects.all_paths()
