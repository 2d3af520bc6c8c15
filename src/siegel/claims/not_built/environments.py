"""Production and everything else."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="env-physical",
        claim=Text(
            de="Produktion teilt mit keiner anderen Umgebung einen Rechner, einen Datenträger, ein"
            " Konto beim Anbieter oder ein Teilnetz.",
            en="Production shares no machine, no disk, no account with a provider and no subnet "
            "with any other environment.",
        ),
        falsifier=Text(
            de="Die Kennung eines Rechners, Datenträgers, Kontos oder Teilnetzes kommt in zwei "
            "Umgebungen vor, wovon eine die Produktion ist.",
            en="The identifier of a machine, disk, account or subnet occurs in two environments of"
            " which one is production.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It compares what each environment says of itself. Two virtual machines on one host of"
            " a provider look separate to it, unless the provider tells the host."
        ),
        checking=(
            "Collects the identifiers from every machine of every environment and compares the "
            "sets; machines are counted against the inventory. Canary: adds an identifier of "
            "production to the set of a probe environment."
        ),
        breaking="Attach a disk of production to a test machine.",
        remedy=(
            "Move what is shared, wipe it before it is used again, and treat what lay on it as "
            "seen."
        ),
    ),
    Claim(
        id="env-logical",
        claim=Text(
            de="Kein Zugang zur Produktion gilt in einer anderen Umgebung, und von keiner führt "
            "ein Netzweg hinein.",
            en="No credential of production is valid in another environment, and no network path "
            "leads into it from one.",
        ),
        falsifier=Text(
            de="Ein Geheimnis kommt in zwei Umgebungen vor, ein Schlüssel wird drüben angenommen, "
            "oder ein Verbindungsversuch gelingt.",
            en="A secret occurs in two environments, a key is accepted in the other one, or an "
            "attempt to connect succeeds.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Secrets are compared by keyed hashes, so that the comparison reveals none. It does "
            "not cover a person who may enter both environments; acc-need-to-know and acc-mfa do."
        ),
        checking=(
            "Compares the keyed hashes of all secrets per environment; tries from each other "
            "environment every port that production opens inside, and a sign-in with a probe "
            "credential of production. Canary: gives the probe environment one of production's "
            "probe secrets, and in turn a route. Each must be noticed."
        ),
        breaking="Copy a configuration file from production to a test machine.",
        remedy=(
            "Change every secret that occurs twice, in production first, and close the path in the"
            " packet filter."
        ),
    ),
    Claim(
        id="env-no-real-data",
        claim=Text(
            de="Außerhalb der Produktion liegen ausschließlich erzeugte Datensätze, keine von "
            "Kunden oder Beraterinnen und Beratern.",
            en="Outside production there are generated records only, none of clients or advisers.",
        ),
        falsifier=Text(
            de="Ein in der Produktion ausgelegter Markierungssatz, die Kennung einer Organisation "
            "oder eine echte Kontaktadresse findet sich anderswo.",
            en="A marker record laid out in production, the identifier of an organisation, or a "
            "real contact address is found elsewhere.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Marker records are made for this and belong to nobody. A copy that somebody altered "
            "beyond recognition is not found this way."
        ),
        checking=(
            "Searches databases, files, logs and dumps of every other environment for the markers "
            "and identifiers, by keyed hashes, and for addresses outside the domains reserved for "
            "examples; states what was searched. Canary: copies a marker into the probe "
            "environment."
        ),
        breaking="Import a dump of production into a test environment.",
        remedy=(
            "Delete the copy with its backups, find out how it came there, and judge whether the "
            "organisations must be told."
        ),
    ),
]
