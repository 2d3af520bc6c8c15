"""Who else has a conversation before them: told among advisers while it lasts, never stored."""

import uuid

from siegel.conversations.models import Side
from siegel.identity.people import name_of
from siegel.tenancy import bus
from siegel.tenancy.context import ServedTenant
from siegel.tenancy.threads import in_tenant


class Beside:
    """What one connection tells of its person, and what it knows of theirs."""

    def __init__(self, tenant: ServedTenant) -> None:
        self.person = ""
        self.side = Side.CLIENT
        self._tenant = tenant
        self._reading: uuid.UUID | None = None
        self._names: dict[str, str] = {}

    def typing(self, conversation: uuid.UUID) -> None:
        """Tell the other side, and colleagues, that somebody writes; the gate has been passed."""
        self._tell("typing", conversation)

    def reading(self, conversation: uuid.UUID) -> None:
        """Tell colleagues that it is open here."""
        if conversation != self._reading:
            self.left()  # A desk shows one at a time.
        self._reading = conversation
        self._tell("reading", conversation)

    def left(self) -> None:
        """Tell colleagues that what was open is not any more."""
        if self._reading is not None:
            self._tell("left", self._reading)
            self._reading = None

    async def name_of(self, person: str) -> str:
        """What a colleague is called; asked once per connection."""
        if person not in self._names:
            self._names[person] = await in_tenant(self._tenant, name_of, person)
        return self._names[person]

    def _tell(self, kind: str, conversation: uuid.UUID) -> None:
        hint = bus.Hint(kind, str(conversation), side=self.side, person=self.person)
        bus.publish(self._tenant, hint)
