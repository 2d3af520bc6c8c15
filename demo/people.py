"""Bringing the demo's organisations to life: people, settings, and conversations with a history."""

import datetime as dt
import uuid

from allauth.mfa.models import Authenticator
from django.utils import timezone

from demo.organisations import WITH_POLICY, DemoConversation, DemoTenant, Message, Note
from siegel.conversations.access import Participant
from siegel.conversations.canned import save_canned
from siegel.conversations.contacts import introduce
from siegel.conversations.holding import hold
from siegel.conversations.labelling import label, save_labels
from siegel.conversations.models import Conversation, Label, Side
from siegel.conversations.noting import write_note
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.resolving import resolve
from siegel.conversations.snoozing import snooze
from siegel.conversations.starting import start_conversation
from siegel.conversations.writer import writers
from siegel.identity.authenticator_app import make_seed, seed_of, store_app
from siegel.identity.inviting import invite
from siegel.identity.models import Organisation, Person, Team
from siegel.identity.organisations import furnish
from siegel.identity.people import create_person
from siegel.identity.roles import Role
from siegel.identity.second_factors import APP, has_second_factor
from siegel.identity.setting_changes import note_change
from siegel.identity.teaming import join
from siegel.tenancy.context import served, serving
from siegel.tenancy.models import Tenant
from siegel.tenancy.provisioning import create_tenant
from siegel.tenancy.writing import write_transaction

PASSWORD = "ein-Satz-nur-zur-Probe"  # noqa: S105 - printed by the demo, opens synthetic data only
# Nobody's: the limit on conversations from one network is left to whoever tries the demo.
ADDRESS = "198.51.100.7"


def ensure_tenant(described: DemoTenant, port: int) -> None:
    """Create the tenant with its people and history, unless an earlier start did."""
    origins = [f"http://{described.client_host}:{port}"]
    known = Tenant.objects.filter(slug=described.slug).first()
    if known is not None:
        with serving(known.as_served()):
            Organisation.objects.update(page_origins=origins)
            _hire(described)
        return
    create_tenant(described.slug, described.host, furnish=lambda: _furnish(described, origins))


def _furnish(described: DemoTenant, origins: list[str]) -> None:
    furnish(
        described.name,
        privacy_notice=described.privacy_notice,
        imprint=described.imprint,
        office_hours=described.office_hours,
        page_origins=origins,
    )
    people = _hire(described)
    _decide(described, people)
    for conversation in described.history:
        _converse(people, conversation)


def _hire(described: DemoTenant) -> list[Person]:
    """Everybody who works there; data of an earlier checkout may know fewer."""
    known = {person.email: person for person in Person.objects.all()}
    people = [
        known.get(email)
        or create_person(name=name, email=email, password=PASSWORD, roles=roles, actor="demo")
        for name, email, roles in described.people
    ]
    for person in people:
        # Of a first step in 1970: every code that an app shows from now on is a new one.
        if Role.ADMINISTRATOR in person.roles and not has_second_factor(person):
            with write_transaction():
                store_app(person, "Demo", make_seed(), 0)
    return people


def seeds_of(described: DemoTenant) -> dict[str, str]:
    """The seeds of authenticator apps by their people's addresses, for whoever tries the demo."""
    known = Tenant.objects.get(slug=described.slug)
    with serving(known.as_served()):
        apps = Authenticator.objects.filter(type=APP).select_related("user")
        return {app.user.email: seed_of(app) for app in apps}


def _decide(described: DemoTenant, people: list[Person]) -> None:
    """What the administrator has set, so that the pages of the administration show something."""
    administrator = people[described.administrator]
    actor = f"person:{administrator.pk}"
    with write_transaction():
        for name in (
            "imprint",
            "privacy_notice",
            "office_hours",
            "labels",
            "canned_replies",
        ):
            note_change(name, administrator)
    for name, members in described.teams:
        team = Team.objects.create(name=name)
        with write_transaction():
            join(actor, {(team.pk, people[member].pk) for member in members})
    save_labels(described.labels, actor)
    for shortcut, title, body in described.canned_replies:
        save_canned(actor, shortcut=shortcut, title=title, body=body)
    name, email = described.invited
    invite(administrator, name=name, email=email, roles=[Role.ADVISER], teams=[])


def _converse(people: list[Person], described: DemoConversation) -> None:
    conversation: Conversation = start_conversation(ADDRESS, described.language)
    if described.team:
        conversation.team = Team.objects.get(name=described.team)
        conversation.save(update_fields=["team"])
    client = Participant(Side.CLIENT, contact=conversation.contact_id)
    for one in described.said:
        # A note is refused to those who may not see it yet: who answers takes it over first.
        writers.drain(close=False)
        if isinstance(one, Note):
            mentions = [people[place].pk for place in one.mentions]
            write_note(_adviser(people[one.by]), conversation, uuid.uuid4(), one.body, mentions)
        else:
            author = client if one.by is None else _adviser(people[one.by])
            _post(author, conversation, one)
    writers.drain(close=False)
    if described.name:
        introduce(client, conversation, described.name, described.email)
    conversation.refresh_from_db()
    adviser = _adviser(conversation.assigned_to or people[0])
    for name in described.labels:
        label(adviser, conversation, Label.objects.get(name=name).pk)
    if described.snoozed_days:
        snooze(adviser, conversation, timezone.now() + dt.timedelta(days=described.snoozed_days))
    if described.is_resolved:
        resolve(adviser, conversation)
    if described.held and adviser.person is not None:
        hold(adviser.person, conversation, described.held)
    if described.said[-1].by is not None:  # Whoever answers has read what came before.
        conversation.refresh_from_db()
        mark_read(adviser, conversation, conversation.last_seq)


def _adviser(person: Person) -> Participant:
    return Participant(Side.ADVISER, person=person)


def _post(author: Participant, conversation: Conversation, message: Message) -> None:
    files = []
    if message.body == WITH_POLICY:
        # Drawing needs libraries that nobody else in this process needs.
        from demo.documents import hand_over, insurance_policy

        files = [hand_over(author, conversation.pk, "Police-2026.pdf", insurance_policy())]
    post_message(
        served(), author, conversation.pk, uuid.uuid4(), message.body, files=files
    ).result()
