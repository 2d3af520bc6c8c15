"""The buildings: who guards them, and who reports on it."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="phy-site-zones",
        claim=Text(
            de="Jedes genutzte Rechenzentrum ist in Bereiche mit gestuftem Zutritt geteilt, und "
            "der Plan dazu ist hinterlegt.",
            en="Each data centre in use is divided into areas of graded admission, and the plan is "
            "on file.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt der Nachweis oder der Bereichsplan, oder der Nachweis ist "
            "abgelaufen.",
            en="For a site the attestation or the plan of areas is missing, or the attestation has "
            "expired.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Whoever enters the building does not thereby reach the racks. It does not say who is "
            "admitted to which area; `phy-site-badge` speaks of that."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that the building is divided "
            "into areas, with the reference of its plan: the document's SHA-256 must be the one "
            "that two different people signed, and today must lie within its validity. Without a "
            "site on record nothing is examined, and the claim is unknown. Canary: in turn takes "
            "the measure out of a probe site's attestation, lets it expire and changes one byte of "
            "the document. Each must be noticed."
        ),
        breaking="Remove the plan's reference from one site's attestation.",
        remedy=(
            "Ask the operator of the site for the attestation with the plan's reference, and have "
            "two people sign it."
        ),
    ),
    Claim(
        id="phy-site-guards",
        claim=Text(
            de="Ein Wachdienst ist in jedem genutzten Rechenzentrum zu jeder Stunde des Jahres "
            "anwesend.",
            en="Guards are present in each data centre in use at every hour of the year.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt der Nachweis, er ist abgelaufen, nennt den Wachdienst "
            "nicht oder lässt Stunden ohne Besetzung.",
            en="A site's attestation is missing, has expired, does not name the guard service, or "
            "leaves hours without guards.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "People are on the premises at all hours, and the service is named. It does not say "
            "how many they are or how soon they would act."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that guards are present, of "
            "which service, and at which hours: the document's SHA-256 must be the one that two "
            "different people signed, and today must lie within its validity. Without a site on "
            "record nothing is examined, and the claim is unknown. Canary: in turn takes the "
            "measure out of a probe site's attestation, lets it expire and changes one byte of the "
            "document. Each must be noticed."
        ),
        breaking="Enter hours for one site that do not fill the week.",
        remedy=(
            "Clear up the hours with the operator of the site; if guards are absent at night, have "
            "the claim waived with that reason."
        ),
    ),
    Claim(
        id="phy-site-cctv",
        claim=Text(
            de="Kameras erfassen die Außenseiten und Eingänge jedes genutzten Rechenzentrums; wie "
            "lange die Bilder bleiben, ist angegeben.",
            en="Cameras cover the outer walls and entrances of each data centre in use; how long "
            "pictures are kept is stated.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt der Nachweis, er ist abgelaufen oder nennt keine Dauer "
            "der Aufbewahrung.",
            en="A site's attestation is missing, has expired, or states no time for which pictures "
            "are kept.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The outside is recorded, and passers-by can learn for how long. It does not say that "
            "somebody watches the pictures live, or that rooms inside are recorded."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that cameras cover the "
            "outside, and for how many days pictures are kept: the document's SHA-256 must be the "
            "one that two different people signed, and today must lie within its validity. Without "
            "a site on record nothing is examined, and the claim is unknown. Canary: in turn takes "
            "the measure out of a probe site's attestation, lets it expire and changes one byte of "
            "the document. Each must be noticed."
        ),
        breaking="Delete the days from one site's attestation.",
        remedy=(
            "Ask the operator of the site for the days, and have two people sign the new "
            "attestation."
        ),
    ),
    Claim(
        id="phy-site-badge",
        claim=Text(
            de="Die Räume dieser Installation öffnen sich nur mit einem persönlichen "
            "elektronischen Ausweis, und jeder Zutritt wird festgehalten.",
            en="The rooms of this installation open only to a personal electronic badge, and each "
            "admission is recorded.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt der Nachweis oder ist abgelaufen, oder die letzte "
            "Zutrittsliste nennt jemanden, der dafür nicht angemeldet war.",
            en="A site's attestation is missing or has expired, or its latest list of admissions "
            "names somebody who was not registered for it.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Each door knows who opened it, and the list was compared with our own register of "
            "people within a quarter. It does not rule out that somebody walks in behind another."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that doors open to personal "
            "badges only: the document's SHA-256 must be the one that two different people signed, "
            "and today must lie within its validity. Without a site on record nothing is examined, "
            "and the claim is unknown. Also compares each site's list of admissions, at most 100 "
            "days old, with the register of people who may go there. Canary: in turn takes the "
            "measure out of a probe site's attestation, lets it expire and changes one byte of the "
            "document. Each must be noticed. So must a stranger on the list."
        ),
        breaking=(
            "Take a person who visited the site out of the register, or hand in no list for a "
            "quarter."
        ),
        remedy=(
            "Find out who was admitted and why; have the badge blocked; hand in the current list."
        ),
    ),
    Claim(
        id="phy-site-alarm",
        claim=Text(
            de="Jedes genutzte Rechenzentrum hat eine Einbruchmeldeanlage, deren letzte Prüfung "
            "höchstens zwölf Monate zurückliegt.",
            en="Each data centre in use has an intruder alarm whose last test was at most twelve "
            "months ago.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt das Protokoll der Prüfung, oder es ist älter als zwölf "
            "Monate.",
            en="A site's test record is missing or is older than twelve months.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The alarm exists and was set off on purpose within a year. It does not say how soon "
            "somebody arrives after it."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that the intruder alarm was "
            "tested, and on which day: the document's SHA-256 must be the one that two different "
            "people signed, and today must lie within its validity. Without a site on record "
            "nothing is examined, and the claim is unknown. A record older than twelve months "
            "counts as expired. Canary: in turn takes the measure out of a probe site's "
            "attestation, lets it expire and changes one byte of the document. Each must be "
            "noticed."
        ),
        breaking="Set one site's date of test to thirteen months ago.",
        remedy="Ask the operator of the site for the latest record, or for a test.",
    ),
    Claim(
        id="mon-physical-provider",
        claim=Text(
            de="Der Betreiber jedes genutzten Rechenzentrums schuldet vertraglich die Bewachung "
            "und berichtet darüber mindestens alle 45 Tage.",
            en="The operator of each data centre in use owes its guarding by contract and reports "
            "on it at least every 45 days.",
        ),
        falsifier=Text(
            de="Zu einem Standort fehlt die Vertragsklausel oder ein Bericht aus den letzten 45 "
            "Tagen.",
            en="For a site the clause of the contract or a report from the last 45 days is "
            "missing.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Guarding the building is the duty of its operator, who gives account of it. It does "
            "not say that nothing happened: what the report tells is judged by people."
        ),
        checking=(
            "Looks up, for every site in the register, the clause and the latest report with its "
            "SHA-256 and the two people who signed it. Canary: sets the date of a probe site's "
            "report to 46 days ago."
        ),
        breaking="Hand in no report for one site for 46 days.",
        remedy="Demand the report; if it is refused, take that up as a breach of contract.",
    ),
    Claim(
        id="mon-power-provider",
        claim=Text(
            de="Der Betreiber jedes genutzten Rechenzentrums misst laut Vertrag die "
            "Stromversorgung und legt die Werte mindestens alle 45 Tage vor.",
            en="The operator of each data centre in use measures the power supply by contract and "
            "submits the readings at least every 45 days.",
        ),
        falsifier=Text(
            de="Zu einem Standort fehlt die Vertragsklausel, ein Bericht aus den letzten 45 Tagen "
            "oder, wo es eine Schnittstelle gibt, ein Messwert von heute.",
            en="For a site the clause of the contract, a report from the last 45 days or, where "
            "there is an interface, a reading of today is missing.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Somebody is bound to watch the power and gives account of it. It does not say that "
            "there was no interruption: interruptions are in the readings."
        ),
        checking=(
            "Looks up clause and latest report of every site as for `mon-physical-provider`, and "
            "asks the operator's interface for a reading where the register names one. Canary: in "
            "turn sets a probe site's report to 46 days ago and lets its interface not answer. "
            "Both must be noticed."
        ),
        breaking="Enter an interface that does not answer.",
        remedy="Demand the report; mend the interface's address or access.",
    ),
]
