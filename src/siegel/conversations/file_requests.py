"""Files over HTTP, without Django's request cycle: a slow client holds no thread and no memory.

Parts are sealed while they arrive, originals are opened while they leave; every request passes the
same gate as pages and sockets. docs/protocol.md has the addresses.
"""

import asyncio
import contextlib
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, BinaryIO, TypeVar

import msgspec
from django.db import DatabaseError
from django.http.cookie import parse_cookie
from django.utils.http import content_disposition_header

from siegel.audit import trail
from siegel.conversations import files
from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.attached import file_shown
from siegel.conversations.file_answers import FileExchange, Refused
from siegel.conversations.jobs import scan_later
from siegel.conversations.page_pictures import page_count, picture
from siegel.conversations.part_reception import PartReception
from siegel.conversations.places import Share, in_turn
from siegel.conversations.rechecks import Rechecks
from siegel.files import objects
from siegel.files.kinds import EXTENSIONS, MEDIA_TYPES, Kind, RefusedFile
from siegel.files.models import PART_BYTES, FilePolicy, Scan, StoredFile, Upload
from siegel.files.names import shown_name
from siegel.files.previewing import NoPreview, TookTooLong
from siegel.files.receiving import PartsMissing, complete_upload
from siegel.files.uploading import UploadGone, stored_parts
from siegel.security_headers import is_own_page
from siegel.tenancy import registry
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool, in_pool, in_tenant
from siegel.tenancy.writing import write_transaction
from siegel.vault.sealed_streams import CannotBeUnsealed

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Result = TypeVar("Result")
ParticipantNow = Callable[[dict[str, str]], Participant | None]

BLOCK_BYTES = 256 * 1024
UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
NUMBER = "([1-9][0-9]{0,5})"
ROUTES = [
    (method, re.compile(path), name)
    for method, path, name in [
        ("GET", "/files/limits", "limits"),
        ("POST", "/files/uploads", "begin"),
        ("GET", f"/files/uploads/{UUID}", "look"),
        ("DELETE", f"/files/uploads/{UUID}", "cancel"),
        ("PUT", f"/files/uploads/{UUID}/{NUMBER}", "part"),
        ("POST", f"/files/uploads/{UUID}/complete", "complete"),
        ("GET", f"/files/{UUID}", "original"),
        ("DELETE", f"/files/{UUID}", "delete"),
        ("GET", f"/files/{UUID}/preview", "preview"),
        ("GET", f"/files/{UUID}/pages/{NUMBER}", "page"),
    ]
]
# A stalled reader holds three megabytes: two segments of the sealed stream and some blocks.
DOWNLOADS = Share("too-many-opened", process=64, tenant=32, sender=4)
# Pictures are whole in memory.
PICTURES = Share("too-many-opened", process=128, tenant=64, sender=8)
COMPLETIONS = Share("too-many-uploads", process=256, tenant=64, sender=1)


class Announcement(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of a file before it is sent."""

    conversation: uuid.UUID
    name: str
    size: int


class FileRequest(FileExchange):
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
        super().__init__(scope, receive, send)
        self.tenant = tenant
        self._participant_now = participant_now
        # Who somebody without a credential is, as far as limits go: nobody, or a client to be.
        self._stranger = stranger
        self._participant: Participant

    async def answer(self) -> None:
        """Answer it; whatever goes wrong before the first byte becomes a refusal in words."""
        try:
            await self._answer()
        except Refused as refusal:
            await self.refuse(refusal.code, **refusal.more)
        except RefusedFile as refusal:
            await self.refuse(refusal.code)
        except NotFound:
            await self.refuse("not-found")
        except UploadGone:
            await self.refuse("upload-gone")
        except TookTooLong:
            await self.refuse("preview-later")
        except NoPreview:
            await self.refuse("no-preview")
        except objects.ObjectLost:
            log.error("lost or damaged in the store: %s of %s", self._scope["path"], self.tenant.id)
            await self.refuse("file-lost")
        except (objects.StoreUnavailable, DatabaseError, OSError, Unavailable) as error:
            log.warning("a file of %s was not served: %s", self.tenant.id, type(error).__name__)
            await self.refuse("store-unavailable")
        except asyncio.CancelledError:
            # The process stops. What was asked for may still happen; asking again finds out.
            self._is_stopping = True
            await self.refuse("store-unavailable")
            raise

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
        (name, arguments) = found[0]
        participant = await self._run(self._present)
        if participant is None and name == "limits":
            participant = self._stranger
        if participant is None:
            raise NotFound
        self._participant = participant
        await getattr(self, f"_{name}")(*arguments)

    def _present(self) -> Participant | None:
        return self._participant_now(parse_cookie(self._header(b"cookie")))

    def _still(self, gate: Callable[[Participant], object]) -> None:
        """The gate once more, for a transfer that lasts; raises Refused, NotFound, UploadGone."""
        found = registry.by_host(self._header(b"host"))
        if found is None:
            raise NotFound
        if found[0].is_suspended:
            raise Refused("paused")
        participant = self._present()
        if participant is None or participant.actor != self._participant.actor:
            raise NotFound
        gate(participant)

    def _rechecks(self, gate: Callable[[Participant], object]) -> Rechecks:
        return Rechecks(lambda: self._run(self._still, gate))

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
        await self._run(files.cancel_upload, self._participant, uuid.UUID(identifier))
        await self._say(204)

    async def _part(self, identifier: str, number: str) -> None:
        upload = await self._upload(identifier)
        if upload.file_id is None:
            if int(number) > upload.part_count:
                raise NotFound
            reception = PartReception(
                self.tenant,
                upload,
                int(number),
                self._header(b"content-digest"),
                receive=self._hear,
                rechecks=self._rechecks(lambda now: files.upload_for(now, upload.pk)),
            )
            if not await reception.receive():
                return  # The client has left; nothing of the part remains.
        await self._say(204)

    async def _complete(self, identifier: str) -> None:
        upload = await self._upload(identifier)
        with COMPLETIONS.taken(self.tenant, self._participant.actor):
            try:
                file = await in_turn(
                    Pool.COMPLETING, COMPLETIONS.code, self.tenant, complete_upload, upload
                )
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
        pages = await page_count(self.tenant, self._participant.actor, file)
        await self._say(200, {"pages": pages})

    async def _page(self, identifier: str, number: str) -> None:
        file = await self._openable(identifier)
        with PICTURES.taken(self.tenant, self._participant.actor):
            content = await picture(self.tenant, self._participant.actor, file, int(number))
            await self._start(200, "image/webp", len(content))
            with contextlib.suppress(TimeoutError, OSError):
                await self._give(content)
                await self._drained()
                await self._finish()

    async def _original(self, identifier: str) -> None:
        file = await self._openable(identifier)
        with DOWNLOADS.taken(self.tenant, self._participant.actor):
            stream = await self._run(self._open, file)
            leaving = asyncio.create_task(self._client_leaves())
            try:
                await self._pass_on(file, stream, leaving)
            except CannotBeUnsealed as error:
                raise objects.ObjectLost(identifier) from error
            except (TimeoutError, OSError):
                return  # The client takes nothing any more, or has left.
            finally:
                leaving.cancel()
                await asyncio.shield(in_pool(Pool.FILES, stream.close))

    async def _pass_on(
        self, file: StoredFile, stream: BinaryIO, leaving: "asyncio.Task[None]"
    ) -> None:
        rechecks = self._rechecks(lambda now: _openable(now, file.pk))
        # The first block before the head, so that a lost object is still told in words.
        block = await in_pool(Pool.FILES, stream.read, BLOCK_BYTES)
        disposition = content_disposition_header(as_attachment=True, filename=shown_name(file.name))
        more = [(b"content-disposition", str(disposition).encode())]
        await self._start(200, MEDIA_TYPES[Kind(file.kind)], file.size, more)
        while block and not leaving.done():
            # However long the client took for the last block, the next one needs the right anew.
            await self._drained()
            await rechecks.if_due()
            await self._give(block)
            block = await in_pool(Pool.FILES, stream.read, BLOCK_BYTES)
        if not block:
            await self._drained()
            await self._finish()

    def _open(self, file: StoredFile) -> BinaryIO:
        stream = objects.open_object(file.object, objects.Purpose.FILE)
        try:
            with write_transaction():
                subject = f"file:{file.pk}"
                trail.append([trail.Event(self._participant.actor, "file.opened", subject)])
        except BaseException:
            stream.close()
            raise
        return stream

    async def _openable(self, identifier: str) -> StoredFile:
        return await self._run(_openable, self._participant, uuid.UUID(identifier))

    async def _upload(self, identifier: str) -> Upload:
        return await self._run(files.upload_for, self._participant, uuid.UUID(identifier))

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        return await in_tenant(self.tenant, function, *arguments, pool=Pool.FILES)


def _openable(participant: Participant, identifier: uuid.UUID) -> StoredFile:
    file = files.file_for(participant, identifier)
    if not file.may_be_opened:
        raise Refused("file-blocked" if file.scan == Scan.INFECTED else "scanner-unavailable")
    return file
