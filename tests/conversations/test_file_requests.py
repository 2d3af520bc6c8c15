"""Files over HTTP: in parts, resumed, refused in words, and never past the conversation's gate."""

import http.client
import json
import os
import socket as sockets
import time
import uuid
from pathlib import Path
from unittest import mock

import pytest
from django.db import connections

from siegel.audit.models import TrailEntry
from siegel.conversations import file_requests, part_reception
from siegel.conversations.models import Attachment, Conversation, Event, Message
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import assign_to_self
from siegel.files import objects, previewing
from siegel.files.models import PART_BYTES, FilePolicy, Scan, StoredFile, Upload, UploadPart
from siegel.files.names import shown_name
from siegel.files.rendering import CannotRender
from siegel.tenancy.context import serving
from siegel.vault.sealed_streams import SealedWriter
from tests.cast import Organisation
from tests.conversations.file_client import (
    Answer,
    FileClient,
    adviser_files,
    client_files,
    digest_of,
)
from tests.files import samples
from tests.server import Running

NOBODYS = uuid.UUID(int=1)
TEXT = b"Guten Tag, hier ist meine Police."


def send(
    organisation: Organisation, conversation: Conversation, *files: uuid.UUID, body: str = ""
) -> int:
    """Send files as the client; the number of the message."""
    participant = organisation.as_client(conversation)
    acknowledgement = post_message(
        organisation.tenant, participant, conversation.pk, uuid.uuid4(), body, files=files
    )
    return acknowledgement.result(10).seq


def answer_as(organisation: Organisation, conversation: Conversation) -> None:
    participant = organisation.as_adviser(organisation.ada)
    post_message(organisation.tenant, participant, conversation.pk, uuid.uuid4(), "Gern.").result(
        10
    )


def stored_objects(organisation: Organisation) -> list[Path]:
    root = organisation.tenant.folder / "objects"
    return [path for path in root.rglob("*") if path.is_file()]


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


def test_many_parts_are_joined_in_their_order_however_they_came(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    content = b"".join(b"%09d\n" % number for number in range(1_200_000))
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    upload = client.begin(conversation, "numbers.txt", len(content)).facts["upload"]
    assert len(parts) == 3
    assert client.put(upload, 3, parts[2]).status == 204
    assert client.put(upload, 1, parts[0]).status == 204
    assert client.complete(upload).facts["missing"] == [2]
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == [1, 3]
    assert client.put(upload, 2, parts[1]).status == 204
    assert client.put(upload, 2, parts[1]).status == 204
    completed = client.complete(upload).facts
    assert client.complete(upload).facts == completed
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == [1, 2, 3]
    assert client.put(upload, 2, parts[1]).status == 204
    assert client.ask("GET", f"/files/{completed['file']['id']}").body == content
    # The parts have gone, the whole has come.
    assert len(stored_objects(bank)) == 1


@pytest.mark.parametrize(
    ("content", "digest", "expected"),
    [
        (b"x" * 100, digest_of(b"y" * 100), (422, "part-damaged")),
        (b"x" * 99, None, (422, "part-damaged")),
        (b"x" * 101, None, (413, "part-too-large")),
        (b"", None, (422, "part-damaged")),
        (b"x" * 100, "md5=:AAAA:", (400, "malformed")),
        (b"x" * 100, "sha-256=:!:", (400, "malformed")),
    ],
)
def test_a_part_that_is_not_what_was_announced_leaves_nothing(
    server: Running,
    bank: Organisation,
    content: bytes,
    digest: str | None,
    expected: tuple[int, str],
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 100).facts["upload"]
    assert client.put(upload, 1, content, digest).refusal == expected
    assert stored_objects(bank) == []
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == []
    assert client.put(upload, 1, b"z" * 100).status == 204


def test_the_same_part_with_other_content_is_refused(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    assert client.put(upload, 1, b"abc").status == 204
    assert client.put(upload, 1, b"xyz").refusal == (409, "part-differs")
    assert client.put(upload, 2, b"abc").refusal == (404, "not-found")
    assert len(stored_objects(bank)) == 1
    assert client.ask("GET", f"/files/{client.complete(upload).facts['file']['id']}").body == b"abc"


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("a.txt", 0, (422, "file-empty")),
        ("a.txt", -1, (422, "file-empty")),
        ("a.txt", 10_000_001, (413, "before-answer")),
        ("a.txt", 5 * 1024**3, (413, "before-answer")),
        ("", 5, (422, "name-refused")),
        ("a\0.txt", 5, (422, "name-refused")),
        ("n" * 500, 5, (422, "name-refused")),
    ],
)
def test_what_is_refused_when_it_is_announced(
    server: Running, bank: Organisation, name: str, size: int, expected: tuple[int, str]
) -> None:
    conversation = bank.conversation()
    answer = client_files(server, bank, conversation).begin(conversation, name, size)
    assert answer.refusal == expected
    assert len(answer.facts["message"]) > 20
    with serving(bank.tenant):
        assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "\u202etxt.exe.pdf", 'Käse & Brot; "x".txt'])
def test_a_name_is_stored_as_given_and_shown_harmlessly(
    server: Running, bank: Organisation, name: str
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    answer = client.hand_over(conversation, TEXT, name)
    assert answer.status == 200, answer.body
    shown = answer.facts["file"]["name"]
    assert shown == shown_name(name)
    assert not set(shown) & set("/\u202e")
    with serving(bank.tenant):
        assert StoredFile.objects.get().name == name
    headers = client.ask("GET", f"/files/{answer.facts['file']['id']}").headers
    assert headers["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in headers["Content-Disposition"]


def test_the_limit_is_told_and_rises_with_the_answer(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    path = f"/files/limits?conversation={conversation.pk}"
    before = client.ask("GET", path).facts
    assert (before["largest"], before["reason"]) == (10_000_000, "before-answer")
    assert before["part"] == PART_BYTES
    assert {".pdf", ".docx", ".heic"} <= set(before["accept"].split(","))
    assert client.ask("GET", "/files/limits").facts["largest"] == 10_000_000
    # Also before there is a conversation, and only where somebody could begin one.
    stranger = FileClient(server, bank.chat_host, "").ask("GET", "/files/limits").facts
    assert (stranger["largest"], stranger["reason"]) == (10_000_000, "before-answer")
    assert FileClient(server, bank.host, "").ask("GET", "/files/limits").status == 404
    assert ada.ask("GET", path).facts["largest"] == 100_000_000
    answer_as(bank, conversation)
    after = client.ask("GET", path).facts
    assert (after["largest"], after["reason"]) == (100_000_000, "")
    assert client.begin(conversation, "a.txt", 10_000_001).status == 201
    assert client.begin(conversation, "a.txt", 100_000_001).refusal == (413, "file-too-large")
    with serving(bank.tenant):
        FilePolicy.objects.create(largest_bytes=50, tenant_bytes=200_000_100, kinds=["pdf"])
    assert client.ask("GET", path).facts["accept"] == ".pdf"
    assert client.begin(conversation, "a.txt", 51).refusal == (413, "file-too-large")


def test_quotas_of_the_visitor_and_of_the_tenant(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    with serving(bank.tenant):
        FilePolicy.objects.create(visitor_bytes=100, tenant_bytes=150)
    first = client.begin(conversation, "a.txt", 60).facts["upload"]
    assert client.begin(conversation, "b.txt", 60).refusal == (507, "quota-visitor")
    assert ada.begin(conversation, "c.txt", 91).refusal == (507, "quota-tenant")
    assert ada.begin(conversation, "c.txt", 90).status == 201
    assert client.ask("DELETE", f"/files/uploads/{first}").status == 204
    assert client.begin(conversation, "b.txt", 60).status == 201


def test_cancelling_leaves_nothing(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    client.put(upload, 1, b"abc")
    assert client.ask("DELETE", f"/files/uploads/{upload}").status == 204
    assert stored_objects(bank) == []
    for answer in (
        client.ask("GET", f"/files/uploads/{upload}"),
        client.put(upload, 1, b"abc"),
        client.complete(upload),
        client.ask("DELETE", f"/files/uploads/{upload}"),
    ):
        assert answer.refusal == (404, "upload-gone")


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
    ("method", "path", "body"),
    [
        ("POST", "/files/uploads", b"{"),
        ("POST", "/files/uploads", b'{"name": "\xff"}'),
        ("POST", "/files/uploads", b'{"name": 1}'),
        ("POST", "/files/uploads", b"x" * 9000),
        ("POST", "/files/uploads", b'{"conversation": "no", "name": "a", "size": 1}'),
    ],
)
def test_an_announcement_nobody_understands(
    server: Running, bank: Organisation, method: str, path: str, body: bytes
) -> None:
    client = client_files(server, bank, bank.conversation())
    assert client.ask(method, path, body).refusal == (400, "malformed")


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


def test_a_paused_tenant_serves_no_file(server: Running, bank: Organisation) -> None:
    from siegel.tenancy.suspending import resume, suspend

    client = client_files(server, bank, bank.conversation())
    suspend("bank", "test")
    assert client.ask("GET", "/files/limits").status == 503
    resume("bank")
    assert client.ask("GET", "/files/limits").status == 200


def test_a_part_that_is_cut_off_leaves_nothing(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 1_000_000).facts["upload"]
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        head = (
            f"PUT /files/uploads/{upload}/1 HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
            f"Cookie: {client.cookie}\r\nContent-Digest: {digest_of(b'x')}\r\n"
            "Content-Length: 1000000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 600_000)
        wait_for(lambda: len(stored_objects(bank)) == 1)
    wait_for(lambda: stored_objects(bank) == [])
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == []


def test_a_client_that_is_refused_while_it_sends_reads_the_reason(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 5_000_000).facts["upload"]
    # Far more than what was announced: the answer comes while most of it is on its way.
    assert client.put(upload, 2, b"x" * PART_BYTES).refusal == (413, "part-too-large")


def test_a_silent_client_is_given_up(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 1000).facts["upload"]
    with (
        mock.patch.object(part_reception, "SILENCE_SECONDS", 0.2),
        sockets.create_connection(("127.0.0.1", server.port)) as connection,
    ):
        head = (
            f"PUT /files/uploads/{upload}/1 HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
            f"Cookie: {client.cookie}\r\nContent-Digest: {digest_of(b'x')}\r\n"
            "Content-Length: 1000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x")
        connection.settimeout(5)
        answer = connection.recv(4096)
    assert b"part-damaged" in answer or b" 422 " in answer
    assert stored_objects(bank) == []


def test_too_many_parts_at_once_are_put_off(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    with mock.patch.object(part_reception, "MOST_AT_ONCE", 0):
        answer = client.put(upload, 1, b"abc")
    assert answer.refusal == (503, "too-many-uploads")
    assert answer.headers["Retry-After"] == "5"


def test_a_full_disk_is_said_and_nothing_half_stored(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    full = OSError(28, "No space left on device")
    with mock.patch("siegel.vault.sealed_streams.os.fsync", side_effect=full):
        assert client.put(upload, 1, b"abc").refusal == (503, "store-unavailable")
    assert stored_objects(bank) == []
    assert client.put(upload, 1, b"abc").status == 204
    with mock.patch("siegel.vault.sealed_streams.os.fsync", side_effect=full):
        assert client.complete(upload).refusal == (503, "store-unavailable")
    # The parts are kept: the next try succeeds.
    assert client.complete(upload).status == 200


def test_a_store_that_is_gone_is_said_in_words(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    (path,) = stored_objects(bank)
    content = path.read_bytes()
    path.unlink()
    assert client.ask("GET", f"/files/{file}").refusal == (503, "store-unavailable")
    path.write_bytes(content[:-1])
    assert client.ask("GET", f"/files/{file}").refusal == (503, "store-unavailable")
    path.write_bytes(content)
    assert client.ask("GET", f"/files/{file}").body == TEXT


def test_a_key_that_is_gone_opens_and_takes_nothing(server: Running, bank: Organisation) -> None:
    from django.conf import settings

    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    key = settings.SIEGEL_KEYS / f"{bank.tenant.id}-objects.json"
    content = key.read_text()
    key.unlink()
    try:
        assert client.ask("GET", f"/files/{file}").refusal == (503, "store-unavailable")
        upload = client.begin(conversation, "a.txt", 3).facts["upload"]
        assert client.put(upload, 1, b"abc").refusal == (503, "store-unavailable")
    finally:
        key.write_text(content)
    assert client.ask("GET", f"/files/{file}").body == TEXT


def test_a_large_object_that_is_damaged_at_its_end_breaks_the_connection(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    file = client.file(conversation, b"line\n" * 1_000_000, "long.txt")
    (path,) = stored_objects(bank)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(http.client.IncompleteRead):
        client.ask("GET", f"/files/{file}")


def test_a_client_that_leaves_in_the_middle_of_a_download_harms_nobody(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    file = client.file(conversation, b"line\n" * 3_000_000, "long.txt")
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        head = f"GET /files/{file} HTTP/1.1\r\nHost: {client.host}\r\nCookie: {client.cookie}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert len(client.ask("GET", f"/files/{file}").body) == 15_000_000


def test_a_client_that_takes_nothing_is_given_up(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    file = client.file(conversation, b"line\n" * 6_000_000, "long.txt")
    with (
        mock.patch.object(file_requests, "SEND_SECONDS", 0.2),
        sockets.socket() as connection,
    ):
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        head = f"GET /files/{file} HTTP/1.1\r\nHost: {client.host}\r\nCookie: {client.cookie}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        time.sleep(1)
        connection.settimeout(5)
        received = 0
        while piece := connection.recv(1_000_000):
            received += len(piece)
    assert received < 30_000_000


def test_an_upload_of_a_conversation_that_a_colleague_took_is_gone(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    ada = adviser_files(server, bank, bank.ada)
    upload = ada.begin(conversation, "a.txt", 3).facts["upload"]
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), conversation)
    assert ada.put(upload, 1, b"abc").refusal == (404, "upload-gone")


def test_a_disk_that_fails_in_the_middle_of_a_part(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    failing = mock.patch.object(SealedWriter, "write", side_effect=OSError(28, "No space left"))
    with failing:
        assert client.put(upload, 1, b"abc").refusal == (503, "store-unavailable")
    assert stored_objects(bank) == []


def test_an_announcement_may_come_in_pieces(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    told = json.dumps({"conversation": str(conversation.pk), "name": "a.txt", "size": 3}).encode()
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        head = (
            f"POST /files/uploads HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
            f"Cookie: {client.cookie}\r\nContent-Length: {len(told)}\r\n\r\n"
        )
        connection.sendall(head.encode() + told[:10])
        time.sleep(0.2)
        connection.sendall(told[10:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 201")


def test_a_refused_file_is_gone_and_the_trail_tells(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    answer = client.hand_over(conversation, samples.exe(), "holiday.jpg")
    assert answer.refusal == (422, "executable")
    assert stored_objects(bank) == []
    with serving(bank.tenant):
        assert not Upload.objects.exists()
        assert not UploadPart.objects.exists()
        entry = TrailEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.detail["code"]) == ("file.refused", "executable")


def test_a_kind_that_the_organisation_does_not_take(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        FilePolicy.objects.create(kinds=["pdf"])
    client = client_files(server, bank, conversation)
    assert client.hand_over(conversation, TEXT).refusal == (422, "type-not-allowed")
    assert client.hand_over(conversation, samples.pdf(), "a.pdf").status == 200


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
        events, _ = events_after(Conversation.objects.get(), 0)
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

        events, _ = events_after(Conversation.objects.get(), 0)
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


def test_a_preview_that_takes_too_long_is_none_for_now(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(), "Police.pdf")
    slow = mock.patch.object(previewing, "render", side_effect=CannotRender("took-too-long"))
    with slow:
        assert client.ask("GET", f"/files/{file}/preview").facts == {"pages": 0}
    assert client.ask("GET", f"/files/{file}/preview").facts == {"pages": 1}


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
    assert client.ask("GET", f"/files/{file}/pages/8").status == 404
    text = client.file(conversation, TEXT)
    assert client.ask("GET", f"/files/{text}/preview").facts == {"pages": 0}
    assert client.ask("GET", f"/files/{text}/pages/1").status == 404


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


def wait_for(condition: object) -> None:
    """Wait up to five seconds for something that happens in another thread."""
    assert callable(condition)
    for _ in range(250):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen.")
