"""Two synthetic organisations: who works there, what they have set, and what was said so far."""

from dataclasses import dataclass

from siegel.identity.office_hours import OfficeHours, spans_in
from siegel.identity.roles import Role

# The message to which the insurance policy is attached.
WITH_POLICY = "Die Police habe ich angehängt. Stimmt der Neuwertfaktor noch?"


@dataclass(frozen=True)
class Message:
    """What the client said (`by` is None), or somebody by their place in `people`."""

    by: int | None
    body: str


@dataclass(frozen=True)
class Note:
    """What colleagues tell each other; `mentions` are places in `people`."""

    by: int
    body: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True)
class DemoConversation:
    """One conversation, and what became of it."""

    said: tuple[Message | Note, ...]
    name: str = ""
    email: str = ""
    language: str = "de"
    team: str = ""
    labels: tuple[str, ...] = ()
    snoozed_days: int = 0
    # Why nothing of it may be deleted.
    held: str = ""
    is_resolved: bool = False


@dataclass(frozen=True)
class DemoTenant:
    """One organisation, the site of its customers, and who works there."""

    slug: str
    host: str
    client_host: str
    pages: str
    name: str
    office_hours: OfficeHours
    privacy_notice: str
    imprint: str
    people: tuple[tuple[str, str, tuple[Role, ...]], ...]
    # The place in `people` of who administers.
    administrator: int
    # Name and address of somebody who has not accepted yet.
    invited: tuple[str, str]
    # Names of teams, with the places of their members in `people`.
    teams: tuple[tuple[str, tuple[int, ...]], ...]
    labels: tuple[str, ...]
    # Shortcut, title, text.
    canned_replies: tuple[tuple[str, str, str], ...]
    # Newest last.
    history: tuple[DemoConversation, ...]


NORDWIND = DemoTenant(
    slug="nordwind",
    host="nordwind.localhost",
    client_host="nordwind-versicherung.localhost",
    pages="nordwind-versicherung",
    name="Nordwind Versicherung",
    office_hours=OfficeHours(days=(*(spans_in("8-18"),) * 5, (), ())),
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
        ("Mehmet Aydin", "mehmet.aydin@nordwind.example", (Role.ADVISER,)),
        ("Ruth Falk", "ruth.falk@nordwind.example", (Role.AUDITOR,)),
    ),
    administrator=2,
    invited=("Carla Roth", "carla.roth@nordwind.example"),
    teams=(("Schaden", (0, 1)), ("Vertrag", (0, 3))),
    labels=("Beitrag", "Hausrat", "Kündigung", "Wohngebäude"),
    canned_replies=(
        (
            "gruss",
            "Begrüßung",
            "Guten Tag {client.name}, hier ist {adviser.name}. Ich sehe mir Ihr Anliegen an.",
        ),
        (
            "unterlagen",
            "Unterlagen erbitten",
            "Bitte hängen Sie die Unterlagen hier an. Jede Datei wird geprüft.",
        ),
        (
            "rückmeldung",
            "Rückmeldung zusagen",
            "Ich melde mich, sobald ich mehr weiß. Stand: {date}.",
        ),
    ),
    history=(
        DemoConversation(
            name="Samir Papadakis",
            email="samir.papadakis@kunden.example",
            labels=("Hausrat",),
            held="Der Umfang der Deckung ist strittig.",
            is_resolved=True,
            said=(
                Message(None, "Gilt mein Hausrat auch für das Fahrrad im Keller?"),
                Message(0, "Ja, wenn der Keller abgeschlossen ist, bis 3.000 Euro."),
                Message(None, "Danke, das war sehr hilfreich."),
            ),
        ),
        DemoConversation(
            name="Nadja Horvat",
            email="nadja.horvat@kunden.example",
            snoozed_days=3,
            said=(
                Message(None, "Wann kommt das Gutachten zu meinem Dach?"),
                Message(0, "Am Ende der Woche. Ich schreibe Ihnen, sobald es da ist."),
            ),
        ),
        DemoConversation(
            name="Frieda Olsen",
            email="frieda.olsen@kunden.example",
            labels=("Hausrat",),
            said=(
                Message(None, "Wir sind umgezogen. Muss ich die neue Wohnung melden?"),
                Message(0, "Ja, bitte mit Fläche und Datum des Einzugs."),
                Message(None, "78 Quadratmeter, seit dem Ersten."),
            ),
        ),
        DemoConversation(
            name="Karim Haddad",
            email="karim.haddad@kunden.example",
            team="Vertrag",
            labels=("Beitrag",),
            said=(
                Message(None, "Kann ich vierteljährlich zahlen?"),
                Message(0, "Gern, ab der nächsten Rechnung. Soll ich es umstellen?"),
            ),
        ),
        DemoConversation(
            name="Tilda Sørensen",
            email="tilda.sorensen@kunden.example",
            language="en",
            team="Schaden",
            labels=("Hausrat",),
            said=(
                Message(None, "Hello, a pipe burst in our kitchen last night. What do you need?"),
                Message(1, "I am sorry to hear that. Photos, and the plumber's bill, please."),
                Note(1, "@Anna Kern, übernehmen Sie ab Donnerstag? Dann bin ich weg.", (0,)),
            ),
        ),
        DemoConversation(
            name="Miriam Brandt",
            email="miriam.brandt@kunden.example",
            team="Vertrag",
            labels=("Beitrag", "Wohngebäude"),
            said=(
                Message(None, "Guten Morgen, mein Beitrag ist gestiegen. Können Sie nachsehen?"),
                Message(0, "Guten Morgen, gern. Haben Sie die Police zur Hand?"),
                Note(0, "Index-Anpassung 2026 beachten. @Mehmet Aydin, stimmt das so?", (3,)),
                Message(None, WITH_POLICY),
            ),
        ),
        DemoConversation(
            said=(
                Message(None, "Kann ich den Antrag später fortsetzen, wenn ich jetzt abbreche?"),
            ),
        ),
        DemoConversation(
            name="Emil Novak",
            email="emil.novak@kunden.example",
            team="Schaden",
            said=(Message(None, "Mein Keller steht unter Wasser. An wen wende ich mich?"),),
        ),
    ),
)

HANSEBANK = DemoTenant(
    slug="hansebank",
    host="hansebank.localhost",
    client_host="hansebank-online.localhost",
    pages="hansebank-online",
    name="Hansebank",
    office_hours=OfficeHours(days=(spans_in("7-20"),) * 7),
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
        ("Ole Hinrichs", "ole.hinrichs@hansebank.example", (Role.ADVISER, Role.ADMINISTRATOR)),
        ("Inka Petersen", "inka.petersen@hansebank.example", (Role.AUDITOR,)),
    ),
    administrator=1,
    invited=("Bo Larsson", "bo.larsson@hansebank.example"),
    teams=(("Konto und Karte", (0, 1)),),
    labels=("Karte", "Überweisung"),
    canned_replies=(
        ("gruss", "Begrüßung", "Guten Tag {client.name}, hier ist {adviser.name}."),
        ("hello", "Greeting", "Hello {client.name}, this is {adviser.name}."),
    ),
    history=(
        DemoConversation(
            name="Rosa Lindner",
            email="rosa.lindner@kunden.example",
            labels=("Karte",),
            is_resolved=True,
            said=(
                Message(None, "Wie lange ist meine Karte noch gültig?"),
                Message(0, "Bis Ende 2028; die neue kommt von selbst."),
            ),
        ),
        DemoConversation(
            name="Frances Okafor",
            email="frances.okafor@kunden.example",
            language="en",
            team="Konto und Karte",
            labels=("Überweisung",),
            said=(
                Message(None, "Hello, can I raise the limit for one transfer tomorrow?"),
                Note(1, "@Leyla Demir, bitte ab 10.000 Euro zurückrufen lassen.", (0,)),
                Message(0, "Yes. Which amount do you need, and to which account?"),
            ),
        ),
        DemoConversation(
            name="Jakob Lindqvist",
            email="jakob.lindqvist@kunden.example",
            said=(Message(None, "Meine Karte wurde am Automaten eingezogen. Was soll ich tun?"),),
        ),
    ),
)

TENANTS = (NORDWIND, HANSEBANK)
