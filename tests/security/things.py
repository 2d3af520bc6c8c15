"""What addresses are about and forms name: a thing of its own for every request that needs one."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations.assigning import standing
from siegel.conversations.canned import save_canned
from siegel.conversations.canned import standing as wording
from siegel.conversations.contacts import introduce
from siegel.conversations.labelling import save_labels
from siegel.conversations.models import (
    CannedReply,
    Conversation,
    Draft,
    LegalHold,
    PendingMessage,
)
from siegel.desk.administration.chat import ChatForm
from siegel.desk.administration.office_hours import OfficeHoursForm
from siegel.desk.administration.organisation import OrganisationForm
from siegel.identity.inviting import invitation_of, invite
from siegel.identity.models import Membership, Person, Team
from siegel.identity.models import Organisation as Settings
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.security.addresses import Chat, Desk

Line = Desk | Chat
Made = Callable[[Organisation, Conversation], object]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# Who the client of every conversation below is: what nobody else may come across.
CLIENT = ("Zacharias Zettel", "zettel@kunde.example")


def conversation_of_ada(bank: Organisation) -> Conversation:
    """A conversation of a team of Ada's that she looks after, with a client who said who it is."""
    conversation = bank.conversation()
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, *CLIENT)
        Membership.objects.get_or_create(team=team_of_ada(), person=bank.ada)
        Conversation.objects.filter(pk=conversation.pk).update(
            team=team_of_ada(), assigned_to=bank.ada, excerpt=f"Hier {CLIENT[0]}"
        )
        conversation.refresh_from_db()
        # So long that nothing goes out while a test looks at it.
        Settings.objects.update(undo_seconds=600)
    return conversation


def team_of_ada() -> Team:
    return Team.objects.get_or_create(name="Filiale")[0]


def _new_name(*_: object) -> str:
    return f"neu{uuid.uuid4().hex[:12]}"


def _person(bank: Organisation, _conversation: Conversation) -> uuid.UUID:
    return bank.hire(f"{_new_name()} Nachtigall", Role.ADVISER).pk


def _team(*_: object) -> uuid.UUID:
    return Team.objects.create(name=_new_name()).pk


def _label(*_: object) -> uuid.UUID:
    return save_labels([_new_name()], "operator")[0].pk


def _token(bank: Organisation, _conversation: Conversation) -> str:
    # In the name of whoever administers: others cannot invite.
    by = next(one for one in Person.objects.all() if Role.ADMINISTRATOR in one.roles)
    address = f"{_new_name()}@{bank.tenant.slug}.example"
    return invite(by, name="Nora Neu", email=address, roles=[Role.ADVISER], teams=[])


def _hold(bank: Organisation, conversation: Conversation) -> uuid.UUID:
    told = {"reason": "Klage", "set_by": bank.ada, "set_at": timezone.now()}
    LegalHold.objects.get_or_create(conversation=conversation, defaults=told)
    return conversation.pk


def _seen_text(*_: object) -> str:
    """Of the canned reply that was made or changed last."""
    saved = TrailEntry.objects.filter(action="canned.saved").order_by("-seq").first()
    if saved is None:
        return ""
    found = CannedReply.objects.filter(pk=saved.subject.removeprefix("canned:")).first()
    return wording(found) if found else ""


def _pending(outcome: str) -> Made:
    def made(bank: Organisation, conversation: Conversation) -> uuid.UUID:
        key, later = uuid.uuid4(), timezone.now() + dt.timedelta(minutes=10)
        PendingMessage.objects.create(
            key=key,
            conversation=conversation,
            author=bank.ada,
            body=f"Guten Tag, {CLIENT[0]}",
            release_at=later,
            outcome=outcome,
        )
        return key

    return made


# By an address as far as to the placeholder.
IDENTIFIERS: dict[str, Made] = {
    "inbox/<uuid:identifier>": lambda bank, conversation: conversation.pk,
    "inbox/<uuid:identifier>/pending/<uuid:key>": _pending(""),
    "inbox/unsent/<uuid:key>": _pending("blocked"),
    "contacts/<uuid:contact>": lambda bank, conversation: conversation.contact_id,
    "administration/people/<uuid:person>": _person,
    "administration/invitations/<uuid:invitation>": lambda *of: invitation_of(_token(*of)).pk,
    "administration/teams/<uuid:team>": _team,
    "administration/retention/holds/<uuid:identifier>": _hold,
    "administration/texts/<uuid:identifier>": lambda *of: (
        save_canned("operator", shortcut=_new_name(), title="Gruß", body="Guten Tag").pk
    ),
    "trust/claims/<slug:claim>": lambda *of: "phy-sep-physical",
    "administration/labels/<uuid:identifier>": _label,
}
# In what is sent.
VALUES: dict[str, Made] = {
    "<address>": lambda bank, conversation: f"{_new_name()}@{bank.tenant.slug}.example",
    "<adviser>": _person,
    "<contact>": lambda bank, conversation: conversation_of_ada(bank).contact_id,
    "<key>": lambda *of: uuid.uuid4(),
    "<label>": _label,
    "<name>": _new_name,
    "<saved>": lambda bank, conversation: (
        Draft.objects.filter(conversation=conversation, person=bank.ada, is_note=False)
        .values_list("saved_at", flat=True)
        .first()
    ),
    "<seen:chat>": lambda *of: ChatForm.seen(),
    "<seen:hours>": lambda *of: OfficeHoursForm.seen(),
    "<seen:organisation>": lambda *of: OrganisationForm.seen(),
    "<seen:text>": _seen_text,
    "<standing>": lambda bank, conversation: standing(Conversation.objects.get(pk=conversation.pk)),
    "<team>": _team,
    "<token>": _token,
    "<tomorrow>": lambda *of: (timezone.now() + dt.timedelta(days=1)).isoformat(),
}
PLACEHOLDER = re.compile(r"<[^>]+>")


def name_of(line: Line) -> str:
    return f"{line.method} {type(line).__name__.lower()} /{line.address}"


def path_of(line: Line, bank: Organisation, conversation: Conversation) -> str:
    """The line's address with things that are there."""
    path, end = "/", 0
    with serving(bank.tenant):
        for found in PLACEHOLDER.finditer(line.address):
            made = IDENTIFIERS[line.address[: found.end()]](bank, conversation)
            path += f"{line.address[end : found.start()]}{made}"
            end = found.end()
    return path + line.address[end:]


def sent_with(line: Line, bank: Organisation, conversation: Conversation) -> dict[str, Any]:
    """The fields of the line's form or JSON, all of which would be taken."""

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, str):
            return value
        if value in VALUES:
            return told(VALUES[value](bank, conversation))
        return PLACEHOLDER.sub(lambda found: told(VALUES[found[0]](bank, conversation)), value)

    def told(value: object) -> Any:
        return value if value is None else str(value)

    with serving(bank.tenant):
        return {name: filled(value) for name, value in (line.form or line.json).items()}


def body_of(line: Line, sent: dict[str, Any]) -> tuple[bytes, str]:
    """What was made for a line by `sent_with`, in the form in which it is sent; and that form."""
    if line.json:
        return json.dumps(sent).encode(), JSON
    return urlencode(sent, doseq=True).encode(), FORM


def noted(bank: Organisation) -> int:
    """The number of the newest row of the trail that somebody has caused.

    Programs of the house may add theirs at any time.
    """
    with serving(bank.tenant):
        caused = TrailEntry.objects.filter(actor__contains=":").order_by("-seq")
        return caused.values_list("seq", flat=True).first() or 0
