"""The adviser's list of conversations."""

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from siegel.conversations.access import Participant, conversations_for
from siegel.conversations.models import Contact, Conversation, Message, ReadMark, Side, State
from siegel.identity.models import Person

LONGEST_LIST = 100


class Tab(StrEnum):
    """The parts of the inbox."""

    MINE = "mine"
    FREE = "free"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    id: uuid.UUID
    contact: Contact
    state: str
    assigned_to: Person | None
    excerpt: str
    started_at: dt.datetime
    last_message_at: dt.datetime
    last_seq: int
    unread: int

    @property
    def contact_name(self) -> str:
        return self.contact.name

    @property
    def initials(self) -> str:
        words = self.contact.name.split()
        return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def tab_named(name: str) -> Tab:
    """The tab of a query string; the adviser's own one if it names none."""
    return Tab(name) if name in set(Tab) else Tab.MINE


def counts_for(participant: Participant) -> dict[str, int]:
    """How many conversations each tab holds."""
    return {str(tab): _of_tab(participant, tab).count() for tab in Tab}


def rows_for(participant: Participant, tab: Tab) -> list[Row]:
    """The newest 100 of a tab."""
    newest = _with_unread(_of_tab(participant, tab)).order_by("-last_message_at")
    return [_row(conversation) for conversation in newest[:LONGEST_LIST]]


def row_for(participant: Participant, conversation: Conversation) -> Row:
    """The line of one conversation that has passed the gate."""
    return _row(_with_unread(conversations_for(participant)).get(pk=conversation.pk))


def _of_tab(participant: Participant, tab: Tab) -> "QuerySet[Conversation]":
    # A conversation exists from the moment a visitor begins to send; without a message it is
    # nothing that anybody could answer.
    found = conversations_for(participant).exclude(excerpt="")
    match tab:
        case Tab.MINE:
            return found.filter(state=State.OPEN, assigned_to=participant.person)
        case Tab.FREE:
            return found.filter(state=State.OPEN, assigned_to=None)
        case _:
            return found.filter(state=State.RESOLVED)


def _with_unread(found: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
    mark = ReadMark.objects.filter(conversation=OuterRef("pk"), side=Side.ADVISER)
    return found.select_related("contact", "assigned_to").annotate(
        read_up_to=Coalesce(Subquery(mark.values("seq")[:1]), 0)
    )


def _row(conversation: Conversation) -> Row:
    read_up_to: int = conversation.read_up_to  # type: ignore[attr-defined] # by _with_unread
    unread = 0
    if conversation.last_seq > read_up_to:
        unread = Message.objects.filter(
            Q(conversation=conversation), seq__gt=read_up_to, side=Side.CLIENT
        ).count()
    return Row(
        id=conversation.pk,
        contact=conversation.contact,
        state=conversation.state,
        assigned_to=conversation.assigned_to,
        excerpt=conversation.excerpt,
        started_at=conversation.started_at,
        last_message_at=conversation.last_message_at,
        last_seq=conversation.last_seq,
        unread=unread,
    )
