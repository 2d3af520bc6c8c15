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
from siegel.desk.administration.mail import MailForm
from siegel.desk.administration.office_hours import OfficeHoursForm
from siegel.desk.administration.organisation import OrganisationForm
from siegel.desk.administration.second_factors import FactorsForm
from siegel.identity import resetting
from siegel.identity.inviting import invitation_of, invite
from siegel.identity.models import Membership, Person, QueuedNotice, Session, Team
from siegel.identity.models import Organisation as Settings
from siegel.identity.passkeys import store_passkey
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.policies import holding as rules_holding
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.identity.second_factors import id_of
from siegel.identity.tokens import Kind, holding, issue
from siegel.identity.trusted_devices import LIFETIME
from siegel.identity.weakening import decide, waiting
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.client_signing import Website, pem_of
from tests.conversations.conversing import session_of
from tests.identity.authenticators import made_credential
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


def _session_of_ada(bank: Organisation, _conversation: Conversation) -> uuid.UUID:
    return Session.objects.get(session_key=session_of(bank, bank.ada)).id


def _session_of_the_newest(bank: Organisation, _conversation: Conversation) -> uuid.UUID:
    """Of whoever was hired for the same address."""
    newest = Person.objects.latest("created_at")
    return Session.objects.get(session_key=session_of(bank, newest)).id


def _factor_of_ada(bank: Organisation, _conversation: Conversation) -> str:
    """A passkey, as if she had used it in her sessions."""
    factor = store_passkey(bank.ada, _new_name(), made_credential(), 0)
    Session.objects.filter(person=bank.ada).update(factor=Proof.PASSKEY)
    return id_of(factor)


def _trusted_by_ada(bank: Organisation, _conversation: Conversation) -> uuid.UUID:
    issue(Kind.TRUSTED_DEVICE, person=bank.ada, scope={"bound": ""}, lifetime=LIFETIME)
    return holding(Kind.TRUSTED_DEVICE).filter(person=bank.ada).latest("created_at").pk


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


def _reset(bank: Organisation, _conversation: Conversation) -> str:
    return resetting.issue_token(Person.objects.get(pk=bank.ben.pk))


def _notice(*_: object) -> uuid.UUID:
    now = timezone.now()
    times = dict.fromkeys(("created_at", "next_try_at", "tried_until", "finished_at"), now)
    kept = {"kind": "test", "to": "mia@bank.example", "language": "de", "state": "failed"}
    return QueuedNotice.objects.create(**kept, **times).pk


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


def _proposal(*_: object) -> uuid.UUID:
    """For clients, of whoever administers; one that waits already is the one."""
    audience = Audience.CLIENT
    waits = waiting(audience)
    if waits is None:
        by = next(one for one in Person.objects.all() if Role.ADMINISTRATOR in one.roles)
        base = rules_holding(audience).version
        waits = decide(by, audience, Policy(min_length=12), base=base, reason="Gründe")
    assert waits is not None
    return waits.pk


# By an address as far as to the placeholder.
IDENTIFIERS: dict[str, Made] = {
    "inbox/<uuid:identifier>": lambda bank, conversation: conversation.pk,
    "inbox/<uuid:identifier>/pending/<uuid:key>": _pending(""),
    "inbox/unsent/<uuid:key>": _pending("blocked"),
    "contacts/<uuid:contact>": lambda bank, conversation: conversation.contact_id,
    "account/devices/<uuid:session>": _session_of_ada,
    "account/factors/<uuid:factor>": _factor_of_ada,
    "account/factors/trusted/<uuid:device>": _trusted_by_ada,
    "administration/people/<uuid:person>": _person,
    "administration/people/<uuid:person>/sessions/<uuid:session>": _session_of_the_newest,
    "administration/invitations/<uuid:invitation>": lambda *of: invitation_of(_token(*of)).pk,
    "administration/teams/<uuid:team>": _team,
    "administration/mail/<uuid:notice>": _notice,
    "administration/retention/holds/<uuid:identifier>": _hold,
    "administration/passwords/proposals/<uuid:proposal>": _proposal,
    "administration/texts/<uuid:identifier>": lambda *of: (
        save_canned("operator", shortcut=_new_name(), title="Gruß", body="Guten Tag").pk
    ),
    "trust/claims/<slug:claim>": lambda *of: "phy-sep-physical",
    "administration/labels/<uuid:identifier>": _label,
    "administration/clients/keys/<uuid:identifier>": lambda bank, conversation: (
        Website(bank, kid=_new_name()).known().pk
    ),
}
# In what is sent.
VALUES: dict[str, Made] = {
    "<address>": lambda bank, conversation: f"{_new_name()}@{bank.tenant.slug}.example",
    "<adviser>": _person,
    "<client token>": lambda bank, conversation: Website(bank).token(),
    "<contact>": lambda bank, conversation: conversation_of_ada(bank).contact_id,
    "<factor>": _factor_of_ada,
    "<key>": lambda *of: uuid.uuid4(),
    "<label>": _label,
    "<name>": _new_name,
    "<public>": lambda bank, conversation: pem_of(Website(bank).private),
    "<saved>": lambda bank, conversation: (
        Draft.objects.filter(conversation=conversation, person=bank.ada, is_note=False)
        .values_list("saved_at", flat=True)
        .first()
    ),
    "<seen:chat>": lambda *of: ChatForm.seen(),
    "<seen:factors>": lambda *of: FactorsForm.seen(),
    "<reset>": _reset,
    "<seen:mail>": lambda *of: MailForm.seen(),
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
