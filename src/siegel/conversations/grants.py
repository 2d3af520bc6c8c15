"""The right of a connection to act, which revocation ends within five seconds."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from siegel.conversations.access import Participant
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant

# With the two seconds that the registry may be old, below the five that are promised.
FRESH_SECONDS = 2.0
# More often than that it is not kept that somebody is there.
USE_SECONDS = 60.0


# What the frame `inbox` is answered from: participant, view, label, cursor -> an answer. The room
# that has such a list gives it, since this one knows none.
InboxOf = Callable[[Participant, str, uuid.UUID | None, str], dict[str, Any]]


class Revoked(Exception):
    """The session, the person, or the visit that the connection stood on has ended."""


class Grant:
    """Who acts on a connection, asked again before an answer gets older than two seconds.

    `participant_now` looks into the tenant's database: the participant as it is, or None.
    `inbox` is for those who have one. `note_use` keeps that a person acts, so that their session
    is not left idle; what a page does by itself is none of that.
    """

    def __init__(
        self,
        tenant: ServedTenant,
        participant_now: Callable[[], Participant | None],
        inbox: InboxOf | None = None,
        note_use: Callable[[], None] | None = None,
    ) -> None:
        self.tenant = tenant
        self.inbox = inbox
        # Whether somebody has typed or sent something since it was kept last.
        self.is_used = False
        self._note_use = note_use
        self._noted_at = float("-inf")
        self._participant_now = participant_now
        self._asked_at = float("-inf")
        self._participant: Participant | None = None

    async def participant(self) -> Participant:
        """The participant, at most two seconds old; raises Revoked."""
        if time.monotonic() - self._asked_at > FRESH_SECONDS:
            self._asked_at = time.monotonic()
            self._participant = await in_tenant(self.tenant, self._ask)
        if self._participant is None:
            raise Revoked
        return self._participant

    async def keep_use(self) -> None:
        """Keep that somebody acts, if they do, at most once a minute."""
        is_due = time.monotonic() - self._noted_at > USE_SECONDS
        if self._note_use is None or not self.is_used or not is_due:
            return
        self.is_used, self._noted_at = False, time.monotonic()
        await in_tenant(self.tenant, self._note_use)

    def _ask(self) -> Participant | None:
        found = registry.by_host(self.tenant.host)
        if found is None or found[0].is_suspended:
            return None
        return self._participant_now()
