"""Conversations, and the numbered events that they consist of."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from siegel.conversations.client_models import ClientAccount, IdentityProof
from siegel.files.models import StoredFile
from siegel.identity.models import Team
from siegel.tenancy.models import TenantModel

# Those of a subject of its own stand in its module; Django looks for all of them here.
__all__ = [
    "Attachment",
    "CannedReply",
    "ClientAccount",
    "Contact",
    "Conversation",
    "Draft",
    "Event",
    "IdentityProof",
    "Label",
    "Labelling",
    "LegalHold",
    "Mention",
    "Message",
    "Note",
    "PendingMessage",
    "ReadMark",
    "Side",
    "State",
]


class Side(models.TextChoices):
    """Who acts: the client or the organisation."""

    CLIENT = "client"
    ADVISER = "adviser"


class State(models.TextChoices):
    """Whether somebody still waits for something."""

    OPEN = "open"
    RESOLVED = "resolved"
    # Being deleted by rule, in steps: nobody sees it any more.
    DELETING = "deleting"


class Contact(TenantModel):
    """A client as the organisation knows them; anonymous at first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5, default="de")
    created_at = models.DateTimeField(auto_now_add=True)
    # Known to be the same person as another contact. For what an adviser is shown only: the right
    # of a browser stays with its own contact, and taking it back is clearing this field.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged"
    )
    # The one that it was merged with when somebody said so. `merged_into` is the first of all of
    # that person, without chains; this is what is needed to take one merge back exactly.
    merged_with = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged_here"
    )
    # The one with an account to which the client has joined this one, in a browser that held both.
    # Unlike a merge it opens something.
    joined_to = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="joined", db_index=False
    )
    # From then on nothing that they send is taken.
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            # Looking a contact up by its address, or by how its name begins.
            models.Index(Lower("email"), name="contacts_by_email"),
            models.Index(Lower("name"), name="contacts_by_name"),
            # The gate of clients. Of the few that are: an index with all the others in it looks so
            # unselective to SQLite that it reads the table instead.
            models.Index(
                fields=["joined_to"],
                name="contacts_joined",
                condition=Q(joined_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Conversation(TenantModel):
    """One conversation with one contact. `last_seq` is its newest event's number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="conversations")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="assigned",
        db_index=False,
    )
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, db_index=False)
    last_seq = models.BigIntegerField(default=0)
    excerpt = models.CharField(max_length=140, blank=True)
    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    # Put aside until then, or until the client writes.
    snoozed_until = models.DateTimeField(null=True)
    # Keyed hash of the network it was started from: to limit starts, not to know people.
    started_from = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            # The inbox: open ones of a person or of nobody, and resolved ones, newest first.
            models.Index(fields=["state", "assigned_to", "-last_message_at"], name="inbox"),
            # The same for all of a team or of everybody, and what wakes or is due to be deleted.
            models.Index(fields=["state", "-last_message_at"], name="inbox_of_all"),
            models.Index(
                fields=["team", "state", "-last_message_at"],
                name="inbox_of_team",
                condition=Q(team__isnull=False),
            ),
            models.Index(
                fields=["snoozed_until"],
                name="snoozed",
                condition=Q(snoozed_until__isnull=False),
            ),
            models.Index(
                fields=["resolved_at"], name="resolved", condition=Q(resolved_at__isnull=False)
            ),
            # The limits on starts: per network and hour, per tenant and minute.
            models.Index(fields=["started_from", "started_at"], name="starts_of_network"),
            models.Index(fields=["started_at"], name="starts"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Event(TenantModel):
    """Something that happened in a conversation, numbered from 1 without gaps."""

    # The unique constraint below serves as its index, here and in Message.
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_event_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq} {self.kind}"


class Message(TenantModel):
    """What somebody wrote; `seq` is the number of its event."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    seq = models.BigIntegerField()
    side = models.CharField(max_length=10, choices=Side.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, db_index=False
    )
    # Made by the sender once per message: a retry with the same key is the same message.
    key = models.UUIDField()
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_message_per_number"),
            # Decides the race of a message that is sent again over a second connection. The
            # key comes first: conversations.batches looks up a batch of keys at once.
            models.UniqueConstraint(
                fields=["key", "conversation", "side"], name="one_message_per_key"
            ),
            models.CheckConstraint(
                condition=Q(side=Side.CLIENT) | Q(author__isnull=False), name="advisers_have_names"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq}"


class Attachment(TenantModel):
    """A file that a message holds. When the file is deleted, its reference stays and says so."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, db_index=False)
    seq = models.BigIntegerField()
    position = models.IntegerField()
    reference = models.UUIDField(unique=True)
    file = models.OneToOneField(StoredFile, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "position"], name="one_attachment_per_place"
            )
        ]

    def __str__(self) -> str:
        return str(self.reference)


class ReadMark(TenantModel):
    """Up to which event a side has read a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    side = models.CharField(max_length=10, choices=Side.choices)
    seq = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "side"], name="one_mark_per_side")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.side} {self.seq}"


class Note(TenantModel):
    """What advisers tell each other; `seq` is the number of its event. No client ever gets it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, db_index=False)
    seq = models.BigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    key = models.UUIDField(unique=True)
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_note_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq}"


class Mention(TenantModel):
    """That a note names somebody."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-at"], name="mentions_of_person"),
            # Without it deleting a conversation would read all mentions.
            models.Index(fields=["conversation"], name="mentions_of_conversation"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "person"], name="one_mention_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.note_id} {self.person_id}"


class LegalHold(TenantModel):
    """Why nothing of a conversation may be deleted by rule, since when, and who says so."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="hold"
    )
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.conversation_id)


class Label(TenantModel):
    """What a conversation is about, in the organisation's own words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="one_label_per_name")]

    def __str__(self) -> str:
        return self.name


class Labelling(TenantModel):
    """That a conversation has a label."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="labellings", db_index=False
    )
    label = models.ForeignKey(Label, on_delete=models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "label"], name="one_labelling")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.label_id}"


class CannedReply(TenantModel):
    """A text that advisers send again and again, with variables such as `{client.name}`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shortcut = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=80)
    body = models.TextField()

    def __str__(self) -> str:
        return self.shortcut


class Draft(TenantModel):
    """What an adviser has begun to write."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    is_note = models.BooleanField(default=False)
    body = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "conversation", "is_note"], name="one_draft_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.conversation_id}"


class PendingMessage(TenantModel):
    """An answer that can still be called back: durable, and posted under its key at its time."""

    key = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    body = models.TextField()
    files = models.JSONField(default=list)
    release_at = models.DateTimeField()
    # Empty: can be called back. "going": on its way out. Else "called-back", or the code with which
    # it was refused, and the row keeps the text for its author.
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["release_at"], name="pending_by_release")]

    def __str__(self) -> str:
        return str(self.key)
