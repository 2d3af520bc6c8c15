"""Saying things in conversations, and finding them."""

import uuid
from collections.abc import Sequence

from django.utils import timezone

from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Note
from siegel.conversations.posting import post_message
from siegel.conversations.search_index import index_next
from siegel.conversations.searching import Filters, Found, search
from siegel.identity.models import Person
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


def said(
    bank: Organisation,
    *bodies: str,
    conversation: Conversation | None = None,
    by: Person | None = None,
) -> Conversation:
    """A conversation in which a client, or somebody at the desk, has said this."""
    conversation = conversation or bank.conversation()
    participant = bank.as_adviser(by) if by else bank.as_client(conversation)
    waiting = [
        post_message(bank.tenant, participant, conversation.pk, uuid.uuid4(), body)
        for body in bodies
    ]
    for acknowledgement in waiting:
        acknowledgement.result(5)
    return conversation


def noted(bank: Organisation, conversation: Conversation, by: Person, body: str) -> None:
    """An adviser's note."""
    with serving(bank.tenant), write_transaction():
        conversation.refresh_from_db()
        event = append_event(conversation, "note", bank.as_adviser(by), {})
        Note.objects.create(
            conversation=conversation,
            seq=event.seq,
            author=by,
            key=uuid.uuid4(),
            body=body,
            at=timezone.now(),
        )


def index_all(bank: Organisation) -> None:
    """What the indexer does, at once."""
    with serving(bank.tenant):
        while index_next():
            pass


def found(
    bank: Organisation,
    query: str,
    *,
    by: Person | None = None,
    filters: Filters | None = None,
    before: int | None = None,
) -> Found:
    """What somebody finds, Ada if nobody is named."""
    with serving(bank.tenant):
        return search(bank.as_adviser(by or bank.ada), query, filters or Filters(), before)


def texts(page: Found) -> list[str]:
    """The excerpts of a page."""
    return ["".join(piece.text for piece in hit.pieces) for hit in page.hits]


def marked(page: Found) -> list[list[str]]:
    """What is marked in each hit of a page."""
    return [[piece.text for piece in hit.pieces if piece.is_marked] for hit in page.hits]


def numbers(rows: Sequence[tuple[int]]) -> list[int]:
    """One column of a result."""
    return [number for (number,) in rows]
