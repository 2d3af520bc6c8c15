"""Somebody's browser as far as files go: plain HTTP against the real process."""

import base64
import hashlib
import http.client
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from siegel.conversations.models import Conversation
from siegel.conversations.posting import post_message
from siegel.files.models import PART_BYTES
from siegel.identity.models import Person
from siegel.widget.visiting import COOKIE
from tests.cast import Organisation
from tests.conversations.conversing import session_of
from tests.server import Running


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.body)
        return facts

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, str(self.facts["code"])


@dataclass
class FileClient:
    """Requests with somebody's cookie."""

    server: Running
    host: str
    cookie: str

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        more = {"X_Siegel": "1"} | headers if method != "GET" else headers
        return Answer(
            *self.server.request(method, self.host, path, body, Cookie=self.cookie, **more)
        )

    def begin(self, conversation: Conversation, name: str, size: int) -> Answer:
        told = {"conversation": str(conversation.pk), "name": name, "size": size}
        return self.ask("POST", "/files/uploads?lang=en", json.dumps(told).encode())

    def put(self, upload: str, number: int, content: bytes, digest: str | None = None) -> Answer:
        path = f"/files/uploads/{upload}/{number}?lang=en"
        return self.ask("PUT", path, content, Content_Digest=digest or digest_of(content))

    def complete(self, upload: str) -> Answer:
        return self.ask("POST", f"/files/uploads/{upload}/complete?lang=en", b"")

    def hand_over(
        self, conversation: Conversation, content: bytes, name: str = "note.txt"
    ) -> Answer:
        """Begin, send all parts, complete; the answer to the last of it that was sent."""
        begun = self.begin(conversation, name, len(content))
        if begun.status != 201:
            return begun
        upload = begun.facts["upload"]
        for start in range(0, len(content), PART_BYTES):
            put = self.put(upload, start // PART_BYTES + 1, content[start : start + PART_BYTES])
            assert put.status == 204, put.body
        return self.complete(upload)

    def file(self, conversation: Conversation, content: bytes, name: str = "note.txt") -> uuid.UUID:
        """The id of a file that was handed over."""
        answer = self.hand_over(conversation, content, name)
        assert answer.status == 200, answer.body
        return uuid.UUID(answer.facts["file"]["id"])


def digest_of(content: bytes) -> str:
    """The header of RFC 9530."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def client_files(
    server: Running, organisation: Organisation, conversation: Conversation
) -> FileClient:
    """The visitor's browser."""
    token = organisation._visitors[conversation.pk]
    return FileClient(server, organisation.chat_host, f"{COOKIE}={token}")


def adviser_files(server: Running, organisation: Organisation, person: Person) -> FileClient:
    """An adviser's browser."""
    session = session_of(organisation, person)
    return FileClient(server, organisation.host, f"{settings.SESSION_COOKIE_NAME}={session}")


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


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait up to five seconds for something that happens in another thread."""
    for _ in range(250):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen.")
