"""A right that is lost, a tenant that is paused, a process that stops: also in mid-transfer."""

import asyncio
import contextlib
import json
import socket as sockets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from siegel.conversations import file_requests, files, rechecks
from siegel.conversations.access import Participant
from siegel.conversations.file_requests import FileRequest
from siegel.conversations.models import Conversation, Side
from siegel.files.models import PART_BYTES, Scan, StoredFile
from siegel.identity.models import Person
from siegel.tenancy import registry
from siegel.tenancy.context import serving
from siegel.tenancy.models import Tenant
from siegel.tenancy.suspending import resume, suspend
from tests.cast import Organisation
from tests.conversations.file_client import (
    FileClient,
    adviser_files,
    answer_as,
    client_files,
    digest_of,
    send,
    stored_objects,
    wait_for,
)
from tests.server import Running

LONG = b"line\n" * 6_000_000


@pytest.fixture(autouse=True)
def asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecks, "RECHECK_SECONDS", 0.05)


@contextmanager
def stalled_download(server: Running, client: FileClient, file: object) -> Iterator[sockets.socket]:
    """A download of which only the beginning was taken yet."""
    with sockets.socket() as connection:
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        head = f"GET /files/{file} HTTP/1.1\r\nHost: {client.host}\r\nCookie: {client.cookie}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(0.2)
        yield connection


def rest_of(connection: sockets.socket) -> int:
    connection.settimeout(10)
    received = 0
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1_000_000):
            received += len(piece)
    return received


def deactivate(organisation: Organisation, _file: uuid.UUID) -> None:
    with serving(organisation.tenant):
        Person.objects.filter(pk=organisation.ada.pk).update(is_active=False)


def hand_to_a_colleague(organisation: Organisation, file: uuid.UUID) -> None:
    with serving(organisation.tenant):
        scope = StoredFile.objects.get(pk=file).scope
        Conversation.objects.filter(pk=scope).update(assigned_to=organisation.ben)


def find_a_virus(organisation: Organisation, _file: uuid.UUID) -> None:
    with serving(organisation.tenant):
        StoredFile.objects.update(scan=Scan.INFECTED)


def delete(organisation: Organisation, _file: uuid.UUID) -> None:
    with serving(organisation.tenant):
        StoredFile.objects.all().delete()


def pause(organisation: Organisation, _file: uuid.UUID) -> None:
    suspend(organisation.tenant.slug, "test")


def remove(organisation: Organisation, _file: uuid.UUID) -> None:
    Tenant.objects.filter(pk=organisation.tenant.id).delete()
    registry.forget()


@pytest.mark.parametrize(
    "end", [deactivate, hand_to_a_colleague, find_a_virus, delete, pause, remove]
)
def test_a_download_ends_with_the_right_to_it(
    server: Running, bank: Organisation, end: Callable[[Organisation, uuid.UUID], None]
) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    visitor, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    file = visitor.file(conversation, LONG, "long.txt")
    if end is not delete:
        send(bank, conversation, file)
    client = visitor if end is delete else ada
    with stalled_download(server, client, file) as connection:
        end(bank, file)
        # What lies in buffers still comes; nothing is opened any more.
        assert rest_of(connection) < len(LONG) // 2
    wait_for(lambda: not file_requests.DOWNLOADS._under_way)


def test_a_download_goes_on_as_long_as_the_right_lasts(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    file = client.file(conversation, LONG, "long.txt")
    with stalled_download(server, client, file) as connection:
        connection.settimeout(10)
        received = 0
        while received < len(LONG):
            received += len(connection.recv(1_000_000))
            time.sleep(0.0001)


def begun_part(server: Running, client: FileClient, upload: str, content: bytes) -> sockets.socket:
    connection = sockets.create_connection(("127.0.0.1", server.port))
    head = (
        f"PUT /files/uploads/{upload}/1 HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
        f"Cookie: {client.cookie}\r\nContent-Digest: {digest_of(content)}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content[:10])
    return connection


@pytest.mark.parametrize(
    ("end", "status"), [(deactivate, b"404"), (pause, b"503"), (remove, b"404")]
)
def test_a_part_is_not_kept_when_the_right_ends(
    server: Running,
    bank: Organisation,
    end: Callable[[Organisation, uuid.UUID], None],
    status: bytes,
) -> None:
    conversation = bank.conversation()
    ada = adviser_files(server, bank, bank.ada)
    content = b"x" * 1000
    upload = ada.begin(conversation, "a.txt", len(content)).facts["upload"]
    with begun_part(server, ada, upload, content) as connection:
        wait_for(lambda: len(stored_objects(bank)) == 1)
        end(bank, uuid.UUID(int=0))
        connection.sendall(content[10:])
        connection.settimeout(5)
        assert connection.recv(4096).startswith(b"HTTP/1.1 " + status)
    assert stored_objects(bank) == []


def test_the_last_look_comes_before_a_part_is_kept(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "RECHECK_SECONDS", 60.0)
    conversation = bank.conversation()
    ada = adviser_files(server, bank, bank.ada)
    content = b"x" * 1000
    upload = ada.begin(conversation, "a.txt", len(content)).facts["upload"]
    with begun_part(server, ada, upload, content) as connection:
        wait_for(lambda: len(stored_objects(bank)) == 1)
        deactivate(bank, uuid.UUID(int=0))
        connection.sendall(content[10:])
        connection.settimeout(5)
        assert connection.recv(4096).startswith(b"HTTP/1.1 404")
    assert stored_objects(bank) == []


def test_a_paused_tenant_is_answered_without_its_body(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", PART_BYTES).facts["upload"]
    suspend("bank", "test")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("A body went to the pages.")

    monkeypatch.setattr("siegel.asgi.bridge", refuse)
    answer = client.put(upload, 1, b"x" * PART_BYTES)
    assert answer.refusal == (503, "paused")
    assert answer.headers["Retry-After"] == "60"
    assert client.ask("GET", "/files/limits").refusal == (503, "paused")
    assert stored_objects(bank) == []
    resume("bank")
    assert client.ask("GET", "/files/limits").status == 200


def stopped(bank: Organisation, method: str, path: str, name: str) -> tuple[list[object], bool]:
    """What is sent when the process stops while a request waits in a function of that name."""
    sent: list[object] = []
    is_there, go_on = threading.Event(), threading.Event()

    def wait(*_: object) -> None:
        is_there.set()
        go_on.wait(10)

    async def send_it(message: object) -> None:
        sent.append(message)

    async def drive() -> bool:
        body = {"type": "http.request", "body": b"", "more_body": True}
        scope = {
            "type": "http", "method": method, "path": path, "scheme": "http",
            "query_string": b"lang=en",
            "headers": [(b"x-siegel", b"1"), (b"host", bank.host.encode())],
        }  # fmt: skip

        async def receive() -> dict[str, object]:
            return body

        adviser = Participant(Side.ADVISER, person=bank.ada)
        request = FileRequest(bank.tenant, scope, receive, send_it, lambda _: adviser)
        task = asyncio.create_task(request.answer())
        assert await asyncio.to_thread(is_there.wait, 10)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        finally:
            go_on.set()
        return False

    with mock.patch.object(files, name, wait):
        return sent, asyncio.run(drive())


@pytest.mark.parametrize(("method", "end"), [("POST", "/complete"), ("PUT", "/1")])
def test_a_request_that_the_stop_cuts_off_is_told_to_come_back(
    bank: Organisation, method: str, end: str
) -> None:
    path = f"/files/uploads/00000000-0000-0000-0000-000000000001{end}"
    sent, is_cancelled = stopped(bank, method, path, "upload_for")
    assert is_cancelled
    head, body = sent
    assert isinstance(head, dict)
    assert isinstance(body, dict)
    assert head["status"] == 503
    assert (b"retry-after", b"5") in head["headers"]
    assert json.loads(body["body"])["code"] == "store-unavailable"
