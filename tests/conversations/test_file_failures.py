"""Files when something fails: clients that leave or say nothing, disks, keys, the store."""

import http.client
import json
import socket as sockets
import time
from typing import Any
from unittest import mock

import pytest

from siegel.conversations import file_answers, part_reception
from siegel.files import objects
from siegel.files.models import PART_BYTES
from siegel.vault.sealed_streams import SealedWriter
from tests.cast import Organisation
from tests.conversations.file_client import (
    answer_as,
    client_files,
    digest_of,
    stored_objects,
    wait_for,
)
from tests.server import Running

TEXT = b"Guten Tag, hier ist meine Police."


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
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert stored_objects(bank) == []


def test_too_many_parts_at_once_are_put_off(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    with mock.patch.object(part_reception.PARTS, "process", 0):
        answer = client.put(upload, 1, b"abc")
    assert answer.refusal == (503, "too-many-uploads")
    assert answer.headers["Retry-After"] == "2"


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


def test_an_object_that_is_lost_or_damaged_is_said_in_words_and_in_the_log(
    server: Running, bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    (path,) = stored_objects(bank)
    content = path.read_bytes()
    path.unlink()
    assert client.ask("GET", f"/files/{file}").refusal == (410, "file-lost")
    path.write_bytes(content[:-1])
    assert client.ask("GET", f"/files/{file}").refusal == (410, "file-lost")
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [str(file) in error and bank.tenant.id in error for error in errors] == [True, True]
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
    server: Running, bank: Organisation, caplog: pytest.LogCaptureFixture
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
    assert f"lost or damaged in the store: /files/{file}" in caplog.text


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
        mock.patch.object(file_answers, "SEND_SECONDS", 0.2),
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


def test_a_lock_that_cannot_be_opened_is_said_in_words(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, TEXT)
    closed = []
    real = objects.open_object

    def opening(*asked: Any) -> Any:
        stream = real(*asked)
        closed.append(stream)
        return stream

    failing = mock.patch("siegel.tenancy.writing.os.open", side_effect=OSError(24, "EMFILE"))
    with mock.patch.object(objects, "open_object", opening), failing:
        assert client.begin(conversation, "a.txt", 3).refusal == (503, "store-unavailable")
        assert client.ask("GET", f"/files/{file}").refusal == (503, "store-unavailable")
    assert [stream.closed for stream in closed] == [True]
    assert client.ask("GET", f"/files/{file}").body == TEXT
