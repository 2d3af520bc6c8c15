"""Who sees, sends and deletes files: nobody past the conversation's gate."""

import json
import os
import uuid
from pathlib import Path
from unittest import mock

import pytest
from django.db import connections

from siegel.audit.models import TrailEntry
from siegel.conversations.holding import hold, lift
from siegel.conversations.models import Attachment, Conversation, Event, Message, Side
from siegel.conversations.resolving import assign_to_self
from siegel.files import objects
from siegel.files.models import Scan, StoredFile
from siegel.identity.models import Membership, Team
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.file_client import (
    Answer,
    FileClient,
    adviser_files,
    client_files,
    send,
    stored_objects,
)
from tests.files import samples
from tests.server import Running

NOBODYS = uuid.UUID(int=1)
TEXT = b"Guten Tag, hier ist meine Police."


def test_a_file_goes_from_the_client_to_the_adviser(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    answer = client.hand_over(conversation, TEXT, "Police 2026.txt")
    assert answer.status == 200
    shown = answer.facts["file"]
    assert shown | {"id": ""} == {
        "id": "",
        "name": "Police 2026.txt",
        "size": len(TEXT),
        "kind": "txt",
        "state": "ready",
        "scan": "none",
        "preview": False,
    }
    seq = send(bank, conversation, uuid.UUID(shown["id"]))
    with serving(bank.tenant):
        row = Attachment.objects.get()
        assert (row.seq, row.position, str(row.file_id)) == (seq, 0, shown["id"])
        assert Conversation.objects.get().excerpt == "Police 2026.txt"
    original = ada.ask("GET", f"/files/{shown['id']}")
    assert (original.status, original.body) == (200, TEXT)
    headers = original.headers
    assert headers["Content-Disposition"] == 'attachment; filename="Police 2026.txt"'
    assert headers["Content-Length"] == str(len(TEXT))
    assert headers["Content-Type"] == "text/plain"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    with serving(bank.tenant):
        actions = list(TrailEntry.objects.values_list("action", flat=True))
    assert actions[-3:] == ["file.received", "conversation.message", "file.opened"]


def test_nobody_else_sees_touches_or_learns_of_a_file(
    server: Running, bank: Organisation, insurer: Organisation
) -> None:
    conversation, other = bank.conversation(), bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    file = client.file(conversation, TEXT)
    foreign = insurer.conversation()
    outsiders = [
        client_files(server, bank, other),
        adviser_files(server, bank, bank.mia),
        FileClient(server, bank.chat_host, ""),
        FileClient(server, bank.host, ""),
        FileClient(server, bank.chat_host, "__Host-visitor=invented"),
        # A session and a visit of the bank at the insurer, and the insurer's own people.
        FileClient(server, insurer.chat_host, client.cookie),
        FileClient(server, insurer.host, adviser_files(server, bank, bank.ada).cookie),
        client_files(server, insurer, foreign),
        adviser_files(server, insurer, insurer.ada),
    ]
    for outsider in outsiders:
        asked = [
            outsider.ask("GET", f"/files/{file}"),
            outsider.ask("GET", f"/files/{file}/preview"),
            outsider.ask("GET", f"/files/{file}/pages/1"),
            outsider.ask("DELETE", f"/files/{file}"),
            outsider.ask("GET", f"/files/uploads/{upload}"),
            outsider.put(upload, 1, b"abc"),
            outsider.complete(upload),
            outsider.ask("DELETE", f"/files/uploads/{upload}"),
            outsider.begin(conversation, "x.txt", 3),
            outsider.ask("GET", f"/files/limits?conversation={conversation.pk}"),
        ]
        assert {answer.status for answer in asked} == {404}
    # Not sent yet: the adviser of the same conversation does not see it either.
    ada = adviser_files(server, bank, bank.ada)
    assert ada.ask("GET", f"/files/{file}").status == 404
    send(bank, conversation, file)
    assert ada.ask("GET", f"/files/{file}").status == 200
    # Once a colleague has the conversation, it is gone for her.
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), conversation)
    assert ada.ask("GET", f"/files/{file}").status == 404


def test_a_foreign_page_can_neither_send_nor_read(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    told = json.dumps({"conversation": str(conversation.pk), "name": "a.txt", "size": 3}).encode()
    path = "/files/uploads"
    assert client.ask("POST", path, told, X_Siegel="0").refusal == (403, "foreign-page")
    for origin in ("http://evil.example", "http://[::1", "null"):
        assert client.ask("POST", path, told, Origin=origin).status == 403
    assert client.ask("POST", path, told, Origin=f"http://{bank.chat_host}").status == 201
    assert client.ask("GET", "/files/limits", Origin="http://evil.example").status == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/files/"),
        ("GET", "/files/nonsense"),
        ("PATCH", "/files/uploads"),
        ("PUT", f"/files/uploads/{NOBODYS}/0"),
        ("PUT", f"/files/uploads/{NOBODYS}/99999999"),
        ("GET", f"/files/{NOBODYS}"),
        ("GET", f"/files/{NOBODYS}/pages/1"),
        ("GET", "/files/limits?conversation=nonsense"),
    ],
)
def test_an_address_that_is_none(
    server: Running, bank: Organisation, method: str, path: str
) -> None:
    client = client_files(server, bank, bank.conversation())
    assert client.ask(method, path, b"" if method != "GET" else None).refusal == (404, "not-found")


def test_an_upload_of_a_conversation_that_a_colleague_took_is_gone(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    ada = adviser_files(server, bank, bank.ada)
    upload = ada.begin(conversation, "a.txt", 3).facts["upload"]
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), conversation)
    assert ada.put(upload, 1, b"abc").refusal == (404, "upload-gone")


def test_a_message_with_files_keeps_their_order_and_takes_each_once(
    server: Running, bank: Organisation
) -> None:
    from siegel.conversations.batches import Refused
    from siegel.conversations.events import events_after

    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    files = [client.file(conversation, b"%d" % n, f"{n}.txt") for n in range(3)]
    order = [files[2], files[0], files[1]]
    seq = send(bank, conversation, *order, body="Drei Dateien")
    with serving(bank.tenant):
        events = events_after(Conversation.objects.get(), 0, Side.CLIENT).events
    shown = next(event for event in events if event["seq"] == seq)
    assert [file["name"] for file in shown["files"]] == ["2.txt", "0.txt", "1.txt"]
    assert shown["body"] == "Drei Dateien"
    for wrong in ([files[0]], [uuid.uuid4()]):
        with pytest.raises(Refused, match="file-gone"):
            send(bank, conversation, *wrong)
    other = bank.conversation()
    stray = client.file(conversation, b"stray")
    with pytest.raises(Refused, match="file-gone"):
        send(bank, other, stray)
    with pytest.raises(Refused, match="file-gone"):
        send(bank, conversation, stray, stray)
    with serving(bank.tenant):
        assert Attachment.objects.count() == 3
        assert Message.objects.count() == 1


def test_deleting_removes_every_byte(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    file = client.file(conversation, samples.pdf(), "Police.pdf")
    seq = send(bank, conversation, file)
    assert ada.ask("GET", f"/files/{file}/pages/1").status == 200
    sealed = [path.read_bytes()[50:120] for path in stored_objects(bank)]
    assert len(sealed) == 2
    # The client who has sent it cannot take it back.
    assert client.ask("DELETE", f"/files/{file}").refusal == (404, "not-found")
    assert ada.ask("DELETE", f"/files/{file}").status == 204
    assert ada.ask("GET", f"/files/{file}").status == 404
    assert ada.ask("DELETE", f"/files/{file}").status == 404
    assert stored_objects(bank) == []
    with serving(bank.tenant):
        connections[bank.tenant.id].cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert not StoredFile.objects.exists()
        event = Event.objects.order_by("-seq")[0]
        assert (event.kind, event.detail["file"], event.detail["state"]) == (
            "file",
            str(file),
            "deleted",
        )
        from siegel.conversations.events import events_after

        events = events_after(Conversation.objects.get(), 0, Side.CLIENT).events
        actions = list(TrailEntry.objects.values_list("action", flat=True))
    shown = next(event for event in events if event["seq"] == seq)
    assert shown["files"][0] | {"id": ""} == {
        "id": "", "name": "", "size": 0, "kind": "", "state": "deleted", "scan": "none",
        "preview": False,
    }  # fmt: skip
    assert actions[-2:] == ["file.deleted", "conversation.file"]
    data = bank.tenant.folder.parents[1]
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Police.pdf" not in content
            assert not any(piece in content for piece in sealed)


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_is_held_or_a_colleagues_is_not_deleted(
    server: Running, bank: Organisation, language: str
) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    file, unsent = client.file(conversation, TEXT), client.file(conversation, TEXT, "b.txt")
    send(bank, conversation, file)
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
        for person in (bank.ada, bank.ben):
            Membership.objects.create(team=team, person=person)
        Conversation.objects.update(team=team)
        conversation.refresh_from_db()
        assign_to_self(bank.as_adviser(bank.ben), conversation)
        hold(bank.ben, conversation, "Klage")
    # Who looks on may read it.
    assert ada.ask("GET", f"/files/{file}").status == 200
    path = f"/files/{file}?lang={language}"
    answer = ada.ask("DELETE", path)
    assert answer.refusal == (409, "assigned-to-other")
    assert {"de": "nicht gelöscht", "en": "was not deleted"}[language] in answer.facts["message"]
    with serving(bank.tenant):
        Conversation.objects.update(assigned_to=bank.ada)
    answer = ada.ask("DELETE", path)
    assert answer.refusal == (409, "on-hold")
    assert {"de": "nicht gelöscht", "en": "was not deleted"}[language] in answer.facts["message"]
    assert ada.ask("GET", f"/files/{file}").status == 200
    # What was never sent is no part of what is held.
    assert client.ask("DELETE", f"/files/{unsent}").status == 204
    with serving(bank.tenant):
        lift(bank.mia, conversation.pk)
    assert ada.ask("DELETE", path).status == 204


def test_an_unsent_file_can_be_taken_back_by_its_sender(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    assert client.ask("DELETE", f"/files/{file}").status == 204
    assert stored_objects(bank) == []


def test_deleting_waits_for_a_store_that_fails(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    with mock.patch.object(Path, "unlink", side_effect=OSError(5, "Input/output error")):
        assert client.ask("DELETE", f"/files/{file}").refusal == (503, "store-unavailable")
    assert client.ask("GET", f"/files/{file}").body == TEXT
    assert client.ask("DELETE", f"/files/{file}").status == 204


def test_previews_come_through_the_same_gate(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(pages=7), "Police.pdf")
    assert client.ask("GET", f"/files/{file}/preview").facts == {"pages": 7}
    for page in (1, 7):
        answer = client.ask("GET", f"/files/{file}/pages/{page}")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.body[:4] == b"RIFF"
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.ask("GET", f"/files/{file}/pages/8").refusal == (404, "no-preview")
    text = client.file(conversation, TEXT)
    assert client.ask("GET", f"/files/{text}/preview").facts == {"pages": 0}
    assert client.ask("GET", f"/files/{text}/pages/1").refusal == (404, "no-preview")


@pytest.mark.parametrize(
    ("scan", "code"), [(Scan.WAITING, "scanner-unavailable"), (Scan.INFECTED, "file-blocked")]
)
def test_a_blocked_file_opens_for_nobody(
    server: Running, bank: Organisation, scan: Scan, code: str
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(), "a.pdf")
    with serving(bank.tenant):
        StoredFile.objects.update(scan=scan, scanner="a scanner")
    asked: list[Answer] = [
        client.ask("GET", f"/files/{file}"),
        client.ask("GET", f"/files/{file}/preview"),
        client.ask("GET", f"/files/{file}/pages/1"),
    ]
    assert {answer.refusal for answer in asked} == {(403, code)}


def test_an_object_of_another_tenant_or_purpose_does_not_open(
    server: Running, bank: Organisation, insurer: Organisation
) -> None:
    conversation, other = bank.conversation(), insurer.conversation()
    file = client_files(server, bank, conversation).file(conversation, TEXT)
    theirs = client_files(server, insurer, other).file(other, os.urandom(50).hex().encode())
    with serving(bank.tenant):
        own = StoredFile.objects.get(pk=file)
        source = objects.path_of(own.object)
    with serving(insurer.tenant):
        foreign = StoredFile.objects.get(pk=theirs)
        objects.path_of(foreign.object).write_bytes(source.read_bytes())
        with (
            pytest.raises(objects.ObjectLost),
            objects.opened(foreign.object, objects.Purpose.FILE) as stream,
        ):
            stream.read(1)
