"""The data centres: what stands where, its certificate, its power."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="phy-fac-all-data",
        claim=Text(
            de="Jeder Ort, an dem diese Installation Daten ablegt, ist mit Rechenzentrum, Stadt "
            "und Betreiber verzeichnet.",
            en="Every place where this installation stores data is on record with data centre, "
            "city and operator.",
        ),
        falsifier=Text(
            de="Ein Dateisystem, eine Datenbank, ein Sicherungsziel, eine Protokollablage oder ein "
            "Mailserver ist nicht verzeichnet oder keinem Rechenzentrum zugeordnet.",
            en="A file system, database, backup target, log store or mail server is not on record, "
            "or is assigned to no data centre.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The site register is complete: no store exists that it does not name. It does not say "
            "that the sites are good ones; `phy-fac-iso27001` and the claims on power and premises "
            "speak of that."
        ),
        checking=(
            "Lists the mounts below the folders of data, keys and backups, the database in use, "
            "and every configured backup target, log sink and mail server, and looks each up in "
            "the site register. Canary: adds a mount to the list that the register does not know."
        ),
        breaking=(
            "Mount another volume below the data folder, or configure a backup target that the "
            "register does not name."
        ),
        remedy="Enter the store with its site, or take it out of use and delete what lies there.",
    ),
    Claim(
        id="phy-fac-iso27001",
        claim=Text(
            de="Für jedes genutzte Rechenzentrum liegt ein gültiges Zertifikat nach ISO/IEC "
            "27001:2022 vor, das den Standort nennt.",
            en="Each data centre in use holds a valid ISO/IEC 27001:2022 certificate that names "
            "the site.",
        ),
        falsifier=Text(
            de="Zu einem Standort fehlt das Zertifikat, es ist abgelaufen, nennt ihn nicht in "
            "seinem Geltungsbereich oder folgt einer älteren Ausgabe der Norm.",
            en="A site's certificate is missing, has expired, does not name the site in its scope, "
            "or follows an older edition of the standard.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The operator of the building manages information security as the standard demands, "
            "and an accredited body confirmed it. It says nothing of this software or of whoever "
            "runs this installation."
        ),
        checking=(
            "Compares the register's sites with the certificates on file: body, number, edition, "
            "sites in scope, validity, and the SHA-256 that two different people signed. Canary: "
            "in turn lets a probe certificate expire, removes the site from its scope, and sets "
            "the edition to 2013. Each must be noticed."
        ),
        breaking="Add a site without a certificate, or wait until one expires.",
        remedy=(
            "Obtain the current certificate from the operator of the site and have two people sign "
            "it; if there is none, move the data or state the gap as a waiver."
        ),
    ),
    Claim(
        id="phy-power-redundant",
        claim=Text(
            de="Jedes genutzte Rechenzentrum versorgt diese Installation über zwei voneinander "
            "unabhängige Stromwege.",
            en="Each data centre in use supplies this installation through two independent power "
            "paths.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt der Nachweis beider Wege oder ist abgelaufen, oder ein "
            "Netzteil meldet einen Ausfall.",
            en="For a site the attestation of both paths is missing or has expired, or a power "
            "supply unit reports a failure.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "One failed path does not stop the servers. It does not say how long the site lasts "
            "without the grid; `phy-power-ups` and `phy-power-generator` do."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that two power paths reach the "
            "racks: the document's SHA-256 must be the one that two different people signed, and "
            "today must lie within its validity. Without a site on record nothing is examined, and "
            "the claim is unknown. Where a server reports its power supplies (IPMI), reads both. "
            "Canary: in turn takes the measure out of a probe site's attestation, lets it expire "
            "and changes one byte of the document. Each must be noticed."
        ),
        breaking=(
            "Remove the attestation of one site, or unplug one of a server's two power supplies."
        ),
        remedy=(
            "Plug it in or have it repaired; ask the operator of the site for a current "
            "attestation."
        ),
    ),
    Claim(
        id="phy-power-ups",
        claim=Text(
            de="In jedem genutzten Rechenzentrum überbrückt eine Batterieanlage den Stromausfall; "
            "ihre letzte Prüfung ist höchstens zwölf Monate alt.",
            en="In each data centre in use a battery plant bridges a power cut; its last test is "
            "at most twelve months old.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt das Prüfprotokoll, es ist älter als zwölf Monate oder "
            "nennt die gemessenen Minuten nicht.",
            en="A site's test record is missing, is older than twelve months, or does not give the "
            "minutes measured.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The batteries were tested under load within a year, and the minutes they lasted are "
            "on record. It does not promise those minutes at full load or in their last year of "
            "life."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that the batteries were "
            "tested, on which day, and for how many minutes they lasted: the document's SHA-256 "
            "must be the one that two different people signed, and today must lie within its "
            "validity. Without a site on record nothing is examined, and the claim is unknown. A "
            "record older than twelve months counts as expired. Canary: in turn takes the measure "
            "out of a probe site's attestation, lets it expire and changes one byte of the "
            "document. Each must be noticed."
        ),
        breaking="Set a test's date to thirteen months ago.",
        remedy="Ask the operator of the site for the record of the latest test, or order one.",
    ),
    Claim(
        id="phy-power-generator",
        claim=Text(
            de="Jedes genutzte Rechenzentrum hat ein Notstromaggregat, das in den letzten zwölf "
            "Monaten unter Last geprüft wurde.",
            en="Each data centre in use has a standby generator that was tested under load within "
            "the last twelve months.",
        ),
        falsifier=Text(
            de="Für einen Standort fehlt das Protokoll des Lasttests, es ist älter als zwölf "
            "Monate oder sagt nicht, wie viele Stunden der Kraftstoff reicht.",
            en="A site's record of the load test is missing, is older than twelve months, or does "
            "not say for how many hours the fuel lasts.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "A generator exists, carried its load within a year, and the hours its fuel lasts are "
            "on record. It does not say that fuel would be delivered after that."
        ),
        checking=(
            "Reads, for every site in the register, the attestation that the generator carried its "
            "load, on which day, and for how many hours its fuel lasts: the document's SHA-256 "
            "must be the one that two different people signed, and today must lie within its "
            "validity. Without a site on record nothing is examined, and the claim is unknown. A "
            "record older than twelve months counts as expired. Canary: in turn takes the measure "
            "out of a probe site's attestation, lets it expire and changes one byte of the "
            "document. Each must be noticed."
        ),
        breaking="Delete the fuel hours from one site's record.",
        remedy=(
            "Ask the operator of the site for the record of the latest load test, with the fuel "
            "hours."
        ),
    ),
]
