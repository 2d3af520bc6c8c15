"""Posting a message, for every room that has one: chat, desk, later every channel."""

import uuid
from collections.abc import Sequence

from siegel.conversations.access import Participant
from siegel.conversations.batches import Posting
from siegel.conversations.bodies import check_body
from siegel.conversations.writer import Acknowledgement, writers
from siegel.tenancy.context import ServedTenant


def post_message(
    tenant: ServedTenant,
    participant: Participant,
    conversation: uuid.UUID,
    key: uuid.UUID,
    body: str,
    *,
    files: Sequence[uuid.UUID] = (),
) -> Acknowledgement:
    """Queue a message whose sender has passed `access.conversation_for`.

    `files` are the sender's own, received and not sent yet; a message may consist of them alone.
    The future is resolved after COMMIT with where the message lies, or fails with
    batches.Refused or a database error. Raises bodies.RefusedBody, tenant_threads.Closed.
    """
    if body or not files:
        check_body(body)
    return writers.post(
        tenant,
        Posting(
            conversation=conversation,
            key=key,
            side=participant.side,
            body=body,
            actor=participant.actor,
            author=participant.person,
            files=tuple(files),
        ),
    )
