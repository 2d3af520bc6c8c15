"""A socket of a client or an adviser: hints go out, frames come in, every one through the gate."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

from django.db import DatabaseError

from siegel.conversations import frames, posting
from siegel.conversations.access import NotFound, Participant, conversation_for, conversations_for
from siegel.conversations.batches import Refused
from siegel.conversations.beside import Beside
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.events import events_after, events_before, marks_of
from siegel.conversations.grants import FRESH_SECONDS, Grant, InboxOf, Revoked
from siegel.conversations.hints import Hints
from siegel.conversations.landing import Landing
from siegel.conversations.models import Conversation, Side
from siegel.conversations.pace import Pace
from siegel.conversations.reading import mark_read
from siegel.conversations.refusal_texts import refusal_text
from siegel.conversations.tenant_threads import Closed
from siegel.conversations.writer import Acknowledgement
from siegel.identity import presence
from siegel.identity.models import Person
from siegel.tenancy import bus
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
GrantFor = Callable[[ServedTenant, dict[str, str], str], Awaitable[Grant | None]]

HELLO_SECONDS = 5.0
TICKET_REFUSED = 4401
HELLO_TOO_LATE = 4408
TOO_MANY_FRAMES = 4429
SERVER_RESTARTS = 1012
TENANT_UNAVAILABLE = 1013  # "Try again later": the client keeps what it has and comes back.
FORGIVEN_FRAMES = 100
MESSAGES_IN_FLIGHT = 32


@lru_cache(maxsize=1)
def _landing_of(loop: asyncio.AbstractEventLoop) -> Landing:
    return Landing(loop)


class Ended(Exception):
    """The connection is over; `code` is the close code to send, 0 if the other side has left."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """One socket from its hello to its end."""

    def __init__(
        self,
        tenant: ServedTenant,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.tenant = tenant
        self.language = "de"
        self._receive = receive
        self._send = send
        self._pace = Pace()
        self._forgiven = 0
        self._landing = _landing_of(asyncio.get_running_loop())
        self._in_flight = asyncio.Semaphore(MESSAGES_IN_FLIGHT)
        self._acknowledging: set[asyncio.Task[None]] = set()
        # The gate that was passed last, and until when that may be relied on (event loop time).
        self._passed: dict[uuid.UUID, float] = {}
        # Whether nothing more is taken from the client who passed it.
        self._is_blocked = False
        self._beside = Beside(tenant)
        self.grant: Grant
        self.side: Side
        self.hints: Hints

    async def run(self, cookies: dict[str, str], grant_for: GrantFor) -> None:
        """Serve the connection until either side ends it."""
        await self._send({"type": "websocket.accept"})
        unsubscribe: Callable[[], None] = lambda: None  # noqa: E731 - replaced after hello
        try:
            participant = await self._welcome(cookies, grant_for)
            self._beside.side = self.side
            self._beside.person = str(participant.person.pk) if participant.person else ""
            self.hints = Hints(self.side, self.say, self._beside)
            unsubscribe = bus.subscribe(self.tenant, self.hints.note)
            if self.side == Side.CLIENT:
                self.hints.watch(await self._own_conversations(participant))
            await self._ready(participant)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self.hints.pump())
                group.create_task(self._stay_granted())
        except* Ended as ended:
            await self._close(next(e.code for e in ended.exceptions if isinstance(e, Ended)))
        except* Revoked:
            await self._close(TICKET_REFUSED)
        except* Unavailable:
            await self._close(TENANT_UNAVAILABLE)
        finally:
            unsubscribe()
            self._beside.left()

    async def _welcome(self, cookies: dict[str, str], grant_for: GrantFor) -> Participant:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                hello = frames.decode(await self._text())
        except TimeoutError:
            raise Ended(HELLO_TOO_LATE) from None
        except frames.Malformed:
            raise Ended(TICKET_REFUSED) from None
        if not isinstance(hello, frames.Hello):
            raise Ended(TICKET_REFUSED)
        self.language = hello.language
        grant = await grant_for(self.tenant, cookies, hello.ticket)
        if grant is None:
            raise Ended(TICKET_REFUSED)
        self.grant = grant
        participant = await grant.participant()
        self.side = participant.side
        return participant

    async def _own_conversations(self, participant: Participant) -> list[str]:
        def ids() -> list[str]:
            rows = conversations_for(participant)
            return [str(pk) for pk in rows.values_list("pk", flat=True)]

        return await in_tenant(self.tenant, ids)

    async def _ready(self, participant: Participant) -> None:
        if participant.person is not None:
            await self._beat(participant.person)
            bus.publish(self.tenant, bus.Hint("presence", "", seq=1))
        present = await in_tenant(self.tenant, presence.somebody_is_present)
        self.hints.present = present
        await self.say({"type": "ready", "side": self.side, "present": present})

    async def _listen(self) -> None:
        while True:
            text = await self._text()
            try:
                frame = frames.decode(text)
            except frames.Malformed:
                self._forgive()
                await self.refuse(None, "malformed")
                continue
            if not self._pace.allows():
                self._forgive()
                key = frame.key if isinstance(frame, frames.Send) else None
                await self.refuse(key, "rate-limited", retry_after=1)
                continue
            await self._handle(frame)

    def _forgive(self) -> None:
        self._forgiven += 1
        if self._forgiven > FORGIVEN_FRAMES:
            raise Ended(TOO_MANY_FRAMES)

    async def _handle(self, frame: frames.Frame) -> None:
        key = frame.key if isinstance(frame, frames.Send) else None
        try:
            await self._answer(frame)
        except NotFound:
            await self.refuse(key, "not-found")
        except RefusedBody as refusal:
            await self.refuse(key, refusal.code)
        except (DatabaseError, OSError) as error:
            # OSError comes from the lock beside the database.
            log.warning("a frame of %s failed: %s", self.tenant.id, type(error).__name__)
            await self.refuse(key, "storage-full", retry_after=5)

    async def _answer(self, frame: frames.Frame) -> None:
        if isinstance(frame, frames.Send | frames.Typing):
            # Only a person causes these; the page asks for everything else by itself.
            self.grant.is_used = True
        match frame:
            case frames.Send():
                await self._post(frame)
            case frames.Fetch():
                await self.say(await self._events(frame))
            case frames.Typing():
                await self._gate(frame.conversation)
                if not self._is_blocked:
                    self._beside.typing(frame.conversation)
            case frames.Read():
                await self._read(frame)
            case frames.Reading() if self.side == Side.ADVISER:
                await self._note_reading(frame.conversation)
            case frames.Inbox() if self.grant.inbox is not None:
                await self.say(await self._inbox(self.grant.inbox, frame))
            case frames.Ping():
                await self.say({"type": "pong"})
            case _:  # A second hello, or what is for advisers.
                await self.refuse(None, "malformed")

    async def _events(self, frame: frames.Fetch) -> dict[str, Any]:
        participant = await self.grant.participant()

        def fetch() -> dict[str, Any]:
            conversation = conversation_for(participant, frame.conversation)
            if frame.after is not None:
                page = events_after(conversation, frame.after, participant.side)
            else:
                page = events_before(conversation, frame.before, participant.side)
            return {
                "type": "events",
                "conversation": str(conversation.pk),
                "events": page.events,
                "first": page.first,
                "last": page.last,
                "more": page.more,
                "direction": "before" if frame.after is None else "after",
                "marks": marks_of(conversation),
                "ended": conversation.contact.blocked_at is not None,
            }

        answer = await in_tenant(self.tenant, fetch)
        self.hints.watch([answer["conversation"]])
        return answer

    async def _read(self, frame: frames.Read) -> None:
        participant = await self.grant.participant()

        def read() -> None:
            conversation = conversation_for(participant, frame.conversation)
            if not self._is_of_blocked(conversation):
                mark_read(participant, conversation, frame.seq)

        await in_tenant(self.tenant, read)

    async def _inbox(self, inbox_of: InboxOf, frame: frames.Inbox) -> dict[str, Any]:
        participant = await self.grant.participant()
        return await in_tenant(
            self.tenant, inbox_of, participant, frame.view, frame.label, frame.before
        )

    async def _note_reading(self, conversation: uuid.UUID) -> None:
        await self._gate(conversation)
        self._beside.reading(conversation)

    async def _gate(self, conversation: uuid.UUID) -> Participant:
        participant = await self.grant.participant()
        now = asyncio.get_running_loop().time()
        if self._passed.get(conversation, 0.0) <= now:
            self._passed.clear()
            found = await in_tenant(self.tenant, conversation_for, participant, conversation)
            self._passed[conversation] = now + FRESH_SECONDS
            self._is_blocked = self._is_of_blocked(found)
        return participant

    def _is_of_blocked(self, conversation: Conversation) -> bool:
        """Of a client whom the organisation has blocked nothing is told, not even their typing."""
        return self.side == Side.CLIENT and conversation.contact.blocked_at is not None

    async def _post(self, frame: frames.Send) -> None:
        participant = await self._gate(frame.conversation)
        await self._in_flight.acquire()
        try:
            acknowledgement = posting.post_message(
                self.tenant,
                participant,
                frame.conversation,
                frame.key,
                frame.body,
                files=frame.files,
            )
        except Closed:
            raise Ended(SERVER_RESTARTS) from None
        except RefusedBody:
            self._in_flight.release()
            raise
        self._landing.expect(acknowledgement, lambda landed: self._acknowledge(frame.key, landed))

    def _acknowledge(self, key: uuid.UUID, acknowledgement: Acknowledgement) -> None:
        # Before anything is awaited, so that the hint that follows at once is known to be old.
        if acknowledgement.exception() is None:
            posted = acknowledgement.result()
            self.hints.told(str(posted.conversation), posted.seq)
        task = asyncio.create_task(self._say_what_became_of(key, acknowledgement))
        self._acknowledging.add(task)
        task.add_done_callback(self._acknowledging.discard)

    async def _say_what_became_of(self, key: uuid.UUID, acknowledgement: Acknowledgement) -> None:
        try:
            posted = acknowledgement.result()
        except Refused as refusal:
            await self.refuse(key, refusal.code)
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing was stored
            # Nothing was stored: the batch was rolled back. The sender keeps it and tries again.
            log.warning("a message of %s was not stored: %s", self.tenant.id, type(error).__name__)
            await self.refuse(key, "storage-full", retry_after=5)
        else:
            await self.say(
                {
                    "type": "sent",
                    "conversation": str(posted.conversation),
                    "key": str(key),
                    "seq": posted.seq,
                    "at": posted.at.isoformat(),
                }
            )
        finally:
            self._in_flight.release()

    async def _stay_granted(self) -> None:
        beats = 0.0
        while True:
            await asyncio.sleep(FRESH_SECONDS)
            participant = await self.grant.participant()
            await self.grant.keep_use()
            beats += FRESH_SECONDS
            if beats >= presence.BEAT_SECONDS:
                beats = 0.0
                if participant.person is not None:
                    await self._beat(participant.person)
                else:
                    now_present = await in_tenant(self.tenant, presence.somebody_is_present)
                    await self.hints.say_presence(now_present)
            await self._stop_watching_what_is_lost(participant)

    async def _stop_watching_what_is_lost(self, participant: Participant) -> None:
        watched = self.hints.watched()

        def kept() -> set[str]:
            rows = conversations_for(participant).filter(pk__in=watched)
            return {str(pk) for pk in rows.values_list("pk", flat=True)}

        if watched:
            self.hints.unwatch(set(watched) - await in_tenant(self.tenant, kept))

    async def _beat(self, person: Person) -> None:
        try:
            await in_tenant(self.tenant, presence.beat, person)
        except (DatabaseError, OSError) as error:
            # A full disk must not end the desks that still read.
            log.warning("no presence in %s: %s", self.tenant.id, type(error).__name__)

    async def _text(self) -> str:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Ended
        return message.get("text") or ""

    async def say(self, frame: dict[str, Any]) -> None:
        """Send a frame; what cannot be sent any more is dropped, the listener sees the end."""
        with contextlib.suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.send", "text": frames.encode(frame)})

    async def refuse(self, key: uuid.UUID | None, code: str, **more: int) -> None:
        """Say that a frame was refused and why."""
        await self.say(
            {
                "type": "refused",
                "key": str(key) if key else None,
                "code": code,
                "message": refusal_text(code, self.language),
                **more,
            }
        )

    async def _close(self, code: int) -> None:
        if code:
            with contextlib.suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": code})
