"""The people that tests are about, by name."""

from dataclasses import dataclass, field
from functools import lru_cache
from unittest import mock

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from siegel.conversations.access import Participant
from siegel.conversations.models import Conversation, Side
from siegel.conversations.starting import start_conversation
from siegel.identity import sign_ins
from siegel.identity.authenticator_app import store_app
from siegel.identity.models import Person, Session
from siegel.identity.organisations import furnish
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.provisioning import create_tenant
from siegel.widget.visiting import COOKIE, begin_visit

PASSWORD = "a sentence that only tests know"
# Of every authenticator app in tests.
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@lru_cache(maxsize=1)
def hashed_password() -> str:
    """A real hash, made once: it costs what a sign-in costs.

    One from before there was a pepper, so that it is good at every tenant.
    """
    return make_password(PASSWORD, hasher="argon2")


@dataclass
class Organisation:
    """A tenant with Ada and Ben, who advise, and Mia, who administers and reads no content."""

    tenant: ServedTenant
    ada: Person
    ben: Person
    mia: Person
    _visitors: dict[object, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.tenant.host

    @property
    def chat_host(self) -> str:
        return f"chat.{self.tenant.host}"

    def hire(self, name: str, *roles: Role) -> Person:
        """Somebody more, with the roles that a test needs."""
        with serving(self.tenant):
            person = Person.objects.create(
                name=name,
                email=f"{name.split(maxsplit=1)[0].lower()}@{self.tenant.slug}.example",
                roles=list(roles),
                password=hashed_password(),
            )
            equip(person)
        return person

    def desk(self, person: Person) -> Client:
        """A browser in which somebody is signed in, by password and second factor."""
        client = Client(headers={"host": self.host})
        # Unnoted: tests look for what the trail tells of somebody who is there already.
        with serving(self.tenant), mock.patch.object(sign_ins, "_note"):
            client.force_login(person)
            # As if the code had been given: of whose sign-in a test is not about.
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            Session.objects.filter(session_key=key).update(factor=Proof.APP)
        return client

    def anonymous(self) -> Client:
        """A browser at the desk's address, not signed in."""
        return Client(headers={"host": self.host})

    def conversation(self) -> Conversation:
        """A conversation that a visitor has begun and nobody has taken."""
        with serving(self.tenant):
            conversation = start_conversation("198.51.100.7", "de")
            self._visitors[conversation.pk] = begin_visit(conversation)
        return conversation

    def visitor(self, conversation: Conversation | None = None) -> Client:
        """A browser at the chat's address, with the visitor's cookie if one is asked for."""
        client = Client(headers={"host": self.chat_host})
        if conversation is not None:
            client.cookies[COOKIE] = self._visitors[conversation.pk]
        return client

    def as_client(self, conversation: Conversation) -> Participant:
        return Participant(Side.CLIENT, contact=conversation.contact_id)

    def as_adviser(self, person: Person) -> Participant:
        return Participant(Side.ADVISER, person=person)


def equip(person: Person) -> None:
    """The authenticator app that administrators must have: its seed is `SEED`."""
    if Role.ADMINISTRATOR in person.roles:
        store_app(person, "Phone", SEED, 0)


def found(slug: str, host: str) -> Organisation:
    """Provision a tenant and hire its people."""
    people: list[Person] = []

    def hire() -> None:
        furnish(slug.title(), page_origins=[f"https://www.{slug}.example"])
        for name, roles in {
            "Ada Adler": [Role.ADVISER],
            "Ben Brandt": [Role.ADVISER],
            "Mia Maurer": [Role.ADMINISTRATOR],
        }.items():
            email = f"{name.split()[0].lower()}@{slug}.example"
            person = Person.objects.create(
                name=name, email=email, roles=roles, password=hashed_password()
            )
            equip(person)
            people.append(person)

    tenant = create_tenant(slug, host, furnish=hire)
    return Organisation(tenant, people[0], people[1], people[2])
