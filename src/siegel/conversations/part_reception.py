"""One part of an upload on its way from the network into a sealed object."""

import asyncio
import base64
import hashlib
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from siegel.conversations.places import Share
from siegel.conversations.rechecks import Rechecks
from siegel.files import objects
from siegel.files.kinds import RefusedFile
from siegel.files.models import Upload
from siegel.files.uploading import keep_part
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import Pool, in_pool, in_tenant
from siegel.vault.sealed_streams import SealedWriter

Message = MutableMapping[str, Any]

BLOCK_BYTES = 256 * 1024
# A client may be slow, but not silent.
SILENCE_SECONDS = 30.0
# And not so slow as to hold a place for days: so many bytes a second, after the first half minute.
LOWEST_PACE = 1024
GRACE_SECONDS = 30.0
PARTS = Share("too-many-uploads", process=64, tenant=32, sender=4)
# RFC 9530: the SHA-256 of the content in base64 between colons.
DIGEST = re.compile(r"(?:.*,)?\s*sha-256=:([A-Za-z0-9+/]{43}=):.*")
# What is being received: the same part twice at once would be work for nothing.
_under_way: set[tuple[uuid.UUID, int]] = set()


class PartReception:
    """Receives, hashes and seals one part; memory for one block is all it takes."""

    def __init__(
        self,
        tenant: ServedTenant,
        upload: Upload,
        number: int,
        digest: str,
        *,
        receive: Callable[[], Awaitable[Message]],
        rechecks: Rechecks,
    ) -> None:
        self._tenant = tenant
        self._upload = upload
        self._number = number
        self._expected = upload.part_size(number)
        self._receive = receive
        self._rechecks = rechecks
        self._announced = _announced_digest(digest)
        self._sha256 = hashlib.sha256()
        self._received = 0

    async def receive(self) -> bool:
        """Take the part; False if the client left in the middle.

        Raises RefusedFile (nothing of the part remains then), uploading.UploadGone,
        objects.StoreUnavailable, and what the rechecks raise.
        """
        key = (self._upload.pk, self._number)
        if key in _under_way:
            raise RefusedFile(PARTS.code)
        with PARTS.taken(self._tenant, self._upload.uploader):
            _under_way.add(key)
            try:
                return await self._take()
            finally:
                _under_way.remove(key)

    async def _take(self) -> bool:
        new_object = objects.new_object
        identifier, writer = await in_tenant(
            self._tenant, new_object, objects.Purpose.PART, pool=Pool.FILES
        )
        is_kept = False
        try:
            if not await self._write(writer):
                return False
            if self._received != self._expected or self._sha256.digest() != self._announced:
                raise RefusedFile("part-damaged")
            await self._rechecks.now()
            await in_pool(Pool.FILES, writer.commit)
            is_kept = True
        except OSError as error:
            raise objects.StoreUnavailable(type(error).__name__) from error
        finally:
            if not is_kept:
                await asyncio.shield(in_pool(Pool.FILES, writer.abort))
        digest = self._sha256.hexdigest()
        await in_tenant(
            self._tenant, keep_part, self._upload, self._number, digest, identifier, pool=Pool.FILES
        )
        return True

    async def _write(self, writer: SealedWriter) -> bool:
        block = bytearray()
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                raise RefusedFile("too-slow") from None
            if message["type"] == "http.disconnect":
                return False
            piece = message.get("body", b"")
            self._received += len(piece)
            if self._received > self._expected:
                raise RefusedFile("part-too-large")
            block += piece
            is_last = not message.get("more_body", False)
            seconds = loop.time() - begun_at
            if not is_last and seconds > GRACE_SECONDS and self._received < seconds * LOWEST_PACE:
                raise RefusedFile("too-slow")
            await self._rechecks.if_due()
            if len(block) >= BLOCK_BYTES or (is_last and block):
                await in_pool(Pool.FILES, self._seal, writer, bytes(block))
                block.clear()
            if is_last:
                return True

    def _seal(self, writer: SealedWriter, block: bytes) -> None:
        self._sha256.update(block)
        writer.write(block)


def _announced_digest(header: str) -> bytes:
    matched = DIGEST.fullmatch(header)
    if matched is None:
        raise RefusedFile("malformed")
    return base64.b64decode(matched[1])
