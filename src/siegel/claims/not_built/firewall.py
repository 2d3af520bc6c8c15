"""The web application firewall, its rules and its alarms."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="waf-ingress",
        claim=Text(
            de="Jeder öffentliche Host dieser Installation weist alle Angriffe einer "
            "veröffentlichten Prüfliste ab und lässt deren harmlose Anfragen zu.",
            en="Every public host of this installation refuses all attacks of a published test "
            "list and admits its harmless requests.",
        ),
        falsifier=Text(
            de="Ein Host lässt einen Angriff der Liste durch, oder er weist eine ihrer harmlosen "
            "Anfragen ab.",
            en="A host admits an attack of the list, or refuses one of its harmless requests.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "All hosts, not only the main ones, have the firewall in front, and it refuses what it "
            "must. It does not say that attacks outside the list are refused: the product's own "
            "defences do not rely on it."
        ),
        checking=(
            "Takes the hosts from DNS and the edge configuration, sends each the attacks and "
            "harmless requests of the list, and compares the answers; a host left out makes the "
            "claim unknown. Canary: in turn switches the firewall off for a probe host and has it "
            "refuse a harmless request. Both must be noticed."
        ),
        breaking="Serve one host past the firewall.",
        remedy=(
            "Put the host behind it; for a harmless request that is refused, correct the exclusion "
            "of that field."
        ),
    ),
    Claim(
        id="waf-egress",
        claim=Text(
            de="Diese Installation verbindet sich nur mit zugelassenen Zielen, und eine ausgehende "
            "Liste von Kontonummern wird aufgehalten.",
            en="This installation connects to permitted destinations only, and an outgoing list of "
            "account numbers is stopped.",
        ),
        falsifier=Text(
            de="Eine Verbindung zu einem nicht zugelassenen Ziel gelingt, oder eine erfundene "
            "Liste von IBAN erreicht den Prüfempfänger.",
            en="A connection to a destination that is not permitted succeeds, or an invented list "
            "of IBANs reaches the test receiver.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "What leaves is examined as what enters is. It does not say that data could not be "
            "carried out encrypted or piece by piece to a permitted destination."
        ),
        checking=(
            "Connects from every zone to a probe host that is not permitted, by name and by "
            "address, and sends an invented list of IBANs to one that is. Canary: in turn permits "
            "the probe host and switches the content rule off. Both must be noticed."
        ),
        breaking="Start a service with a route past the outbound proxy.",
        remedy="Remove the route; look in the packet filter's log for what used it.",
    ),
    Claim(
        id="waf-alerts",
        claim=Text(
            de="Jede Alarmregel dieser Installation wurde in den letzten 31 Tagen absichtlich "
            "ausgelöst, und ihr Alarm kam binnen zwei Minuten an.",
            en="Each alarm rule of this installation was set off on purpose in the last 31 days, "
            "and its alarm arrived within two minutes.",
        ),
        falsifier=Text(
            de="Eine Regel wurde seit 31 Tagen nicht ausgelöst, oder der Empfänger hat ihren Alarm "
            "nicht binnen zwei Minuten bestätigt.",
            en="A rule was not set off for 31 days, or the receiver did not confirm its alarm "
            "within two minutes.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The way from the limit that is passed to the device of the person on duty works for "
            "every single rule. It does not say that the limits are well chosen; they are "
            "published with the rules."
        ),
        checking=(
            "Compares the loaded rules with the record of set-off alarms and the receiver's "
            "confirmations. Canary: in turn loads a rule that was never set off and removes a "
            "confirmation. Both must be noticed."
        ),
        breaking="Change the receiver's address to one that does not answer.",
        remedy="Put the address right, set the rule off, and see the alarm arrive.",
    ),
    Claim(
        id="waf-signatures",
        claim=Text(
            de="Die Angriffsmuster der Web Application Firewall sind signiert, unverändert geladen "
            "und zuletzt vor höchstens sieben Tagen abgeglichen.",
            en="The attack patterns of the web application firewall are signed, loaded unchanged, "
            "and were last synchronised at most seven days ago.",
        ),
        falsifier=Text(
            de="Der letzte Abgleich ist älter als sieben Tage, die Signatur ist ungültig, oder die "
            "geladenen Muster haben einen anderen Hash als die veröffentlichten.",
            en="The last synchronisation is older than seven days, the signature is invalid, or "
            "the loaded patterns have another hash than the published ones.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "New patterns arrive within a week and from nobody else. The row shows the age in "
            "hours. It does not say that there is a pattern for every new threat."
        ),
        checking=(
            "Verifies the signature of the loaded patterns, compares their hash with the published "
            "one and reads the time of the last synchronisation. Canary: in turn changes one byte "
            "of a copy, signs it with another key, and sets the time to eight days ago. Each must "
            "be noticed."
        ),
        breaking="Edit a rule file on an edge node.",
        remedy=(
            "Fetch the patterns again; rules of your own belong into the policy, not into the "
            "signed files."
        ),
    ),
    Claim(
        id="waf-247",
        claim=Text(
            de="In den letzten 30 Tagen gab es keine Minute ohne laufende Überwachung und keine "
            "Stunde ohne eingeteilte Bereitschaft.",
            en="In the last 30 days there was no minute without running monitoring and no hour "
            "without somebody assigned on call.",
        ),
        falsifier=Text(
            de="Für eine Minute der letzten 30 Tage fehlt außen das Lebenszeichen der Überwachung, "
            "oder der Dienstplan hat eine Lücke.",
            en="For a minute of the last 30 days the sign of life of the monitoring is missing "
            "outside, or the duty roster has a gap.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The machines are measured minute by minute from outside; the people are assigned by "
            "roster. It does not measure whether a person on call was awake; confirmed alarms in "
            "`waf-alerts` show that."
        ),
        checking=(
            "Counts the minutes with a sign of life that the watcher outside holds, of 43,200, and "
            "the hours that the roster covers, of 720. Canary: in turn removes one minute and one "
            "hour. Both must be noticed."
        ),
        breaking="Stop the monitoring for two minutes: the row stays red for 30 days.",
        remedy=(
            "There is none for a minute that has passed; state the cause as an incident, and fill "
            "gaps of the roster ahead."
        ),
    ),
]
