"""Uploads that disturb nobody, sealing against copying, and the first page of a document."""

import asyncio
import base64
import hashlib
import http.client
import io
import json
import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.clients import Visitor, adviser_cookie, begin, fetch
from benchmarks.pairs import Result, absolute, compare
from benchmarks.processes import raise_upload_limit, siegel

PART = 4 * 1024 * 1024
UPLOAD_BYTES = 200_000_000
BYTES_PER_SECOND = 20_000_000
SLOW_BYTES_PER_SECOND = 10_000
SLOW_CLIENTS = 8
COPY_BYTES = 256 * 1024 * 1024
BLOCK = 256 * 1024
PAGES = 60


def run() -> list[Result]:
    """All numbers of files."""
    results = [_sealed_copy()]
    with siegel() as facts:
        raise_upload_limit(facts, "nordwind", 300)
        results += _upload(facts)
        results.append(_slow_clients(facts))
        results.append(_first_page(facts))
    return results


def _upload(facts: dict[str, Any]) -> list[Result]:
    cookie = adviser_cookie(facts)
    visitor = begin(facts)
    conversation = visitor.conversation
    _page_times(facts, cookie)
    memory = _Memory(facts["pid"])
    memory.settle()

    def with_upload() -> float:
        with _uploading(facts, cookie, conversation, memory):
            return _page_times(facts, cookie)

    result = compare(
        "desk page while 200 MB are uploaded at 20 MB/s, p50",
        with_upload,
        lambda: _page_times(facts, cookie),
        unit="ms",
        at_most=1.2,
        pairs=5,
    )
    grown = absolute("memory added by 200 MB uploads", memory.grown_mb(), unit="MB RSS", at_most=64)
    return [result, grown]


def _page_times(facts: dict[str, Any], cookie: str) -> float:
    """The median time of the inbox in milliseconds."""
    host = facts["tenants"][0]["host"]
    took = []
    for _ in range(PAGES):
        began = time.perf_counter()
        status, _, _ = fetch(facts["port"], host, "GET", "/inbox/", cookie=cookie)
        took.append(time.perf_counter() - began)
        assert status == 200
        time.sleep(0.05)
    return statistics.median(took) * 1000


class _Memory:
    """The largest resident set of a process since `settle`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = self._most = 0

    def settle(self) -> None:
        self._before = self._most = self._now()

    def look(self) -> None:
        self._most = max(self._most, self._now())

    def grown_mb(self) -> float:
        return (self._most - self._before) / 1e6

    def _now(self) -> int:
        for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise LookupError(self._pid)


@contextmanager
def _uploading(
    facts: dict[str, Any], cookie: str, conversation: str, memory: _Memory
) -> Iterator[None]:
    """Upload 200 MB beside what the block does; both begin and the upload may end later."""
    thread = threading.Thread(target=_send_file, args=(facts, cookie, conversation, memory))
    thread.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        thread.join()


def _send_file(facts: dict[str, Any], cookie: str, conversation: str, memory: _Memory) -> None:
    host, port = facts["tenants"][0]["host"], facts["port"]
    told = {"conversation": conversation, "name": "numbers.txt", "size": UPLOAD_BYTES}
    own = {"X-Siegel": "1"}
    status, _, answer = fetch(
        port, host, "POST", "/files/uploads", cookie=cookie, body=json.dumps(told).encode(),
        headers=own,
    )  # fmt: skip
    assert status == 201, answer
    upload = json.loads(answer)["upload"]
    line = b"0123456789" * 100
    sent, began = 0, time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(1, -(-UPLOAD_BYTES // PART) + 1):
        part = (line * (PART // len(line) + 1))[: min(PART, UPLOAD_BYTES - sent)]
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        headers = own | {"Host": host, "Cookie": cookie, "Content-Digest": f"sha-256=:{digest}:"}
        connection.request("PUT", f"/files/uploads/{upload}/{number}", part, headers)
        response = connection.getresponse()
        assert response.status == 204, response.read()
        response.read()
        sent += len(part)
        memory.look()
        time.sleep(max(0.0, began + sent / BYTES_PER_SECOND - time.monotonic()))
    status, _, answer = fetch(
        port, host, "POST", f"/files/uploads/{upload}/complete", cookie=cookie, body=b"",
        headers=own,
    )  # fmt: skip
    memory.look()
    assert status == 200, answer
    file = json.loads(answer)["file"]["id"]
    fetch(port, host, "DELETE", f"/files/{file}", cookie=cookie, headers=own)


def _slow_clients(facts: dict[str, Any]) -> Result:
    visitors = [begin(facts) for _ in range(SLOW_CLIENTS)]

    def with_slow_clients() -> float:
        stop = threading.Event()
        threads = [
            threading.Thread(target=_drip, args=(facts, visitor, stop)) for visitor in visitors
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        try:
            return uvloop.run(_message_times(facts))
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    return compare(
        "message acknowledged while eight clients upload at 10 KB/s, p50",
        with_slow_clients,
        lambda: uvloop.run(_message_times(facts)),
        unit="ms",
        at_most=1.2,
        pairs=5,
    )


def _drip(facts: dict[str, Any], visitor: Visitor, stop: threading.Event) -> None:
    told = {"conversation": visitor.conversation, "name": "slow.txt", "size": 1_000_000}
    own = {"X-Siegel": "1"}
    _, _, answer = fetch(
        visitor.port, visitor.host, "POST", "/files/uploads", cookie=visitor.cookie,
        body=json.dumps(told).encode(), headers=own,
    )  # fmt: skip
    upload = json.loads(answer)["upload"]
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port)
    connection.putrequest("PUT", f"/files/uploads/{upload}/1", skip_host=True)
    for name, value in {
        "Host": visitor.host, "Cookie": visitor.cookie, **own,
        "Content-Length": "1000000", "Content-Digest": f"sha-256=:{'A' * 43}=:",
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders()
    while not stop.wait(0.1):
        connection.send(b"x" * (SLOW_BYTES_PER_SECOND // 10))
    connection.close()


async def _message_times(facts: dict[str, Any]) -> float:
    visitor = begin(facts)
    socket = await visitor.socket()
    took = []
    for _ in range(100):
        began = time.perf_counter()
        socket.say(visitor.message("Guten Tag"))
        await socket.hear_of("sent")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.03)
    socket.close()
    return statistics.median(took) * 1000


def _first_page(facts: dict[str, Any]) -> Result:
    from pypdfium2 import PdfDocument

    document = PdfDocument.new()
    for _ in range(20):
        document.new_page(595, 842)
    content = io.BytesIO()
    document.save(content)
    visitor = begin(facts)
    took = []
    for _ in range(5):
        file = _hand_over(visitor, content.getvalue())
        began = time.perf_counter()
        status, _, _ = fetch(
            visitor.port, visitor.host, "GET", f"/files/{file}/pages/1", cookie=visitor.cookie
        )
        took.append(time.perf_counter() - began)
        assert status == 200
    return absolute("first page of a 20-page PDF", statistics.median(took), unit="s", at_most=1.0)


def _hand_over(visitor: Visitor, content: bytes) -> str:
    own = {"X-Siegel": "1"}
    told = {"conversation": visitor.conversation, "name": "a.pdf", "size": len(content)}
    _, _, answer = fetch(
        visitor.port, visitor.host, "POST", "/files/uploads", cookie=visitor.cookie,
        body=json.dumps(told).encode(), headers=own,
    )  # fmt: skip
    upload = json.loads(answer)["upload"]
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    status, _, answer = fetch(
        visitor.port, visitor.host, "PUT", f"/files/uploads/{upload}/1", cookie=visitor.cookie,
        body=content, headers=own | {"Content-Digest": f"sha-256=:{digest}:"},
    )  # fmt: skip
    assert status == 204, answer
    status, _, answer = fetch(
        visitor.port, visitor.host, "POST", f"/files/uploads/{upload}/complete",
        cookie=visitor.cookie, body=b"", headers=own,
    )  # fmt: skip
    assert status == 200, answer
    return str(json.loads(answer)["file"]["id"])


def _sealed_copy() -> Result:
    """Bytes per second of CPU, copied in the same loop with and without sealing."""
    folder = Path(tempfile.mkdtemp(prefix="siegel-bench-"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "siegel.settings",
        "SIEGEL_DATA": str(folder / "data"),
        "SIEGEL_KEYS": str(folder / "keys"),
        "SIEGEL_KEK_FILE": str(folder / "kek" / "kek.json"),
    }
    import django

    django.setup(set_prefix=False)
    from siegel.vault import kek, keyring
    from siegel.vault.sealed_streams import SealedWriter

    kek.ensure()
    keyring.create("tbench")
    source = os.urandom(BLOCK)

    def plain() -> float:
        began = time.process_time()
        with (folder / "plain").open("wb") as file:
            for _ in range(COPY_BYTES // BLOCK):
                file.write(source)
            file.flush()
            os.fsync(file.fileno())
        return COPY_BYTES / 1e6 / (time.process_time() - began)

    def sealed() -> float:
        began = time.process_time()
        writer = SealedWriter("tbench", folder / uuid.uuid4().hex, b"bench")
        for _ in range(COPY_BYTES // BLOCK):
            writer.write(source)
        writer.commit()
        took = time.process_time() - began
        writer.abort()
        return COPY_BYTES / 1e6 / took

    return compare(
        "sealed copy to plain copy of the same loop", sealed, plain, unit="MB/s CPU", at_least=0.3
    )
