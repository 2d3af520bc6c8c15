"""The right of a connection to act, which revocation ends within five seconds."""

import time
from collections.abc import Callable

from siegel.conversations.access import Participant
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant

# Twice this is below the five seconds that are promised.
FRESH_SECONDS = 2.0


class Revoked(Exception):
    """The session, the person, or the visit that the connection stood on has ended."""


class Grant:
    """Who acts on a connection, asked again before an answer gets older than two seconds.

    `participant_now` looks into the tenant's database: the participant as it is, or None.
    """

    def __init__(
        self, tenant: ServedTenant, participant_now: Callable[[], Participant | None]
    ) -> None:
        self.tenant = tenant
        self._participant_now = participant_now
        self._asked_at = float("-inf")
        self._participant: Participant | None = None

    async def participant(self) -> Participant:
        """The participant, at most two seconds old; raises Revoked."""
        if time.monotonic() - self._asked_at > FRESH_SECONDS:
            self._asked_at = time.monotonic()
            self._participant = await in_tenant(self.tenant, self._participant_now)
        if self._participant is None:
            raise Revoked
        return self._participant
