"""The zones of the network, and the ways between them."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="arch-zones",
        claim=Text(
            de="Das Netz dieser Installation besteht aus mindestens vier Zonen, zwischen denen nur "
            "verzeichnete Übergänge offen sind.",
            en="The network of this installation consists of at least four zones, between which "
            "only declared passages are open.",
        ),
        falsifier=Text(
            de="Aus den geltenden Regeln ergeben sich weniger als vier Zonen oder ein Übergang, "
            "der nicht verzeichnet ist.",
            en="The rules in force yield fewer than four zones, or a passage that is not declared.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The drawing of the zones is computed from what is in force and equals the declared "
            "one. It does not say that each system stands in the right zone; `arch-classification` "
            "does."
        ),
        checking=(
            "Computes the graph of zones and passages from interfaces, routes and packet filter of "
            "every node and compares it with the declared one. Canary: adds a passage to a probe "
            "node's rules."
        ),
        breaking="Allow a flow between two zones by hand.",
        remedy="Load the generated rules again, or declare the passage with its reason.",
    ),
    Claim(
        id="arch-db-trusted",
        claim=Text(
            de="Nur die Anwendung dieser Installation öffnet deren Datenbanken, und von dort führt "
            "kein Weg ins Internet.",
            en="Only the application of this installation opens its databases, and no path leads "
            "from them to the internet.",
        ),
        falsifier=Text(
            de="Eine andere Zone erreicht einen Datenbankport, ein anderes Systemkonto liest eine "
            "Datenbankdatei, oder aus der Datenbankzone gelingt eine Verbindung ins Internet.",
            en="Another zone reaches a database port, another system account reads a database "
            "file, or a connection from the database zone to the internet succeeds.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The databases stand in the zone with the fewest passages. With SQLite there is no "
            "port: the zone is then the file's owner and mode on the application's own host, which "
            "has other connections, and the row says so."
        ),
        checking=(
            "Tries the database port from every other zone and the internet from the database "
            "zone; with SQLite, reads owner and mode of every database and its folders and tries "
            "to read them under another account. Canary: in turn listens on a database port that a "
            "probe zone reaches, and makes a probe's file readable to all. Both must be noticed."
        ),
        breaking="Make a `tenant.sqlite3` readable to everybody (`chmod o+r`).",
        remedy=(
            "Put owner and mode or the rule back; find out who changed it and who has read since."
        ),
    ),
    Claim(
        id="arch-classification",
        claim=Text(
            de="Für jedes System sind Aufgabe, Schutzklasse und Risiko verzeichnet, und seine Zone "
            "ist für diese Klasse zugelassen.",
            en="For every system its task, class of protection and risk are on record, and its "
            "zone is admitted for that class.",
        ),
        falsifier=Text(
            de="Einem System fehlt eine der drei Angaben, oder seine Klasse liegt über der seiner "
            "Zone.",
            en="A system lacks one of the three entries, or its class is above that of its zone.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "No system with protected data stands in a zone that is protected less. It does not "
            "say that people judged class and risk rightly."
        ),
        checking=(
            "Reads the three entries of each system in the inventory, finds its zone by its "
            "address, and compares the classes. Canary: in turn removes the class of a probe "
            "system and puts one of a high class into a low zone. Both must be noticed."
        ),
        breaking="Delete the class of one system from the inventory.",
        remedy="Enter the class, or move the system.",
    ),
    Claim(
        id="arch-zone-monitoring",
        claim=Text(
            de="In jeder Zone melden sich alle Sensoren, die ihre Stufe verlangt, mindestens alle "
            "fünf Minuten.",
            en="In every zone all sensors that its level demands report at least every five "
            "minutes.",
        ),
        falsifier=Text(
            de="Ein verlangter Sensor fehlt oder schweigt länger als fünf Minuten, oder eine "
            "geänderte Systemdatei bleibt unbemerkt.",
            en="A demanded sensor is missing or silent for more than five minutes, or a changed "
            "system file goes unnoticed.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The higher the level of a zone, the more is watched there, and nothing of it is "
            "missing. It does not say that somebody acts on a report; `waf-alerts` shows that it "
            "arrives."
        ),
        checking=(
            "Compares the sensors that each zone's profile demands with the last signs of life and "
            "the last comparison of system files. Canary: in turn silences a probe zone's sensor "
            "and changes a watched file. Both must be noticed."
        ),
        breaking="Stop the file integrity sensor of one node.",
        remedy=(
            "Start it and run its comparison; treat a changed file as an incident until it is "
            "explained."
        ),
    ),
    Claim(
        id="arch-zone-access",
        claim=Text(
            de="Ein hoch eingestuftes System lässt Menschen nur über den Sprungserver und nach "
            "erneuter Bestätigung mit einem Sicherheitsschlüssel ein.",
            en="A system of a high zone admits people only through the jump host and after they "
            "confirm again with a security key.",
        ),
        falsifier=Text(
            de="Eine Probeanmeldung gelingt am Sprungserver vorbei oder ohne die erneute "
            "Bestätigung.",
            en="A probe sign-in succeeds past the jump host or without the renewed confirmation.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Being inside the network admits nobody to the high zones. It does not say who may "
            "confirm; `acc-need-to-know` speaks of grants."
        ),
        checking=(
            "Tries to sign in to every system of the high zones from each other zone directly, and "
            "through the jump host with a session whose confirmation has lapsed; all must fail. "
            "Canary: lets a probe system accept a direct sign-in."
        ),
        breaking="Allow SSH from the application zone to a database host.",
        remedy="Load the generated rules again; look in the log for sign-ins that used the gap.",
    ),
    Claim(
        id="arch-dmz-internet",
        claim=Text(
            de="Aus dem Internet sind allein Randknoten dieser Installation zu erreichen, und auf "
            "ihnen liegen weder Inhalte noch Schlüssel der Organisationen.",
            en="From the internet only edge nodes of this installation can be reached, and they "
            "hold neither content nor keys of organisations.",
        ),
        falsifier=Text(
            de="Ein Knoten, der kein Randknoten ist, antwortet auf einer öffentlichen Adresse, "
            "oder auf einem Randknoten liegen Daten, Schlüssel oder Sicherungen.",
            en="A node that is no edge node answers on a public address, or data, keys or backups "
            "lie on an edge node.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Whoever breaks into a node that faces the internet finds neither databases nor keys "
            "there. It does not say that an edge node cannot be broken into. When everything runs "
            "on one machine, this claim is red."
        ),
        checking=(
            "Tries every address of every node from a host outside over IPv4 and IPv6, and looks "
            "on the edge nodes for mounts of data, keys and backups. Canary: gives a probe node of "
            "an inner zone a public address."
        ),
        breaking=(
            "Give an application node a public address, or mount the data folder on an edge node."
        ),
        remedy="Take the address or the mount away.",
    ),
    Claim(
        id="arch-dmz-internal",
        claim=Text(
            de="Zwischen inneren Zonen führt jeder Weg über einen Übergangsknoten, an dem beide "
            "Seiten sich mit Zertifikaten ausweisen.",
            en="Between inner zones every path leads through a gateway at which both sides "
            "identify themselves by certificate.",
        ),
        falsifier=Text(
            de="Eine Verbindung zwischen zwei Zonen gelingt ohne Übergangsknoten oder ohne "
            "gültiges Zertifikat einer Seite.",
            en="A connection between two zones succeeds without a gateway or without a valid "
            "certificate of either side.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "A system that was taken over cannot speak to the next zone directly or in another's "
            "name. It does not limit what it may do within its own zone."
        ),
        checking=(
            "Tries a direct connection for every pair of zones, and through every gateway one "
            "without a certificate, one expired and one of another service; all must fail. Canary: "
            "in turn routes two probe zones directly and lets a gateway accept any certificate. "
            "Both must be noticed."
        ),
        breaking="Add a route between two zones past the gateway.",
        remedy="Remove the route; load the generated configuration of the gateway again.",
    ),
]
