"""What of a tenant's rows is written for people, and what is left out and why."""

from collections.abc import Callable, Iterator, Set
from typing import Any

from django.db.models import Model, QuerySet

from siegel.conversations.models import (
    Attachment,
    CannedReply,
    ClientAccount,
    Contact,
    Conversation,
    Draft,
    Event,
    IdentityProof,
    Label,
    Labelling,
    LegalHold,
    Mention,
    Message,
    Note,
    PendingMessage,
    ReadMark,
)
from siegel.files.models import FilePolicy
from siegel.identity.models import (
    ClientKey,
    Invitation,
    Membership,
    Organisation,
    PasswordPolicyVersion,
    Person,
    SettingChange,
    Team,
)
from siegel.tenancy.models import Tenant

# Credentials and their digests: nobody signs in with a readable export.
SECRETS = {
    "password",
    "last_login",
    "digest",
    "sessions_ended_at",
    # A keyed hash of the network that a conversation was started from.
    "started_from",
    # Made by the sender's program for its own retries.
    "key",
}
# Models of which nothing is written, and why.
LEFT_OUT = {
    "account.EmailAddress": "credentials",
    "account.EmailConfirmation": "credentials",
    "audit.Verification": "says what the trail says",
    "auth.Group": "empty: roles are in code",
    "auth.Permission": "empty: roles are in code",
    "contenttypes.ContentType": "tables of the program",
    "files.Preview": "made from the files again",
    "files.Upload": "files that have not arrived",
    "files.UploadPart": "files that have not arrived",
    "identity.Alarm": "stands in the trail",
    "identity.Code": "credentials",
    "identity.CodeTries": "who mistyped a moment ago",
    "identity.EarlierPassword": "credentials",
    "identity.PasswordPolicyProposal": "what waits; the trail has it",
    "identity.Presence": "who was there a moment ago",
    "identity.QueuedNotice": "mail on its way",
    "identity.RecoveryCode": "credentials",
    "identity.RefusedClientToken": "counts of what somebody tried",
    "identity.Session": "credentials",
    "identity.Token": "credentials",
    "identity.UsedClientToken": "of tokens that are over",
    "mfa.Authenticator": "credentials",
    "tenant_proof.Canary": "of controls",
    "tenant_proof.Proof": "of the program",
    "widget.ClientPasskey": "credentials",
    "widget.Visit": "credentials",
}


def plain(row: Model, without: Set[str] = frozenset()) -> dict[str, Any]:
    """A row as a dictionary of its columns, without secrets."""
    left_out = SECRETS | without
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in left_out
    }


def _all(found: QuerySet[Any], without: Set[str] = frozenset()) -> list[dict[str, Any]]:
    return [plain(row, without) for row in found]


def organisation(tenant: Tenant) -> dict[str, Any]:
    """The organisation and the addresses under which it was served."""
    addresses = {"slug": tenant.slug, "host": tenant.host, "chat_host": f"chat.{tenant.host}"}
    return addresses | plain(Organisation.of_tenant())


def settings(tenant: Tenant) -> dict[str, Any]:
    """What files, passwords and keys are accepted, and who changed which setting last."""
    return {
        "files": plain(FilePolicy.of_tenant()),
        "passwords": _all(PasswordPolicyVersion.objects.all()),
        "client_keys": _all(ClientKey.objects.order_by("added_at")),
        "changes": _all(SettingChange.objects.all()),
    }


def people() -> Iterator[dict[str, Any]]:
    """Everybody who signs in, without their passwords."""
    for person in Person.objects.order_by("created_at", "pk"):
        yield plain(person)


def teams() -> Iterator[dict[str, Any]]:
    """Teams with the ids of their members."""
    for team in Team.objects.order_by("name"):
        members = Membership.objects.filter(team=team).values_list("person", flat=True)
        yield plain(team) | {"members": list(members)}


def conversations() -> Iterator[dict[str, Any]]:
    """Conversations, each with everything that was said and done in it."""
    for conversation in Conversation.objects.order_by("started_at", "pk").iterator():
        mine = {"conversation": conversation}
        without = {"conversation", "id"}
        hold = LegalHold.objects.filter(**mine).first()
        labels = Labelling.objects.filter(**mine).values_list("label", flat=True)
        yield plain(conversation) | {
            "labels": list(labels),
            "messages": _all(Message.objects.filter(**mine).order_by("seq"), without),
            "attachments": _all(Attachment.objects.filter(**mine).order_by("seq"), without),
            "notes": _all(Note.objects.filter(**mine).order_by("seq"), {"conversation"}),
            "mentions": _all(Mention.objects.filter(**mine).order_by("pk"), without),
            "events": _all(Event.objects.filter(**mine).order_by("seq"), without),
            "read": _all(ReadMark.objects.filter(**mine).order_by("pk"), without),
            "proofs": _all(IdentityProof.objects.filter(**mine).order_by("asked_at"), without),
            "hold": plain(hold, {"conversation"}) if hold else None,
        }


def _rows_of(model: Any, *order: str) -> Callable[[], Iterator[dict[str, Any]]]:
    def each() -> Iterator[dict[str, Any]]:
        return (plain(row) for row in model.objects.order_by(*order).iterator())

    return each


OBJECTS: dict[str, Callable[[Tenant], dict[str, Any]]] = {
    "organisation.json": organisation,
    "settings.json": settings,
}
LISTS: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "people.json": people,
    "teams.json": teams,
    "invitations.json": _rows_of(Invitation, "created_at"),
    "contacts.json": _rows_of(Contact, "created_at"),
    "client-accounts.json": _rows_of(ClientAccount, "created_at"),
    "conversations.json": conversations,
    "labels.json": _rows_of(Label, "name"),
    "canned-replies.json": _rows_of(CannedReply, "shortcut"),
    "drafts.json": _rows_of(Draft, "pk"),
    "waiting-answers.json": _rows_of(PendingMessage, "release_at"),
}
