"""Two synthetic organisations with synthetic people and some history."""

import uuid
from dataclasses import dataclass

from siegel.conversations.access import Participant
from siegel.conversations.contacts import introduce
from siegel.conversations.models import Conversation, Side
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import resolve
from siegel.conversations.starting import start_conversation
from siegel.conversations.writer import writers
from siegel.identity.models import Person
from siegel.identity.organisations import furnish
from siegel.identity.people import create_person
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.tenancy.models import Tenant
from siegel.tenancy.provisioning import create_tenant

PASSWORD = "ein-Satz-nur-zur-Probe"  # noqa: S105 - printed by the demo, opens synthetic data only


# The message to which the insurance policy is attached.
WITH_POLICY = "Die Police habe ich angehängt. Stimmt der Neuwertfaktor noch?"


@dataclass(frozen=True)
class DemoTenant:
    """One organisation, the site of its customers, and who works there."""

    slug: str
    host: str
    client_host: str
    pages: str
    name: str
    office_hours: str
    privacy_notice: str
    imprint: str
    people: tuple[tuple[str, str, tuple[Role, ...]], ...]
    history: tuple[tuple[str, str, bool, tuple[tuple[str, str], ...]], ...]


TENANTS = (
    DemoTenant(
        slug="nordwind",
        host="nordwind.localhost",
        client_host="nordwind-versicherung.localhost",
        pages="nordwind-versicherung",
        name="Nordwind Versicherung",
        office_hours="Montag bis Freitag, 8 bis 18 Uhr",
        privacy_notice=(
            "Ihre Nachrichten werden verschlüsselt übertragen und in einer eigenen, "
            "verschlüsselten Datenbank der Nordwind Versicherung gespeichert. Wir verwenden sie, "
            "um Ihre Anfrage zu beantworten.\n\n"
            "Your messages are transmitted encrypted and stored in an encrypted database of "
            "Nordwind Versicherung alone. We use them to answer your request."
        ),
        imprint=(
            "Nordwind Versicherung (Vorführung)\nMusterkai 1\n20457 Hamburg\n\n"
            "Dieses Unternehmen gibt es nicht. / This company does not exist."
        ),
        people=(
            ("Anna Kern", "anna.kern@nordwind.example", (Role.ADVISER,)),
            ("Jonas Wieland", "jonas.wieland@nordwind.example", (Role.ADVISER,)),
            ("Petra Sommer", "petra.sommer@nordwind.example", (Role.ADMINISTRATOR,)),
        ),
        history=(
            (
                "Miriam Brandt",
                "miriam.brandt@kunden.example",
                False,
                (
                    ("client", "Guten Morgen, mein Beitrag ist gestiegen. Können Sie nachsehen?"),
                    ("adviser", "Guten Morgen, gern. Haben Sie die Police zur Hand?"),
                    ("client", WITH_POLICY),
                ),
            ),
            (
                "Samir Papadakis",
                "samir.papadakis@kunden.example",
                True,
                (
                    ("client", "Gilt mein Hausrat auch für das Fahrrad im Keller?"),
                    ("adviser", "Ja, wenn der Keller abgeschlossen ist, bis 3.000 Euro."),
                    ("client", "Danke, das war sehr hilfreich."),
                ),
            ),
            (
                "",
                "",
                False,
                (("client", "Kann ich den Antrag später fortsetzen, wenn ich jetzt abbreche?"),),
            ),
        ),
    ),
    DemoTenant(
        slug="hansebank",
        host="hansebank.localhost",
        client_host="hansebank-online.localhost",
        pages="hansebank-online",
        name="Hansebank",
        office_hours="täglich, 7 bis 20 Uhr",
        privacy_notice=(
            "Was Sie hier schreiben, bleibt zwischen Ihnen und der Hansebank. Es wird "
            "verschlüsselt übertragen und verschlüsselt gespeichert.\n\n"
            "What you write here stays between you and Hansebank. It is transmitted and stored "
            "encrypted."
        ),
        imprint=(
            "Hansebank (Vorführung)\nBeispielwall 7\n28195 Bremen\n\n"
            "Diese Bank gibt es nicht. / This bank does not exist."
        ),
        people=(
            ("Leyla Demir", "leyla.demir@hansebank.example", (Role.ADVISER,)),
            (
                "Ole Hinrichs",
                "ole.hinrichs@hansebank.example",
                (Role.ADVISER, Role.ADMINISTRATOR),
            ),
        ),
        history=(
            (
                "Frances Okafor",
                "frances.okafor@kunden.example",
                False,
                (
                    ("client", "Hello, can I raise the limit for one transfer tomorrow?"),
                    ("adviser", "Yes. Which amount do you need, and to which account?"),
                ),
            ),
            (
                "Jakob Lindqvist",
                "jakob.lindqvist@kunden.example",
                False,
                (("client", "Meine Karte wurde am Automaten eingezogen. Was soll ich tun?"),),
            ),
        ),
    ),
)


def ensure_tenant(described: DemoTenant, port: int) -> None:
    """Create the tenant with its people and history, unless an earlier start did."""
    origins = [f"http://{described.client_host}:{port}"]
    known = Tenant.objects.filter(slug=described.slug).first()
    if known is not None:
        with serving(known.as_served()):
            from siegel.identity.models import Organisation

            Organisation.objects.update(page_origins=origins)
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
    people = [
        create_person(name=name, email=email, password=PASSWORD, roles=roles, actor="demo")
        for name, email, roles in described.people
    ]
    for name, email, is_resolved, messages in described.history:
        _converse(people[0], name, email, is_resolved, messages)


def _converse(
    adviser: Person, name: str, email: str, is_resolved: bool, messages: tuple[tuple[str, str], ...]
) -> None:
    from siegel.tenancy.context import served

    conversation: Conversation = start_conversation("127.0.0.1", "de")
    client = Participant(Side.CLIENT, contact=conversation.contact_id)
    organisation = Participant(Side.ADVISER, person=adviser)
    for side, body in messages:
        participant = client if side == "client" else organisation
        files = []
        if body == WITH_POLICY:
            # Drawing needs libraries that nobody else in this process needs.
            from demo.documents import hand_over, insurance_policy

            policy = insurance_policy()
            files = [hand_over(participant, conversation.pk, "Police-2026.pdf", policy)]
        post_message(
            served(), participant, conversation.pk, uuid.uuid4(), body, files=files
        ).result()
    writers.drain(close=False)
    if name:
        introduce(client, conversation, name, email)
    if is_resolved:
        resolve(organisation, conversation)
