"""The files of messages: which may be attached, and how they are shown."""

import uuid
from collections.abc import Collection
from typing import Any

from siegel.conversations.models import Attachment, Conversation
from siegel.files.kinds import PREVIEWED, Kind
from siegel.files.models import Scan, StoredFile
from siegel.files.names import shown_name


def files_to_attach(
    identifiers: Collection[uuid.UUID], conversation: uuid.UUID, actor: str
) -> dict[uuid.UUID, str]:
    """Names, safe to be shown, of those files that the sender handed over here and has not sent."""
    found = StoredFile.objects.filter(
        pk__in=identifiers, scope=conversation, uploader=actor, attachment=None
    ).exclude(scan=Scan.INFECTED)
    return {pk: shown_name(name) for pk, name in found.values_list("pk", "name")}


def files_shown(
    conversation: Conversation, numbers: Collection[int]
) -> dict[int, list[dict[str, Any]]]:
    """The files of messages by their numbers, each as it is now."""
    rows = Attachment.objects.filter(conversation=conversation, seq__in=numbers)
    shown: dict[int, list[dict[str, Any]]] = {}
    for row in rows.select_related("file").order_by("seq", "position"):
        facts = file_shown(row.file) if row.file else deleted_file_shown(row.reference)
        shown.setdefault(row.seq, []).append(facts)
    return shown


def excerpt_of_files(conversation: Conversation, seq: int) -> str:
    """The names of the files that a message still holds, as an excerpt shows them."""
    held = Attachment.objects.filter(conversation=conversation, seq=seq).exclude(file=None)
    names = held.order_by("position").values_list("file__name", flat=True)
    return " ".join(", ".join(shown_name(name) for name in names).split())[:140]


def file_shown(file: StoredFile) -> dict[str, Any]:
    """A file as clients get it."""
    can_be_seen = Kind(file.kind) in PREVIEWED and file.page_count != 0
    return {
        "id": str(file.pk),
        "name": shown_name(file.name),
        "size": file.size,
        "kind": file.kind,
        "state": file.state,
        "scan": file.scan,
        "preview": can_be_seen and file.may_be_opened,
    }


def deleted_file_shown(reference: uuid.UUID) -> dict[str, Any]:
    """What remains of a deleted file: that there was one."""
    return {
        "id": str(reference),
        "name": "",
        "size": 0,
        "kind": "",
        "state": "deleted",
        "scan": "none",
        "preview": False,
    }
