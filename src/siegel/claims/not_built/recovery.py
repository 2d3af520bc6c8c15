"""What happens in an emergency, and how often that is exercised."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="dr-available",
        claim=Text(
            de="In jedem der letzten zwölf Monate war der Dienst mindestens 99,9 % der Zeit "
            "erreichbar.",
            en="In each of the last twelve months the service was available for at least 99.9% of "
            "the time.",
        ),
        falsifier=Text(
            de="Ein Monat liegt darunter, oder ihm fehlen Messungen; fehlende Zeit zählt als "
            "Ausfall.",
            en="A month lies below that, or lacks measurements; missing time counts as an outage.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The figure is measured from outside by what people do: sign in, send, receive a file."
            " Announced maintenance counts as an outage here; it says nothing of a single "
            "organisation's own systems."
        ),
        checking=(
            "Computes each month from the measurements of the status page and states the lowest "
            "with its seconds of outage. Canary: adds an hour of failures to a copy of the newest "
            "month."
        ),
        breaking="Stop the product for an hour.",
        remedy=(
            "Publish the incident with its cause and what is changed because of it; the month "
            "stays red until it is twelve months old."
        ),
    ),
    Claim(
        id="dr-recoverable",
        claim=Text(
            de="Auf einem leeren Rechner entsteht aus den Sicherungen binnen vier Stunden wieder "
            "der vollständige Dienst.",
            en="On an empty machine the complete service comes back from the backups within four "
            "hours.",
        ),
        falsifier=Text(
            de="Die wöchentliche Übung dauert länger, ein Datensatz oder eine Datei weicht ab, "
            "oder es war ein Handgriff nötig, der nicht im Plan steht.",
            en="The weekly exercise takes longer, a record or a file differs, or a step was needed"
            " that the plan does not contain.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=8),
        meaning=(
            "Each time a probe tenant and a sample of the organisations are restored and compared "
            "by hash. The hours begin when the machine is ready; they do not include finding one."
        ),
        checking=(
            "Prepares an empty machine without network to production, runs the plan's one command "
            "with the newest backup and the key from custody, compares hashes of rows and files "
            "with those taken at the time of the backup, and states the hours. Canary: changes one"
            " byte of one restored file before the comparison."
        ),
        breaking="Remove the key in custody from the exercise.",
        remedy=(
            "Repeat the exercise by hand, note the step that failed, correct the plan, and run it "
            "again within the week."
        ),
    ),
    Claim(
        id="dr-environment",
        claim=Text(
            de="Jeder Rechner ist so eingerichtet, wie seine versionierte Beschreibung es sagt; "
            "eine Abweichung besteht höchstens eine Stunde.",
            en="Every machine is set up as its versioned description says; no deviation lasts "
            "longer than an hour.",
        ),
        falsifier=Text(
            de="Ein Paket, ein Dienst, eine Datei oder eine Regel weicht seit über einer Stunde "
            "ab, oder ein Rechner hat keine Beschreibung.",
            en="A package, a service, a file or a rule has deviated for more than an hour, or a "
            "machine has no description.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "A machine that can be described completely can be built again. It does not say that "
            "the description is sound; other claims look at what it contains."
        ),
        checking=(
            "Compares installed packages, running services, hashes of managed files and the packet"
            " filter's rules of every machine in the inventory with the description of the running"
            " version. Canary: changes a managed file on a probe machine."
        ),
        breaking="Install a package by hand on one machine.",
        remedy=(
            "Apply the description again; if the change was needed, put it into the description, "
            "with its review."
        ),
    ),
    Claim(
        id="dr-plans",
        claim=Text(
            de="Für den Notfall gibt es einen Plan mit benannten Verantwortlichen, höchstens zwölf"
            " Monate alt und in der letzten Übung benutzt.",
            en="There is a plan for emergencies with named people in charge, at most twelve months"
            " old and used in the last exercise.",
        ),
        falsifier=Text(
            de="Der Plan fehlt, ist älter, nennt jemanden, der ausgeschieden ist, oder die letzte "
            "Übung folgte einer anderen Fassung.",
            en="The plan is missing, older, names somebody who has left, or the last exercise "
            "followed another version.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The plan's hash, version and date are shown, its text is not. Whether it works is "
            "what the exercises say."
        ),
        checking=(
            "Compares the document's hash with that in the record of the last exercise, its date "
            "with today, and its names with the directory of people in charge; a second person "
            "must have confirmed it. Canary: presents a plan that is thirteen months old, and one "
            "that no exercise used. Each must be noticed."
        ),
        breaking="Replace the plan without an exercise.",
        remedy=(
            "Review the plan, have it confirmed by a second person, and run an exercise with it."
        ),
    ),
    Claim(
        id="dr-tests",
        claim=Text(
            de="Die letzte bestandene Übung einer vollständigen Wiederherstellung liegt höchstens "
            "90 Tage zurück.",
            en="The last passed exercise of a complete recovery is at most 90 days old.",
        ),
        falsifier=Text(
            de="Seit 90 Tagen wurde keine bestanden, oder die jüngste ist gescheitert oder "
            "abgebrochen und nicht wiederholt worden.",
            en="None was passed for 90 days, or the newest failed or was broken off and has not "
            "been repeated.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "An exercise counts with its record: plan, backup, hours, what was compared. One that "
            "people held at a table does not count."
        ),
        checking=(
            "Reads the records of the exercises from the evidence, verifies their place in the "
            "chain, and states age, hours and number of organisations restored. Canary: presents "
            "records whose newest passed one is 91 days old, and records whose newest failed. Each"
            " must be noticed."
        ),
        breaking="Hold no exercise for three months.",
        remedy=(
            "Run the exercise; if it fails, treat that as an emergency of its own until one passes."
        ),
    ),
]
