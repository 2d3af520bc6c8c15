"""Files of conversations: announced, seen and deleted only through the conversation's gate."""

import datetime as dt
import uuid

from django.utils import timezone

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.models import Attachment, Conversation, Message, Side
from siegel.files import deletion
from siegel.files.kinds import RefusedFile
from siegel.files.models import MEGABYTE, FilePolicy, StoredFile, Upload
from siegel.files.uploading import Sender, UploadGone, begin_upload, upload_of
from siegel.tenancy.writing import write_transaction

LARGEST_BEFORE_ANSWER = 10 * MEGABYTE
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
    """Delete a file for good: an adviser any that they may see, a client an own unsent one.

    Raises NotFound, files.objects.StoreUnavailable.
    """
    file = file_for(participant, identifier)
    with write_transaction():
        attached = Attachment.objects.filter(file=file).first()
        if attached is not None and participant.side == Side.CLIENT:
            raise NotFound
        deletion.delete_file(file, participant.actor)
        if attached is not None:
            conversation = Conversation.objects.get(pk=attached.conversation_id)
            detail = {"file": str(identifier), "state": "deleted", "name": participant.name}
            append_event(conversation, "file", participant, detail)


def tell_scan(file: StoredFile) -> None:
    """Tell those who have the file before them that it may be opened now, or no longer."""
    attached = Attachment.objects.filter(file=file).first()
    if attached is None:
        return
    with write_transaction():
        conversation = Conversation.objects.get(pk=attached.conversation_id)
        detail = {"file": str(file.pk), "state": file.state}
        append_event(conversation, "file", SCANNER, detail)


def unsent_files_older_than(days: int) -> list[StoredFile]:
    """Files that were received and then never sent."""
    before = timezone.now() - dt.timedelta(days=days)
    return list(StoredFile.objects.filter(attachment=None, received_at__lt=before))
