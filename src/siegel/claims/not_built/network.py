"""The outer protection of the network."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="net-firewall",
        claim=Text(
            de="Von außen und von Zone zu Zone sind genau die Ports offen, die das hinterlegte "
            "Regelwerk dieser Installation freigibt.",
            en="From outside and from zone to zone, exactly those ports are open that the filed "
            "rules of this installation allow.",
        ),
        falsifier=Text(
            de="Ein Portscan findet einen Port mehr oder weniger als freigegeben, oder die "
            "geladenen Regeln haben einen anderen Hash als die hinterlegten.",
            en="A port scan finds one port more or fewer than allowed, or the rules in force have "
            "another hash than the filed ones.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The packet filter denies whatever is not written down, and what is written down is in "
            "force. It does not judge what passes through an open port; the web application "
            "firewall does."
        ),
        checking=(
            "Scans all TCP ports and the declared UDP ports of every address, from a host outside "
            "and from each zone, compares the result with the declared matrix, and the hash of the "
            "loaded nftables rules with the filed ones. Canary: opens one undeclared port on a "
            "probe address."
        ),
        breaking="Start a listener on a new port and allow it by hand.",
        remedy="Load the filed rules again; find out who changed them.",
    ),
    Claim(
        id="net-router",
        claim=Text(
            de="Jeder Router dieser Installation läuft mit Firmware, die der Hersteller pflegt und "
            "für die keine kritische Lücke offen ist.",
            en="Every router of this installation runs firmware that its maker maintains and that "
            "has no open critical vulnerability.",
        ),
        falsifier=Text(
            de="Die Firmware eines Routers wird nicht mehr gepflegt, hat eine kritische Lücke, "
            "oder die letzte Sicherung seiner Konfiguration ist älter als 24 Stunden.",
            en="A router's firmware is no longer maintained or has a critical vulnerability, or "
            "the last backup of its configuration is older than 24 hours.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Three things that can be looked up for each device: support, known vulnerabilities, a "
            "fresh backup. It does not rate makers or models against each other."
        ),
        checking=(
            "Reads the signed list of devices with model, version and end of support, looks each "
            "version up among published critical vulnerabilities, and reads the time of the last "
            "configuration backup. Canary: in turn enters a version with a known critical "
            "vulnerability, one without support, and a backup of two days ago. Each must be "
            "noticed."
        ),
        breaking="Stop the backup of one router's configuration for a day.",
        remedy="Update or replace the device; start the backup.",
    ),
    Claim(
        id="net-https-public",
        claim=Text(
            de="Auf öffentlichen Wegen antwortet diese Installation nur über TLS und verpflichtet "
            "Browser für mindestens ein Jahr darauf.",
            en="On public networks this installation answers over TLS only and binds browsers to "
            "it for at least one year.",
        ),
        falsifier=Text(
            de="Ein Host beantwortet eine Anfrage ohne TLS anders als mit Umleitung oder "
            "Abweisung, HSTS gilt kürzer als ein Jahr, oder ein Cookie ist nicht auf TLS "
            "beschränkt.",
            en="A host answers a request without TLS other than by redirect or refusal, HSTS lasts "
            "less than a year, or a cookie is not confined to TLS.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "There is no unencrypted way in, also not for the first page. It does not say which "
            "cipher suites are used; the claims `enc-cs-…` do."
        ),
        checking=(
            "Sends a plain request to every host and open port, reads the status and the HSTS "
            "header, the attributes of every cookie, and looks for addresses without TLS in the "
            "pages. Canary: in turn serves a probe host without redirect, with HSTS of a day, and "
            "a cookie without `Secure`. Each must be noticed."
        ),
        breaking="Serve a host on port 80 without the redirect, or shorten HSTS.",
        remedy="Put redirect and header back; see `docs/how-to/run-behind-nginx.md`.",
    ),
    Claim(
        id="net-audits",
        claim=Text(
            de="Eine unabhängige Stelle hat diese Installation in den letzten zwölf Monaten "
            "geprüft; kein schwerer Befund ist über seine Frist offen.",
            en="An independent body has examined this installation in the last twelve months; no "
            "severe finding is open past its due date.",
        ),
        falsifier=Text(
            de="Der letzte Prüfbericht ist älter als zwölf Monate, nennt Stelle oder Umfang nicht, "
            "oder ein schwerer Befund hat seine Frist überschritten.",
            en="The last report is older than twelve months, does not name body or scope, or a "
            "severe finding has passed its due date.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "Somebody else looked, it is public who, when and at what, and severe findings are "
            "dealt with in time. It does not say that nothing was found or overlooked."
        ),
        checking=(
            "Reads the latest report's date, body, scope and SHA-256 with its two signatures, and "
            "the due dates of all open findings. Canary: in turn sets a probe report to thirteen "
            "months ago and a severe finding to one day overdue. Both must be noticed."
        ),
        breaking="Let a severe finding pass its due date.",
        remedy="Fix the finding and have it re-tested; order the next examination early enough.",
    ),
    Claim(
        id="net-ids-detect",
        claim=Text(
            de="Ein nachgestellter Angriff in jedem Netzabschnitt dieser Installation führt binnen "
            "60 Sekunden zum Alarm.",
            en="A simulated attack in each network segment of this installation leads to an alarm "
            "within 60 seconds.",
        ),
        falsifier=Text(
            de="Auf die stündliche Prüfsignatur folgt in einem Abschnitt nicht binnen 60 Sekunden "
            "ein Alarm.",
            en="In a segment the hourly test signature is not followed by an alarm within 60 "
            "seconds.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The sensors see the traffic, know their rules and are heard. It does not say that an "
            "attack without a known signature would be seen."
        ),
        checking=(
            "Sends a harmless packet with the test signature through every segment and waits for "
            "the alarm that carries its number. Canary: sends a packet of the same form without "
            "the signature and demands an alarm, which must be reported as missing."
        ),
        breaking="Stop the sensor of one segment.",
        remedy=(
            "Start it; look whether its rules load and whether the mirror port still delivers "
            "packets."
        ),
    ),
    Claim(
        id="net-ips-block",
        claim=Text(
            de="Eine als Angreifer erkannte Adresse erreicht diese Installation nach höchstens 60 "
            "Sekunden nicht mehr, eine unauffällige weiterhin.",
            en="An address recognised as an attacker no longer reaches this installation after at "
            "most 60 seconds; an inconspicuous one still does.",
        ),
        falsifier=Text(
            de="Ein Prüfangreifer erreicht nach 60 Sekunden noch einen Dienst, oder ein "
            "unauffälliger Besucher neben ihm wird ausgesperrt.",
            en="A test attacker still reaches a service after 60 seconds, or an inconspicuous "
            "visitor beside it is shut out.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Recognising leads to blocking without a person in between, and the wrong ones are not "
            "hit. It does not say that an attacker cannot return from another address."
        ),
        checking=(
            "Attacks from one network namespace and visits from another, measures the seconds "
            "until the first is blocked, and sees that the second is served all the while; the "
            "share of wrong blocks is published. Canary: exempts the attacker from blocking."
        ),
        breaking="Put the attacker's network on the list of those that are never blocked.",
        remedy=(
            "Take it off; look whether alarms arrive at the packet filter and whether it loads the "
            "ban."
        ),
    ),
]
