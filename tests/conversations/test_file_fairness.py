"""Nobody stops files for others: shares, turns, a lowest pace, and a memory of what failed."""

import asyncio
import socket as sockets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest

from siegel.conversations import (
    file_answers,
    file_requests,
    page_pictures,
    part_reception,
    places,
)
from siegel.conversations.places import Share, in_turn
from siegel.files import objects, previewing, receiving
from siegel.files.kinds import RefusedFile
from siegel.files.models import StoredFile, Upload
from siegel.files.rendering import CannotRender
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool
from tests.cast import Organisation
from tests.conversations.file_client import (
    FileClient,
    answer_as,
    client_files,
    digest_of,
    stored_objects,
    wait_for,
)
from tests.files import samples
from tests.server import Running

ONE, OTHER = ServedTenant("one"), ServedTenant("other")


def test_a_share_is_kept_by_the_process_each_tenant_and_each_sender() -> None:
    share = Share("too-many-uploads", process=3, tenant=2, sender=1)
    with share.taken(ONE, "ada"), share.taken(ONE, "ben"):
        for tenant, sender in [(ONE, "ada"), (ONE, "mia")]:
            with pytest.raises(RefusedFile, match="too-many-uploads"), share.taken(tenant, sender):
                pass
        with (
            share.taken(OTHER, "ada"),
            pytest.raises(RefusedFile),
            share.taken(OTHER, "ben"),
        ):
            pass
    with pytest.raises(KeyError), share.taken(ONE, "ada"):
        raise KeyError
    assert not share._under_way


def test_tenants_take_turns_however_many_wait_in_one(
    bank: Organisation, insurer: Organisation
) -> None:
    order: list[str] = []
    most = 0

    def work(slug: str) -> None:
        nonlocal most
        order.append(slug)
        most = max(most, order.count(slug) - done.count(slug))
        time.sleep(0.05)
        done.append(slug)

    done: list[str] = []

    async def drive() -> None:
        tenants = [bank.tenant] * 6 + [insurer.tenant]
        code = "too-many-uploads"
        await asyncio.gather(
            *(in_turn(Pool.COMPLETING, code, tenant, work, tenant.slug) for tenant in tenants)
        )

    asyncio.run(drive())
    assert order.index("insurer") <= 1
    assert most == 1


def test_nobody_waits_for_ever(bank: Organisation) -> None:
    async def drive() -> None:
        free = threading.Event()
        holding = asyncio.create_task(in_turn(Pool.RENDERING, "x", bank.tenant, free.wait, 10))
        await asyncio.sleep(0.1)
        with (
            mock.patch.object(places, "WAIT_SECONDS", 0.1),
            pytest.raises(RefusedFile, match="too-many-opened"),
        ):
            await in_turn(Pool.RENDERING, "too-many-opened", bank.tenant, free.set)
        free.set()
        assert await holding

    asyncio.run(drive())


def test_long_completions_hold_up_nothing_else(
    server: Running, bank: Organisation, insurer: Organisation
) -> None:
    conversations = [bank.conversation() for _ in range(6)]
    clients = [client_files(server, bank, conversation) for conversation in conversations]
    uploads = []
    for client, conversation in zip(clients, conversations, strict=True):
        uploads.append(client.begin(conversation, "a.txt", 3).facts["upload"])
        assert client.put(uploads[-1], 1, b"abc").status == 204
    foreign = insurer.conversation()
    other = client_files(server, insurer, foreign)
    go_on, at_work = threading.Event(), threading.Semaphore(0)
    complete = receiving.complete_upload

    def slow(upload: Upload) -> StoredFile:
        at_work.release()
        assert go_on.wait(20)
        return complete(upload)

    with ThreadPoolExecutor(6) as browsers:
        with mock.patch.object(file_requests, "complete_upload", slow):
            pairs = zip(clients, uploads, strict=True)
            waiting = [browsers.submit(client.complete, upload) for client, upload in pairs]
            assert at_work.acquire(timeout=10)
            time.sleep(0.2)
            # Five more of the bank wait, without a thread.
            assert not at_work.acquire(blocking=False)
            assert clients[0].ask("GET", "/files/limits").status == 200
            upload = other.begin(foreign, "a.txt", 3).facts["upload"]
            assert other.put(upload, 1, b"abc").status == 204
            # The same person once more: not now.
            again = clients[0].complete(uploads[0])
            assert again.refusal == (503, "too-many-uploads")
            assert again.headers["Retry-After"] == "2"
        assert other.complete(upload).status == 200
        go_on.set()
        assert {answer.result().status for answer in waiting} == {200}


def head_of_part(client: FileClient, upload: str, number: int, length: int) -> bytes:
    return (
        f"PUT /files/uploads/{upload}/{number} HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
        f"Cookie: {client.cookie}\r\nContent-Digest: {digest_of(b'x')}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def test_a_part_is_received_once_at_a_time(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 1000).facts["upload"]
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head_of_part(client, upload, 1, 1000) + b"x")
        wait_for(lambda: len(stored_objects(bank)) == 1)
        assert client.put(upload, 1, b"x" * 1000).refusal == (503, "too-many-uploads")
    wait_for(lambda: stored_objects(bank) == [])
    assert client.put(upload, 1, b"x" * 1000).status == 204


def test_one_sender_has_four_parts_under_way(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    uploads = [client.begin(conversation, "a.txt", 1000).facts["upload"] for _ in range(5)]
    connections = []
    for upload in uploads[:4]:
        connections.append(sockets.create_connection(("127.0.0.1", server.port)))
        connections[-1].sendall(head_of_part(client, upload, 1, 1000) + b"x")
    wait_for(lambda: len(stored_objects(bank)) == 4)
    assert client.put(uploads[4], 1, b"x" * 1000).refusal == (503, "too-many-uploads")
    # Somebody else of the same tenant is not affected.
    second = bank.conversation()
    neighbour = client_files(server, bank, second)
    assert neighbour.hand_over(second, b"abc").status == 200
    for connection in connections:
        connection.close()
    wait_for(lambda: len(stored_objects(bank)) == 1)


def test_a_part_that_drips_is_given_up(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_reception, "GRACE_SECONDS", 0.3)
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 100_000).facts["upload"]
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head_of_part(client, upload, 1, 100_000))
        connection.settimeout(0.05)
        answer = b""
        for _ in range(100):
            connection.sendall(b"x")
            try:
                answer = connection.recv(4096)
                break
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert stored_objects(bank) == []


def test_an_announcement_that_drips_is_given_up(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_answers, "BODY_SECONDS", 0.2)
    client = client_files(server, bank, bank.conversation())
    with sockets.create_connection(("127.0.0.1", server.port)) as connection:
        head = (
            f"POST /files/uploads HTTP/1.1\r\nHost: {client.host}\r\nX-Siegel: 1\r\n"
            f"Cookie: {client.cookie}\r\nContent-Length: 100\r\n\r\n"
        )
        connection.sendall(head.encode() + b"{")
        connection.settimeout(5)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too-slow" in answer


def test_a_reader_has_four_originals_at_once(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    file = client.file(conversation, b"line\n" * 3_000_000, "long.txt")
    stalled = []
    for _ in range(4):
        connection = sockets.socket()
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        head = f"GET /files/{file} HTTP/1.1\r\nHost: {client.host}\r\nCookie: {client.cookie}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        stalled.append(connection)
    opened: list[object] = []
    with mock.patch.object(objects, "open_object", opened.append):
        answer = client.ask("GET", f"/files/{file}")
    assert answer.refusal == (503, "too-many-opened")
    assert answer.headers["Retry-After"] == "2"
    assert opened == []
    for connection in stalled:
        connection.close()
    wait_for(lambda: not file_requests.DOWNLOADS._under_way)
    assert client.ask("GET", f"/files/{file}").status == 200


def test_a_picture_that_nobody_takes_is_given_up(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_answers, "SEND_SECONDS", 0.3)
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(), "Police.pdf")
    large = b"RIFF" * 2_000_000
    with (
        mock.patch.object(previewing, "content_of", return_value=large),
        sockets.socket() as connection,
    ):
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        head = f"GET /files/{file}/pages/1 HTTP/1.1\r\nHost: {client.host}"
        connection.sendall(f"{head}\r\nCookie: {client.cookie}\r\n\r\n".encode())
        wait_for(lambda: bool(file_requests.PICTURES._under_way))
        wait_for(lambda: not file_requests.PICTURES._under_way)


def test_a_page_that_took_too_long_costs_nothing_for_a_minute(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(pages=2), "Police.pdf")
    slow = mock.patch.object(previewing, "render", side_effect=CannotRender("took-too-long"))
    with slow as render:
        for path in ("preview", "pages/1", "pages/2"):
            answer = client.ask("GET", f"/files/{file}/{path}?lang=en")
            assert answer.refusal == (503, "preview-later")
            assert answer.headers["Retry-After"] == "60"
        assert render.call_count == 2  # Several pages at once, and then the first one alone.
    with mock.patch.object(page_pictures, "REMEMBERED_SECONDS", -1.0), slow:
        other = client.file(conversation, samples.pdf(pages=2), "Police.pdf")
        assert client.ask("GET", f"/files/{other}/preview").status == 503
    # The minute is over.
    assert client.ask("GET", f"/files/{other}/preview").facts == {"pages": 2}


def test_one_page_that_cannot_be_shown_does_not_hide_the_others(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(pages=7), "Police.pdf")
    assert client.ask("GET", f"/files/{file}/preview").facts == {"pages": 7}
    broken = mock.patch.object(previewing, "render", side_effect=CannotRender("damaged"))
    with broken as render:
        for _ in range(2):
            answer = client.ask("GET", f"/files/{file}/pages/6?lang=en")
            assert answer.refusal == (404, "no-preview")
            assert "Save the file" in answer.facts["message"]
        assert render.call_count == 2
    assert client.ask("GET", f"/files/{file}/pages/1").status == 200
    assert client.ask("GET", f"/files/{file}/pages/7").status == 200


def test_the_failure_that_one_waited_for_is_ones_own(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    file = client.file(conversation, samples.pdf(), "Police.pdf")
    is_there, go_on = threading.Event(), threading.Event()

    def render(*_: object) -> None:
        is_there.set()
        assert go_on.wait(10)
        raise CannotRender("took-too-long")

    with (
        mock.patch.object(previewing, "render", side_effect=render) as rendering,
        ThreadPoolExecutor(2) as browsers,
    ):
        first = browsers.submit(client.ask, "GET", f"/files/{file}/preview")
        assert is_there.wait(10)
        second = browsers.submit(client.ask, "GET", f"/files/{file}/pages/1")
        time.sleep(0.2)
        go_on.set()
        assert {first.result().status, second.result().status} == {503}
        assert rendering.call_count == 2


def test_parts_of_a_client_that_vanishes_leave_their_places(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 1000).facts["upload"]
    for _ in range(6):
        with sockets.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head_of_part(client, upload, 1, 1000) + b"x")
            wait_for(lambda: len(stored_objects(bank)) == 1)
        wait_for(lambda: stored_objects(bank) == [])
    assert client.put(upload, 1, b"x" * 1000).status == 204
    assert not part_reception.PARTS._under_way
