"""Files over HTTP, without Django's request cycle: a slow client holds no thread and no memory.

Parts are sealed while they arrive, originals are opened while they leave; every request passes the
same gate as pages and sockets. docs/protocol.md has the addresses.
"""

import asyncio
import contextlib
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from django.db import DatabaseError
from django.http.cookie import parse_cookie
from django.utils.http import content_disposition_header

from siegel.audit import trail
from siegel.conversations import files
from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.attached import file_shown
from siegel.conversations.jobs import scan_later
from siegel.conversations.part_reception import PartReception
from siegel.files import objects, previewing
from siegel.files.kinds import EXTENSIONS, MEDIA_TYPES, Kind, RefusedFile
from siegel.files.models import PART_BYTES, FilePolicy, Scan, StoredFile, Upload
from siegel.files.names import shown_name
from siegel.files.receiving import PartsMissing, complete_upload
from siegel.files.refusal_texts import refusal_text
from siegel.files.uploading import UploadGone, discard_upload, stored_parts
from siegel.security_headers import headers_of_data, is_own_page
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool, in_pool, in_tenant
from siegel.tenancy.writing import write_transaction
from siegel.vault.sealed_streams import CannotBeUnsealed

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Result = TypeVar("Result")
ParticipantNow = Callable[[dict[str, str]], Participant | None]

LARGEST_JSON = 8 * 1024
BLOCK_BYTES = 256 * 1024
SEND_SECONDS = 60.0
LINGER_SECONDS = 2.0
_UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
ROUTES = [
    (method, re.compile(path), name)
    for method, path, name in [
        ("GET", "/files/limits", "limits"),
        ("POST", "/files/uploads", "begin"),
        ("GET", f"/files/uploads/{_UUID}", "look"),
        ("DELETE", f"/files/uploads/{_UUID}", "cancel"),
        ("PUT", f"/files/uploads/{_UUID}/([1-9][0-9]{{0,5}})", "part"),
        ("POST", f"/files/uploads/{_UUID}/complete", "complete"),
        ("GET", f"/files/{_UUID}", "original"),
        ("DELETE", f"/files/{_UUID}", "delete"),
        ("GET", f"/files/{_UUID}/preview", "preview"),
        ("GET", f"/files/{_UUID}/pages/([1-9][0-9]{{0,5}})", "page"),
    ]
]
STATUS = {
    "before-answer": 413,
    "file-blocked": 403,
    "file-too-large": 413,
    "foreign-page": 403,
    "malformed": 400,
    "not-found": 404,
    "part-differs": 409,
    "part-too-large": 413,
    "quota-tenant": 507,
    "quota-visitor": 507,
    "scanner-unavailable": 403,
    "store-unavailable": 503,
    "too-many-uploads": 503,
    "upload-gone": 404,
}


class Announcement(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of a file before it is sent."""

    conversation: uuid.UUID
    name: str
    size: int


class Refused(Exception):
    """The request is answered with a refusal; `more` goes into its JSON."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class FileRequest:
    """One request below /files/ from its first line to its answer."""

    def __init__(
        self,
        tenant: ServedTenant,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
        participant_now: ParticipantNow,
        *,
        stranger: Participant | None = None,
    ) -> None:
        self.tenant = tenant
        self._scope = scope
        self._receive = receive
        self._send = send
        self._participant_now = participant_now
        # Who somebody without a credential is, as far as limits go: nobody, or a client to be.
        self._stranger = stranger
        self._is_read = False
        self._query = parse_qs(scope["query_string"].decode("latin-1"))
        self._participant: Participant
        self._has_begun = False

    async def answer(self) -> None:
        """Answer it; whatever goes wrong before the first byte becomes a refusal in words."""
        try:
            await self._answer()
        except Refused as refusal:
            await self._refuse(refusal.code, **refusal.more)
        except RefusedFile as refusal:
            await self._refuse(refusal.code)
        except NotFound:
            await self._refuse("not-found")
        except UploadGone:
            await self._refuse("upload-gone")
        except (objects.StoreUnavailable, objects.ObjectLost, DatabaseError, Unavailable) as error:
            log.warning("a file of %s was not served: %s", self.tenant.id, type(error).__name__)
            await self._refuse("store-unavailable")

    async def _answer(self) -> None:
        method, path = self._scope["method"], self._scope["path"]
        found = [
            (name, matched.groups())
            for wanted, pattern, name in ROUTES
            if wanted == method and (matched := pattern.fullmatch(path))
        ]
        if not found:
            raise NotFound
        self._refuse_foreign_pages(method)
        cookies = parse_cookie(self._header(b"cookie"))
        (name, arguments) = found[0]
        participant = await self._run(self._participant_now, cookies)
        if participant is None and name == "limits":
            participant = self._stranger
        if participant is None:
            raise NotFound
        self._participant = participant
        await getattr(self, f"_{name}")(*arguments)

    def _refuse_foreign_pages(self, method: str) -> None:
        """A foreign page can neither name our origin nor send our header without our consent."""
        origin = self._header(b"origin")
        is_foreign = origin and not is_own_page(origin, self._header(b"host"))
        if is_foreign or (method != "GET" and self._header(b"x-siegel") != "1"):
            raise Refused("foreign-page")

    async def _limits(self) -> None:
        named = self._query.get("conversation", [""])[0]

        def limits() -> dict[str, Any]:
            conversation = conversation_for(self._participant, named) if named else None
            largest, reason = files.largest_file(self._participant, conversation)
            kinds = [Kind(kind) for kind in FilePolicy.of_tenant().kinds]
            accept = ",".join(extension for kind in kinds for extension in EXTENSIONS[kind])
            return {"largest": largest, "part": PART_BYTES, "accept": accept, "reason": reason}

        await self._say(200, await self._run(limits))

    async def _begin(self) -> None:
        try:
            told = msgspec.json.decode(await self._body(), type=Announcement)
        except (msgspec.DecodeError, UnicodeError):
            raise Refused("malformed") from None
        announce = files.announce_file
        asked = (told.conversation, told.name, told.size)
        upload = await self._run(announce, self._participant, *asked)
        facts = {"upload": str(upload.pk), "part": PART_BYTES, "stored": []}
        await self._say(201, facts)

    async def _look(self, identifier: str) -> None:
        upload = await self._upload(identifier)
        stored = await self._run(stored_parts, upload)
        facts = {"upload": str(upload.pk), "size": upload.size, "part": PART_BYTES}
        await self._say(200, facts | {"stored": stored})

    async def _cancel(self, identifier: str) -> None:
        await self._run(discard_upload, await self._upload(identifier))
        await self._say(204)

    async def _part(self, identifier: str, number: str) -> None:
        upload = await self._upload(identifier)
        if upload.file_id is None:
            if int(number) > upload.part_count:
                raise NotFound
            reception = PartReception(
                self.tenant, upload, int(number), self._header(b"content-digest"), self._hear
            )
            if not await reception.receive():
                return  # The client has left; nothing of the part remains.
        await self._say(204)

    async def _complete(self, identifier: str) -> None:
        upload = await self._upload(identifier)
        try:
            file = await self._run(complete_upload, upload)
        except PartsMissing as missing:
            raise Refused("parts-missing", missing=missing.numbers[:1000]) from None
        if file.scan == Scan.WAITING:
            await self._run(scan_later, file)
        await self._say(200, {"file": file_shown(file)})

    async def _delete(self, identifier: str) -> None:
        await self._run(files.delete_file, self._participant, uuid.UUID(identifier))
        await self._say(204)

    async def _preview(self, identifier: str) -> None:
        file = await self._openable(identifier)
        await self._say(200, {"pages": await self._run(previewing.page_count, file)})

    async def _page(self, identifier: str, number: str) -> None:
        file = await self._openable(identifier)

        def picture() -> bytes:
            return previewing.content_of(previewing.preview_of(file, int(number)))

        try:
            content = await self._run(picture)
        except previewing.NoPreview:
            raise NotFound from None
        await self._start(200, "image/webp", len(content))
        await self._finish(content)

    async def _original(self, identifier: str) -> None:
        file = await self._openable(identifier)
        stream = await self._run(self._open, file)
        leaving = asyncio.create_task(self._client_leaves())
        try:
            # The first block before the head, so that a lost object is still told in words.
            block = await in_pool(Pool.FILES, stream.read, BLOCK_BYTES)
            disposition = content_disposition_header(
                as_attachment=True, filename=shown_name(file.name)
            )
            more = [(b"content-disposition", str(disposition).encode())]
            await self._start(200, MEDIA_TYPES[Kind(file.kind)], file.size, more)
            while block and not leaving.done():
                async with asyncio.timeout(SEND_SECONDS):
                    await self._send(
                        {"type": "http.response.body", "body": block, "more_body": True}
                    )
                block = await in_pool(Pool.FILES, stream.read, BLOCK_BYTES)
            await self._finish(b"")
        except CannotBeUnsealed as error:
            # After the head only a broken connection tells that the content is not whole.
            if self._has_begun:
                raise
            raise objects.ObjectLost(identifier) from error
        except (TimeoutError, OSError):
            return  # The client takes nothing any more, or has left.
        finally:
            leaving.cancel()
            await in_pool(Pool.FILES, stream.close)

    def _open(self, file: StoredFile) -> Any:
        stream = objects.open_object(file.object, objects.Purpose.FILE)
        with write_transaction():
            subject = f"file:{file.pk}"
            trail.append([trail.Event(self._participant.actor, "file.opened", subject)])
        return stream

    async def _openable(self, identifier: str) -> StoredFile:
        file = await self._run(files.file_for, self._participant, uuid.UUID(identifier))
        if not file.may_be_opened:
            raise Refused("file-blocked" if file.scan == Scan.INFECTED else "scanner-unavailable")
        return file

    async def _upload(self, identifier: str) -> Upload:
        return await self._run(files.upload_for, self._participant, uuid.UUID(identifier))

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        return await in_tenant(self.tenant, function, *arguments, pool=Pool.FILES)

    async def _body(self) -> bytes:
        body = b""
        while True:
            message = await self._hear()
            piece: bytes = message.get("body", b"")
            body += piece
            if len(body) > LARGEST_JSON or message["type"] == "http.disconnect":
                raise Refused("malformed")
            if not message.get("more_body", False):
                return body

    async def _hear(self) -> Message:
        message = await self._receive()
        self._is_read = not message.get("more_body", False)
        return message

    async def _client_leaves(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _header(self, name: bytes) -> str:
        values = [value for key, value in self._scope["headers"] if key == name]
        return values[0].decode("latin-1") if len(values) == 1 else ""

    async def _refuse(self, code: str, **more: Any) -> None:
        language = self._query.get("lang", ["de"])[0]
        facts = {"code": code, "message": refusal_text(code, language), **more}
        await self._say(STATUS.get(code, 422), facts)

    async def _say(self, status: int, facts: dict[str, Any] | None = None) -> None:
        body = b"" if facts is None else json.dumps(facts).encode()
        more = [(b"retry-after", b"5")] if status == 503 else []
        is_read = self._is_read or self._scope["method"] != "PUT"
        more += [] if is_read else [(b"connection", b"close")]
        await self._start(status, "application/json", len(body), more)
        if not is_read:
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            await self._linger()
            body = b""
        await self._finish(body)

    async def _linger(self) -> None:
        """A connection closed with unread bytes is reset, and the client, still sending, would
        never see the reason (RFC 9112, 9.6)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_read:
                    await self._hear()

    async def _start(
        self, status: int, kind: str, length: int, more: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        headers = [*headers_of_data(self._scope["scheme"]), *(more or [])]
        if status != 204:  # It must not announce a length (RFC 9110, 8.6).
            headers += [(b"content-type", kind.encode()), (b"content-length", b"%d" % length)]
        self._has_begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _finish(self, body: bytes) -> None:
        with contextlib.suppress(OSError):
            await self._send({"type": "http.response.body", "body": body})
