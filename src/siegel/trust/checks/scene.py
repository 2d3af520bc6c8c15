"""A probe tenant as if people worked there: whatever an address can be about is there once."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.middleware.csrf import CSRF_SECRET_LENGTH, CSRF_SESSION_KEY
from django.utils import timezone
from django.utils.crypto import get_random_string

from siegel.conversations.access import Participant
from siegel.conversations.batches import Posting, commit_batch
from siegel.conversations.canned import save_canned
from siegel.conversations.contacts import introduce
from siegel.conversations.drafts import save_draft
from siegel.conversations.files import announce_file
from siegel.conversations.holding import hold
from siegel.conversations.indexer import indexers
from siegel.conversations.labelling import label, save_labels
from siegel.conversations.models import Conversation, PendingMessage, Side
from siegel.conversations.noting import write_note
from siegel.conversations.search_index import index_contact, index_next
from siegel.conversations.writer import writers
from siegel.files.probing import send_whole
from siegel.identity.authenticator_app import make_seed, store_app
from siegel.identity.client_keys import add_key
from siegel.identity.inviting import invitation_of, invite
from siegel.identity.letters import Notice
from siegel.identity.models import (
    Membership,
    NoticeState,
    Organisation,
    Person,
    QueuedNotice,
    Session,
    Team,
)
from siegel.identity.organisations import furnish
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.proofs import Proof, note_factor
from siegel.identity.roles import Role
from siegel.identity.second_factors import id_of
from siegel.identity.session_engine import SessionStore
from siegel.identity.tokens import Kind, holding, issue
from siegel.identity.trusted_devices import LIFETIME
from siegel.identity.weakening import decide
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import probe_tenants
from siegel.tenancy.writing import write_transaction
from siegel.trust.checks.asking import Browser, asking

# Breaks what is examined for the length of its block.
Plant = Callable[[], AbstractContextManager[object]]
# What a text says, by the name of the place in which it stands.
Wording = Callable[[str], str]
# Strangers read these as well.
PUBLIC_PLACES = ("organisation", "privacy notice", "imprint", "office note")
PLACES = (
    *PUBLIC_PLACES,
    "client", "message", "answer", "note", "label", "title", "canned reply", "draft", "reason",
    "pending answer", "person", "colleague", "invited", "team", "file", "factor",
    "key of the website",
)  # fmt: skip
# What texts hold that searches shall find.
WORD = "Sonnenblume"
# A page that is nobody's of ours.
FOREIGN_ORIGIN = "https://foreign.invalid"
PAGE_ORIGINS = ["https://www.probe.invalid", "https://shop.probe.invalid:8443"]
ALL_ROLES = list(Role)


@dataclass(frozen=True)
class Scene:
    """A furnished probe: its people's credentials, and its things by the names of placeholders.

    `session` is the key of a session of somebody with every role, `csrf` its secret, `visitor` the
    cookie of a client's browser as it is sent back, `invitation` the token of a pending one.
    """

    tenant: ServedTenant
    runner: asyncio.Runner
    person: Person
    session: str
    csrf: str
    visitor: str
    invitation: str
    conversation: uuid.UUID
    things: dict[str, list[str]]

    @property
    def cookies(self) -> dict[str, str]:
        """The cookie of somebody who belongs to a surface."""
        return {"desk": session_cookie(self.session), "chat": self.visitor}

    @property
    def identifiers(self) -> list[str]:
        """The ids of its things, which nobody else has, with hyphens and without."""
        own = [thing for thing in self.things[""] if thing not in self.things["number"]]
        return own + [thing.replace("-", "") for thing in own]

    def host(self, surface: str) -> str:
        return self.tenant.host if surface == "desk" else f"chat.{self.tenant.host}"

    def browser(self, surface: str, cookies: str | None = None) -> Browser:
        """Somebody at a surface: who belongs there, or with the cookies that are given."""
        held = self.cookies[surface] if cookies is None else cookies
        return Browser(self.runner, self.host(surface), held)

    def proofs(self, surface: str) -> dict[str, str]:
        """The headers that our own pages send with what changes something."""
        own = {"x-siegel": "1", "origin": f"https://{self.host(surface)}"}
        return own | {"x-csrftoken": self.csrf}


def session_cookie(key: str) -> str:
    """The cookie of a session, as browsers send it."""
    return f"{settings.SESSION_COOKIE_NAME}={key}"


@contextmanager
def scenes(*wordings: Wording) -> Iterator[tuple[Scene, Scene]]:
    """Two furnished probes, reachable by their hosts in this process for the length of the block.

    The first wording is for the first probe, the last for the second.
    """
    with (
        probe_tenants() as (one, other),
        registry.reachable({probe.host: probe for probe in (one, other)}),
        asking() as runner,
    ):
        try:
            yield _furnished(one, runner, wordings[0]), _furnished(other, runner, wordings[-1])
        finally:
            # Whoever still writes to a probe does so before it is removed.
            writers.drain(close=False)
            indexers.drain(close=False)


def sign_in(person: Person, proof: Proof = Proof.PASSKEY) -> tuple[str, str]:
    """A session of somebody of the served tenant, and its CSRF secret."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "192.0.2.1"
    request.session = SessionStore()
    note_factor(request, person, proof)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    secret = get_random_string(CSRF_SECRET_LENGTH)
    request.session[CSRF_SESSION_KEY] = secret
    request.session.save()
    return str(request.session.session_key), secret


def _furnished(tenant: ServedTenant, runner: asyncio.Runner, says: Wording) -> Scene:
    with serving(tenant):
        furnish(
            says("organisation"),
            privacy_notice=says("privacy notice"),
            imprint=says("imprint"),
            page_origins=PAGE_ORIGINS,
        )
        Organisation.objects.update(office_note=says("office note"))
    begun, visitor = _begin(tenant, runner)
    with serving(tenant):
        conversation = Conversation.objects.get(pk=begun)
        person, colleague = _people(says)
        team = Team.objects.create(name=says("team"))
        Membership.objects.create(team=team, person=person)
        token = invite(
            person, name=says("invited"), email="invited@probe.invalid", roles=[], teams=[team]
        )
        things = _things(conversation, person, says)
        things |= {
            "contact": [str(conversation.contact_id)],
            # The colleague first: what ends sessions, asked once, must not end the one that asks.
            "person": [str(colleague.pk), str(person.pk)],
            "team": [str(team.pk)],
            "invitation": [str(invitation_of(token).pk)],
            "session": [_other_session(person)],
            "factor": [id_of(store_app(person, says("factor"), make_seed(), 0))],
            "device": [_trusted_device(person)],
            "proposal": [_proposal(person)],
            "notice": [_failed_notice(person)],
            "number": ["1"],
        }
        things[""] = sorted({value for values in things.values() for value in values})
        session, csrf = sign_in(person)
    return Scene(
        tenant=tenant,
        runner=runner,
        person=person,
        session=session,
        csrf=csrf,
        visitor=visitor,
        invitation=token,
        conversation=conversation.pk,
        things=things,
    )


def _proposal(person: Person) -> str:
    """The id of weaker rules for passwords that wait for a colleague."""
    weaker = Policy(min_length=14)
    proposal = decide(person, Audience.CLIENT, weaker, base=0, reason="control")
    return str(proposal.pk) if proposal else ""


def _public_key() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def _other_session(person: Person) -> str:
    """The id of one in another browser of theirs."""
    key, _ = sign_in(person)
    return str(Session.objects.get(session_key=key).id)


def _trusted_device(person: Person) -> str:
    """The id of a browser of theirs that is not asked for the factor."""
    issue(Kind.TRUSTED_DEVICE, person=person, scope={"bound": ""}, lifetime=LIFETIME)
    return str(holding(Kind.TRUSTED_DEVICE).get(person=person).pk)


def _failed_notice(person: Person) -> str:
    """The id of a mail that the server has refused."""
    now = timezone.now()
    failed = QueuedNotice.objects.create(
        kind=Notice.TEST,
        to=person.email,
        language="en",
        state=NoticeState.FAILED,
        created_at=now,
        next_try_at=now,
        tried_until=now,
        finished_at=now,
        last_refusal="550 refused",
    )
    return str(failed.pk)


def _begin(tenant: ServedTenant, runner: asyncio.Runner) -> tuple[uuid.UUID, str]:
    """A conversation as clients begin one, and the cookie that they get for it."""
    browser = Browser(runner, f"chat.{tenant.host}")
    answer = browser.ask("POST", "/visit", sent={"language": "en"}, headers={"x-siegel": "1"})
    ((name, value),) = answer.cookies.items()
    return uuid.UUID(answer.json["conversation"]), f"{name}={value}"


def _people(says: Wording) -> tuple[Person, Person]:
    def hired(place: str) -> Person:
        person = Person(name=says(place), email=f"{place}@probe.invalid", roles=ALL_ROLES)
        person.set_unusable_password()
        person.save()
        return person

    return hired("person"), hired("colleague")


def _things(conversation: Conversation, person: Person, says: Wording) -> dict[str, list[str]]:
    client = Participant(Side.CLIENT, contact=conversation.contact_id)
    adviser = Participant(Side.ADVISER, person=person)
    introduce(client, conversation, says("client"), "client@probe.invalid")
    # Scripts are refused as files, whatever they are called.
    name, content = f"{says('file')}.txt", says("message").replace("<", "").encode()
    file = send_whole(announce_file(client, conversation.pk, name, len(content)), content)
    upload = announce_file(client, conversation.pk, "begun.txt", 3)
    for by, place, files in ((client, "message", (file.pk,)), (adviser, "answer", ())):
        # One after the other: of an answer it is known who looks after the conversation.
        commit_batch(
            [
                Posting(
                    conversation.pk,
                    uuid.uuid4(),
                    by.side,
                    says(place),
                    by.actor,
                    author=by.person,
                    files=files,
                )
            ]
        )
    write_note(adviser, conversation, uuid.uuid4(), says("note"))
    (chosen,) = save_labels([says("label")], "control")
    label(adviser, conversation, chosen.pk)
    canned = save_canned(
        "control", shortcut="probe", title=says("title"), body=says("canned reply")
    )
    save_draft(adviser, conversation, says("draft"), is_note=False, replaces=None)
    hold(person, conversation, says("reason"))
    keys = [
        PendingMessage.objects.create(
            key=uuid.uuid4(),
            conversation=conversation,
            author=person,
            body=says("pending answer"),
            release_at=timezone.now() + dt.timedelta(hours=1),
            outcome=outcome,
        ).pk
        for outcome in ("", "called-back")
    ]
    key = add_key(person, name=says("key of the website"), text=_public_key())
    conversation.refresh_from_db()
    # Beside an indexer that is at it as well.
    with write_transaction():
        index_contact(conversation.contact)
    while index_next():
        pass
    return {
        "identifier": [str(conversation.pk), str(canned.pk), str(chosen.pk), str(key.pk)],
        "key": [str(key) for key in keys],
        "file": [str(file.pk)],
        "upload": [str(upload.pk)],
    }
