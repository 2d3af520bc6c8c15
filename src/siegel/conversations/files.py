"""Files of conversations: announced, seen and deleted only through the conversation's gate."""

import datetime as dt
import uuid

from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.attached import excerpt_of_files
from siegel.conversations.events import append_event
from siegel.conversations.models import (
    Attachment,
    Conversation,
    Event,
    LegalHold,
    Message,
    Side,
)
from siegel.files import deletion
from siegel.files.kinds import RefusedFile
from siegel.files.models import MEGABYTE, FilePolicy, StoredFile, Upload
from siegel.files.uploading import Sender, UploadGone, begin_upload, discard_upload, upload_of
from siegel.tenancy.writing import write_transaction

LARGEST_BEFORE_ANSWER = 10 * MEGABYTE
# In place of the names of files that have all been deleted.
DELETED_EXCERPT = "…"
SCANNER = Participant(Side.ADVISER, program="scanner")


def largest_file(participant: Participant, conversation: Conversation | None) -> tuple[int, str]:
    """How many bytes a file may have, and the code of the reason if it is not the policy.

    Clients are anonymous to us whatever they call themselves; until somebody of the organisation
    has answered, they may not fill its store.
    """
    largest = FilePolicy.of_tenant().largest_bytes
    if participant.side == Side.ADVISER or largest <= LARGEST_BEFORE_ANSWER:
        return largest, ""
    answered = conversation is not None and (
        Message.objects.filter(conversation=conversation, side=Side.ADVISER).exists()
    )
    return (largest, "") if answered else (LARGEST_BEFORE_ANSWER, "before-answer")


def announce_file(
    participant: Participant, conversation: uuid.UUID, name: str, size: int
) -> Upload:
    """Announce a file for a conversation; raises NotFound, RefusedFile."""
    found = conversation_for(participant, conversation)
    if participant.person is None and found.contact.blocked_at is not None:
        raise RefusedFile("blocked")
    largest, reason = largest_file(participant, found)
    if reason and size > largest:
        raise RefusedFile(reason)
    sender = Sender(found.pk, participant.actor, participant.side == Side.CLIENT)
    return begin_upload(sender, name, size)


def upload_for(participant: Participant, identifier: uuid.UUID) -> Upload:
    """An own upload, as long as its conversation is still open to its sender; raises UploadGone."""
    upload = upload_of(participant.actor, identifier)
    try:
        conversation_for(participant, upload.scope)
    except NotFound:
        raise UploadGone from None
    return upload


def file_for(participant: Participant, identifier: uuid.UUID) -> StoredFile:
    """A file of a conversation one may see, or one's own that was not sent yet; raises NotFound."""
    file = StoredFile.objects.filter(pk=identifier).first()
    if file is None:
        raise NotFound
    conversation_for(participant, file.scope)
    is_sent = Attachment.objects.filter(file=file).exists()
    if not is_sent and file.uploader != participant.actor:
        raise NotFound
    return file


def delete_file(participant: Participant, identifier: uuid.UUID) -> None:
    """Delete a file for good: a client an own unsent one, an adviser one that was sent as well.

    Raises NotFound, files.objects.StoreUnavailable; RefusedFile for one of a conversation that a
    colleague looks after, or that is held.
    """
    with write_transaction():
        file = file_for(participant, identifier)
        attached = Attachment.objects.filter(file=file).first()
        if attached is not None:
            _check_may_delete(participant, attached)
        deletion.delete_file(file, participant.actor)
        if attached is not None:
            conversation = Conversation.objects.get(pk=attached.conversation_id)
            _forget_name(conversation, attached.seq)
            detail = {"file": str(identifier), "state": "deleted", "name": participant.name}
            append_event(conversation, "file", participant, detail)


def cancel_upload(participant: Participant, identifier: uuid.UUID) -> None:
    """Cancel an own upload; if it is complete by now, its file goes, unless it was sent.

    Raises UploadGone, also for a file that was sent, and files.objects.StoreUnavailable.
    """
    upload = upload_for(participant, identifier)
    if discard_upload(upload):
        return
    with write_transaction():
        file = StoredFile.objects.filter(upload=upload.pk, attachment=None).first()
        if file is None:
            raise UploadGone
        deletion.delete_file(file, participant.actor)


def tell_scan(file: StoredFile) -> None:
    """Tell those who have the file before them what its scan has found, if nobody has yet."""
    attached = Attachment.objects.filter(file=file).first()
    if attached is None:
        return
    with write_transaction():
        conversation = Conversation.objects.get(pk=attached.conversation_id)
        if _told_last(conversation, attached) == file.state:
            return
        detail = {"file": str(file.pk), "state": file.state}
        append_event(conversation, "file", SCANNER, detail)


def delete_unsent_files(days: int) -> int:
    """Delete files that were received so long ago and never sent; returns how many."""
    unsent = StoredFile.objects.filter(
        attachment=None, received_at__lt=timezone.now() - dt.timedelta(days=days)
    )
    deleted = 0
    for identifier in list(unsent.values_list("pk", flat=True)):
        with write_transaction():
            # Asked again under the lock, before its bytes go: it may just have been sent.
            file = unsent.filter(pk=identifier).first()
            if file is not None:
                deletion.delete_file(file, "sweeper")
                deleted += 1
    return deleted


def _check_may_delete(participant: Participant, attached: Attachment) -> None:
    if participant.person is None:
        raise NotFound
    conversation = conversation_for(participant, attached.conversation_id)
    if conversation.assigned_to not in (None, participant.person):
        raise RefusedFile("assigned-to-other")
    if LegalHold.objects.filter(conversation=conversation).exists():
        raise RefusedFile("on-hold")


def _forget_name(conversation: Conversation, seq: int) -> None:
    """Rewrite the excerpt if it consists of the names of the files of message `seq`."""
    newest = Message.objects.filter(conversation=conversation).order_by("-seq").first()
    if newest is not None and newest.seq == seq and not newest.body:
        # Never empty: without an excerpt a conversation is not in the inbox.
        conversation.excerpt = excerpt_of_files(conversation, seq) or DELETED_EXCERPT
        conversation.save(update_fields=["excerpt"])


def _told_last(conversation: Conversation, attached: Attachment) -> str:
    """The state of a file that the conversation's events have told last; empty for none."""
    told = Event.objects.filter(
        conversation=conversation,
        seq__gt=attached.seq,
        kind="file",
        detail__file=str(attached.reference),
    )
    newest = told.order_by("-seq").first()
    return "" if newest is None else str(newest.detail["state"])
